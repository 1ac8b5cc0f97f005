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

        int answers = 0;
        int reminders = 0;
        int answersSinceLast = -1;
        for (int i = history.Count - 1; i >= 0; i--)
        {
            if (history[i].Role == Role.Assistant)
            {
                answers++;
            }
            else if (history[i].Role == Role.User && IsReminder(history[i]))
            {
                reminders++;
                answersSinceLast = answersSinceLast < 0 ? answers : answersSinceLast;
            }
        }

        if (reminders == 0)
        {
            return Compose("full", file, exists);
        }

        if (answersSinceLast < AnswersBetween)
        {
            return null;
        }

        return Compose(reminders % FullEvery == 0 ? "full" : "sparse", file, exists);
    }

    /// <inheritdoc/>
    public void OnCompacted()
    {
        // What was said is looked up in the history itself.
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
