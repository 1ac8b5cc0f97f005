namespace Kimi;

/// <summary>A tool has ended.</summary>
public sealed class ToolResultEvent : TurnEvent
{
    /// <summary>The id of the call.</summary>
    public required string ToolCallId { get; init; }

    /// <summary>The name of the tool; empty if the call was not seen.</summary>
    public required string Tool { get; init; }

    /// <summary>Whether the tool reported an error.</summary>
    public required bool IsError { get; init; }

    /// <summary>What the model gets to read as output.</summary>
    public required string Output { get; init; }

    /// <summary>What the model gets to read beside the output.</summary>
    public required string Message { get; init; }

    /// <summary>One line for people; may be empty.</summary>
    public required string Brief { get; init; }

    /// <summary>The files that the call changed.</summary>
    public required string[] Files { get; init; }

    /// <summary>The changes as text, lines starting with <c>-</c> and <c>+</c>; empty if there are none.</summary>
    public required string Diff { get; init; }

    /// <summary>What was decided about the call, if it needed approval: see <see cref="ApprovalDecision"/>.</summary>
    public string? Decision { get; init; }

    /// <summary>The time from the call to the result.</summary>
    public TimeSpan? Duration { get; init; }

    /// <inheritdoc/>
    public override string Kind => "ToolResult";

    /// <inheritdoc/>
    public override string Summary => Line.OfResult(this);
}
