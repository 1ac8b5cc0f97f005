using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Background;

/// <summary>What is said of background tasks that have ended, to people and to the model.</summary>
internal static class TaskNotifications
{
    public const string SourceKind = "background_task";

    /// <summary>The notification of a task that has ended.</summary>
    public static Notification Of(TaskView task, TimeProvider time)
    {
        string reason = task.Runtime.TimedOut ? "timed_out" : task.Runtime.Status;
        (string severity, string what) = reason switch
        {
            TaskStates.Completed => ("success", "completed"),
            TaskStates.Killed => ("warning", "stopped"),
            TaskStates.Lost => ("warning", "lost"),
            "timed_out" => ("error", "timed out"),
            _ => ("error", "failed"),
        };
        return new Notification
        {
            Id = NotificationStore.NewId(),
            Category = "task",
            Type = $"task.{reason}",
            SourceKind = SourceKind,
            SourceId = task.Spec.Id,
            Title = $"Background task {what}: {task.Spec.Description}",
            Body = Body(task, reason, time),
            Severity = severity,
            CreatedAt = StoredJson.Seconds(time),
            Payload = Payload(task, reason),
            DedupeKey = $"background_task:{task.Spec.Id}:{reason}",
        };
    }

    /// <summary>A time as people say it: <c>&lt;1s</c>, <c>5s</c>, <c>1m 30s</c>, <c>1h 1m 1s</c>.</summary>
    public static string DurationText(double seconds)
    {
        if (seconds < 1)
        {
            return "<1s";
        }

        long all = (long)seconds;
        string text = string.Create(CultureInfo.InvariantCulture, $"{all % 60}s");
        if (all >= 60)
        {
            text = string.Create(CultureInfo.InvariantCulture, $"{all / 60 % 60}m {text}");
        }

        return all < 3600 ? text : string.Create(CultureInfo.InvariantCulture, $"{all / 3600}h {text}");
    }

    /// <summary>The message that tells the model of a notification.</summary>
    /// <param name="notification">The notification.</param>
    /// <param name="task">Its task; null when it is of none, or the task is gone.</param>
    /// <param name="config">How much of the output is shown.</param>
    public static Message ToMessage(Notification notification, TaskView? task, BackgroundConfig config)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"<notification id=\"{notification.Id}\" category=\"{notification.Category}\" type=\"{notification.Type}\" ");
        text.Append(CultureInfo.InvariantCulture, $"source_kind=\"{notification.SourceKind}\" source_id=\"{notification.SourceId}\">\n");
        text.Append("Title: ").Append(notification.Title).Append("\nSeverity: ").Append(notification.Severity).Append('\n').Append(notification.Body).Append('\n');
        if (task is not null)
        {
            text.Append("<task-notification>\nTask ID: ").Append(task.Spec.Id).Append("\nTask Type: ").Append(task.Spec.Kind);
            text.Append("\nDescription: ").Append(task.Spec.Description).Append("\nStatus: ").Append(task.Runtime.Status).Append('\n');
            if (task.Runtime.ExitCode is int code)
            {
                text.Append(CultureInfo.InvariantCulture, $"Exit code: {code}\n");
            }

            if (task.Runtime.FailureReason is { Length: > 0 } failure)
            {
                text.Append("Failure reason: ").Append(failure).Append('\n');
            }

            string tail = TaskOutput.Tail(task.Files.OutputPath, config.NotificationTailChars, config.NotificationTailLines).TrimEnd('\r', '\n');
            if (tail.Length > 0)
            {
                text.Append("Output tail:\n").Append(tail).Append('\n');
            }

            text.Append("</task-notification>\n");
        }

        text.Append("</notification>");
        return new Message(Role.User, text.ToString());
    }

    /// <summary>The id of the notification that a message is of; null when it is none.</summary>
    public static string? IdOf(Message message)
    {
        const string Start = "<notification id=\"";
        if (message.Role != Role.User || message.Content is not [TextPart { Text: string text }] || !text.StartsWith(Start, StringComparison.Ordinal))
        {
            return null;
        }

        int end = text.IndexOf('"', Start.Length);
        return end < 0 ? null : text[Start.Length..end];
    }

    private static string Body(TaskView task, string reason, TimeProvider time)
    {
        TaskRuntime runtime = task.Runtime;
        StringBuilder text = new();
        text.Append("Task ID: ").Append(task.Spec.Id).Append("\nStatus: ").Append(runtime.Status);
        if (runtime.FinishedAt is double finished)
        {
            DateTimeOffset moment = TimeZoneInfo.ConvertTime(DateTimeOffset.UnixEpoch.AddSeconds(finished), time.LocalTimeZone);
            text.Append(runtime.Status == TaskStates.Completed ? " (Completed at: " : " (Finished at: ");
            text.Append(moment.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
            if (Duration(runtime) is double seconds)
            {
                text.Append(", Duration: ").Append(DurationText(seconds));
            }

            text.Append(')');
        }

        text.Append("\nDescription: ").Append(task.Spec.Description);
        if (reason != runtime.Status)
        {
            text.Append("\nTerminal reason: ").Append(reason);
        }

        if (runtime.ExitCode is int code)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nExit code: {code}");
        }

        if (runtime.FailureReason is { Length: > 0 } failure)
        {
            text.Append("\nFailure reason: ").Append(failure);
        }

        return text.ToString();
    }

    private static JsonElement Payload(TaskView task, string reason)
    {
        TaskRuntime runtime = task.Runtime;
        return LenientJson.Parse(JsonWriter.Compose(writer =>
        {
            writer.BeginObject();
            writer.Member("task_id"u8, task.Spec.Id);
            writer.Member("task_kind"u8, task.Spec.Kind);
            writer.Member("status"u8, runtime.Status);
            writer.Member("description"u8, task.Spec.Description);
            writer.Member("exit_code"u8, (long?)runtime.ExitCode);
            writer.Member("interrupted"u8, runtime.Interrupted);
            writer.Member("timed_out"u8, runtime.TimedOut);
            writer.Member("terminal_reason"u8, reason);
            writer.Member("failure_reason"u8, runtime.FailureReason);
            writer.Member("finished_at"u8, runtime.FinishedAt);
            writer.Member("duration_s"u8, Duration(runtime));
            writer.EndObject();
        }));
    }

    private static double? Duration(TaskRuntime runtime) =>
        runtime is { StartedAt: double started, FinishedAt: double finished } ? Math.Max(0, finished - started) : null;
}
