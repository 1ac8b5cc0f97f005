using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Background;

/// <summary>How a background task is doing: <c>runtime.json</c>. Times are Unix seconds.</summary>
internal sealed record TaskRuntime
{
    public string Status { get; init; } = TaskStates.Created;

    public int? WorkerPid { get; init; }

    public int? ChildPid { get; init; }

    /// <summary>The process group of the command; null where there are none.</summary>
    public int? ChildGroup { get; init; }

    public double? StartedAt { get; init; }

    public double? HeartbeatAt { get; init; }

    public double UpdatedAt { get; init; }

    public double? FinishedAt { get; init; }

    public int? ExitCode { get; init; }

    public bool Interrupted { get; init; }

    public bool TimedOut { get; init; }

    public string? FailureReason { get; init; }

    public bool IsTerminal => TaskStates.IsTerminal(Status);

    /// <summary>The last sign that something happens.</summary>
    public double? LastProgress => HeartbeatAt ?? StartedAt ?? (UpdatedAt > 0 ? UpdatedAt : null);

    public static TaskRuntime? Read(JsonElement value)
    {
        string status = value.StringOrNull("status") ?? TaskStates.Created;
        if (value.ValueKind != JsonValueKind.Object || !TaskStates.IsKnown(status))
        {
            return null;
        }

        return new TaskRuntime
        {
            Status = status,
            WorkerPid = Whole(value, "worker_pid"),
            ChildPid = Whole(value, "child_pid"),
            ChildGroup = Whole(value, "child_pgid"),
            StartedAt = value.DoubleOrNull("started_at"),
            HeartbeatAt = value.DoubleOrNull("heartbeat_at"),
            UpdatedAt = value.DoubleOrNull("updated_at") ?? 0,
            FinishedAt = value.DoubleOrNull("finished_at"),
            ExitCode = Whole(value, "exit_code"),
            Interrupted = value.BoolOr("interrupted", false),
            TimedOut = value.BoolOr("timed_out", false),
            FailureReason = value.StringOrNull("failure_reason"),
        };
    }

    public void Write(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("status"u8, Status);
        writer.Member("worker_pid"u8, (long?)WorkerPid);
        writer.Member("child_pid"u8, (long?)ChildPid);
        writer.Member("child_pgid"u8, (long?)ChildGroup);
        writer.Member("started_at"u8, StartedAt);
        writer.Member("heartbeat_at"u8, HeartbeatAt);
        writer.Member("updated_at"u8, (double?)UpdatedAt);
        writer.Member("finished_at"u8, FinishedAt);
        writer.Member("exit_code"u8, (long?)ExitCode);
        writer.Member("interrupted"u8, Interrupted);
        writer.Member("timed_out"u8, TimedOut);
        writer.Member("failure_reason"u8, FailureReason);
        writer.EndObject();
    }

    private static int? Whole(JsonElement value, string name) =>
        value.TryMember(name, out JsonElement member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt32(out int number) ? number : null;
}

/// <summary>What a task is asked to do: <c>control.json</c>.</summary>
internal sealed record TaskControl(double? KillRequestedAt = null, string? KillReason = null, bool Force = false)
{
    public static TaskControl Read(JsonElement value) =>
        new(value.DoubleOrNull("kill_requested_at"), value.StringOrNull("kill_reason"), value.BoolOr("force", false));

    public void Write(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("kill_requested_at"u8, KillRequestedAt);
        writer.Member("kill_reason"u8, KillReason);
        writer.Member("force"u8, Force);
        writer.EndObject();
    }
}

/// <summary>What was seen of a task's output: <c>consumer.json</c>.</summary>
internal sealed record TaskConsumer(long LastSeenOutputSize = 0, double? LastViewedAt = null)
{
    public static TaskConsumer Read(JsonElement value) => new(value.LongOr("last_seen_output_size", 0), value.DoubleOrNull("last_viewed_at"));

    public void Write(JsonWriter writer)
    {
        writer.BeginObject();
        writer.Member("last_seen_output_size"u8, LastSeenOutputSize);
        writer.Member("last_viewed_at"u8, LastViewedAt);
        writer.EndObject();
    }
}
