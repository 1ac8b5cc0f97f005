using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Turns.Plans;

namespace Kimi.Engine.Turns.Injections;

/// <summary>Reminds the model of plan mode: in full at first and every fifth time, else in one sentence, after five answers each.</summary>
internal sealed class PlanInjection(PlanMode plan) : IInjection
{
    /// <summary>First words of the full reminder; older reminders are found by them, in kimi-cli's sessions too.</summary>
    public const string FullStart = "Plan mode is active.";

    /// <summary>First words of the short reminder.</summary>
    public const string SparseStart = "Plan mode still active";

    private const int AnswersBetween = 5;
    private const int FullEvery = 5;

    private Message? _last;
    private int _counted;
    private int _reminders;
    private int _answersSinceLast;

    /// <inheritdoc/>
    public string? Next(IReadOnlyList<Message> history)
    {
        if (!plan.IsActive || plan.PlanFile is not string file)
        {
            return null;
        }

        bool exists = File.Exists(file);
        if (plan.IsReminderDue)
        {
            plan.IsReminderDue = false;
            return Compose(exists ? "reentry" : "full", file, exists);
        }

        Count(history);
        if (_reminders == 0)
        {
            return Compose("full", file, exists);
        }

        if (_answersSinceLast < AnswersBetween)
        {
            return null;
        }

        return Compose(_reminders % FullEvery == 0 ? "full" : "sparse", file, exists);
    }

    /// <inheritdoc/>
    public void OnCompacted() => _counted = 0;

    // Only what is new is looked at: a long conversation is not searched again before every step.
    private void Count(IReadOnlyList<Message> history)
    {
        if (_counted == 0 || history.Count < _counted || !ReferenceEquals(history[_counted - 1], _last))
        {
            (_counted, _reminders, _answersSinceLast) = (0, 0, 0);
        }

        for (; _counted < history.Count; _counted++)
        {
            Message message = history[_counted];
            if (message.Role == Role.Assistant)
            {
                _answersSinceLast++;
            }
            else if (message.Role == Role.User && IsReminder(message))
            {
                _reminders++;
                _answersSinceLast = 0;
            }

            _last = message;
        }
    }

    private static bool IsReminder(Message message)
    {
        foreach (ContentPart part in message.Content)
        {
            if (part is TextPart text && (text.Text.Contains(SparseStart, StringComparison.Ordinal) || text.Text.Contains(FullStart, StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    private static string Compose(string form, string file, bool exists) =>
        EmbeddedText.Read($"Turns/Injections/Prompts/plan-{form}.md").Trim()
            .Replace("{path}", file, StringComparison.Ordinal)
            .Replace("{state}", exists ? "It exists already; read it and edit it." : "It does not exist yet; create it with WriteFile.", StringComparison.Ordinal);
}
