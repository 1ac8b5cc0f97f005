using Kimi.Engine.Chat;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Printing;

/// <summary>Only the text of the last step, when the turn has ended.</summary>
internal sealed class FinalMessagePrinter(OutputStream output, bool asJson) : IMessagePrinter
{
    private readonly AssistantBuffer _last = new();

    /// <inheritdoc/>
    public void Begin(string prompt) => _last.Clear();

    /// <inheritdoc/>
    public void Print(WireMessage message)
    {
        switch (message)
        {
            case ContentEvent content:
                _last.Add(content.Part);
                break;
            case StepBegin or StepInterrupted or StepRetry:
                _last.Clear();
                break;
        }
    }

    /// <inheritdoc/>
    public void End()
    {
        string text = _last.ToText();
        _last.Clear();
        if (text.Length == 0)
        {
            return;
        }

        if (asJson)
        {
            output.WriteLine(new Message(Role.Assistant, text).Line.Span);
        }
        else
        {
            output.WriteLine(text);
        }
    }
}
