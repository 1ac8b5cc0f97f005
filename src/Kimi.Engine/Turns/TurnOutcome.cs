using Kimi.Engine.Chat;

namespace Kimi.Engine.Turns;

/// <summary>How a run ended.</summary>
public enum TurnStatus
{
    /// <summary>To its end, whatever the model found.</summary>
    Finished,

    /// <summary>Stopped from outside.</summary>
    Cancelled,

    /// <summary>At the limit of steps.</summary>
    MaxStepsReached,

    /// <summary>With an error.</summary>
    Failed,
}

/// <summary>Why a turn stopped by itself.</summary>
public enum StopReason
{
    /// <summary>The model called no more tools.</summary>
    NoToolCalls,

    /// <summary>The user refused a tool call without saying what to do instead.</summary>
    ToolRejected,

    /// <summary>The model repeated one tool call too often.</summary>
    ToolCallRepeat,
}

/// <summary>The result of a run, folded from its events.</summary>
public sealed record TurnOutcome
{
    /// <summary>How the run ended.</summary>
    public required TurnStatus Status { get; init; }

    /// <summary>Steps counted at <see cref="TurnStatus.MaxStepsReached"/>: the limit, or all steps of a flow.</summary>
    public int Steps { get; init; }

    /// <summary>Why the last turn stopped; null when it did not stop by itself.</summary>
    public StopReason? StopReason { get; init; }

    /// <summary>The error, at <see cref="TurnStatus.Failed"/>.</summary>
    public Exception? Error { get; init; }

    /// <summary>The last assistant message; null when there is none.</summary>
    public Message? FinalMessage { get; init; }

    /// <summary>The answer that follows the schema asked for; null when none was asked for or given.</summary>
    public System.Text.Json.JsonElement? Data { get; init; }

    /// <summary>Usage of all model answers together; null when none was reported.</summary>
    public TokenUsage? Usage { get; init; }

    /// <summary>What the answers cost; null when unknown.</summary>
    public decimal? Cost { get; init; }

    /// <summary>Number of steps the run took.</summary>
    public int StepCount { get; init; }
}
