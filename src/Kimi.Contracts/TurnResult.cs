namespace Kimi;

/// <summary>The outcome of a turn: the last object it emits.</summary>
public sealed class TurnResult : TurnEvent
{
    /// <summary>How the turn ended: see <see cref="TurnStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>The answer: the text of the last step that wrote any.</summary>
    public required string Text { get; init; }

    /// <summary>Why the turn ended, such as <c>no_tool_calls</c>, <c>tool_rejected</c>, <c>max_steps</c>; empty if unknown.</summary>
    public required string StopReason { get; init; }

    /// <summary>What went wrong; empty if nothing did.</summary>
    public string ErrorMessage { get; init; } = "";

    /// <summary>The model that answered.</summary>
    public required string Model { get; init; }

    /// <summary>The tokens of all requests of the turn.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>What the turn cost, in the currency of the configured prices; null if a price is unknown.</summary>
    public decimal? Cost { get; init; }

    /// <summary>The number of requests to the model.</summary>
    public required int Steps { get; init; }

    /// <summary>The tool calls in the order they were made.</summary>
    public required ToolCallInfo[] ToolCalls { get; init; }

    /// <summary>How many tool calls were refused.</summary>
    public required int DeniedCount { get; init; }

    /// <summary>How long the turn took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The answer as objects, if a schema was given.</summary>
    public object? Data { get; init; }

    /// <inheritdoc/>
    public override string Kind => "Result";

    /// <inheritdoc/>
    public override string Summary => Line.Of(
        ErrorMessage.Length > 0 ? $"{Status}: {ErrorMessage}"
        : Text.Length > 0 ? $"{Status}: {Text}"
        : Status);
}
