using System.Globalization;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Tools.Background;

namespace Kimi.Engine.Turns.Background;

/// <summary>Tells the model, after a compaction, which tasks still run.</summary>
internal static class ActiveTaskList
{
    private const int Limit = 20;
    private const string Note =
        "<system>These background tasks are still running; the compaction did not end them. Do not start them again. "
        + "You will be notified when one ends; use TaskOutput to look at one before that.</system>";

    /// <summary>The message; null when no task runs.</summary>
    public static Message? ToMessage(List<TaskView> active)
    {
        if (active.Count == 0)
        {
            return null;
        }

        StringBuilder text = new("<active-background-tasks>\n");
        int shown = Math.Min(active.Count, Limit);
        text.Append(CultureInfo.InvariantCulture, $"active_background_tasks: {shown}\n\n");
        for (int i = 0; i < shown; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "\n" : "")}[{i + 1}]\n");
            text.Append(TaskText.Format(active[i].ToInfo(), withCommand: false)).Append('\n');
        }

        return new Message(Role.User, [new TextPart(Note), new TextPart(text.Append("</active-background-tasks>").ToString())]);
    }
}
