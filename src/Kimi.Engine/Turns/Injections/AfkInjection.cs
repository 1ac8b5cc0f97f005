using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Injections;

/// <summary>Tells the model once that nobody is present. Only for the persisted flag, not for print mode's own.</summary>
internal sealed class AfkInjection(Func<bool> isAfk, bool suppressed) : IInjection
{
    private bool _said;

    /// <inheritdoc/>
    public string? Next(IReadOnlyList<Message> history)
    {
        if (suppressed || _said || !isAfk())
        {
            return null;
        }

        _said = true;
        return EmbeddedText.Read("Turns/Injections/Prompts/afk.md").Trim();
    }

    /// <inheritdoc/>
    public void OnCompacted() => _said = false;

    /// <summary>The flag was switched: say it again when it is on.</summary>
    public void Rearm() => _said = false;
}
