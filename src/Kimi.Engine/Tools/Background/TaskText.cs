using System.Globalization;
using System.Text;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Tools.Background;

/// <summary>How a background task is shown to the model and to the user.</summary>
public static class TaskText
{
    /// <summary>The lines of a task, without a line feed at the end.</summary>
    public static string Format(BackgroundTaskInfo task, bool withCommand = true)
    {
        StringBuilder text = new();
        text.Append("task_id: ").Append(task.Id)
            .Append("\nkind: ").Append(task.Kind)
            .Append("\nstatus: ").Append(task.Status)
            .Append("\ndescription: ").Append(task.Description);
        AppendAgent(text, task);
        if (withCommand && !string.IsNullOrEmpty(task.Command))
        {
            text.Append("\ncommand: ").Append(task.Command);
        }

        AppendEnd(text, task);
        return text.ToString();
    }

    /// <summary>The block of a task.</summary>
    public static BackgroundTaskBlock Block(BackgroundTaskInfo task) => new(task.Id, task.Kind, task.Status, task.Description);

    internal static void AppendAgent(StringBuilder text, BackgroundTaskInfo task)
    {
        if (task.AgentId is not null)
        {
            text.Append("\nagent_id: ").Append(task.AgentId);
        }

        if (task.SubagentType is not null)
        {
            text.Append("\nsubagent_type: ").Append(task.SubagentType);
        }
    }

    internal static void AppendEnd(StringBuilder text, BackgroundTaskInfo task)
    {
        if (task.ExitCode is int code)
        {
            text.Append("\nexit_code: ").Append(code.ToString(CultureInfo.InvariantCulture));
        }

        if (!string.IsNullOrEmpty(task.Reason))
        {
            text.Append("\nreason: ").Append(task.Reason);
        }
    }
}
