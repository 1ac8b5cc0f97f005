namespace Kimi;

/// <summary>One tool call of a finished turn.</summary>
public sealed class ToolCallInfo
{
    /// <summary>The id of the call.</summary>
    public required string ToolCallId { get; init; }

    /// <summary>The name of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>The arguments exactly as the model wrote them.</summary>
    public required string ArgumentsJson { get; init; }

    /// <summary>Whether the tool reported an error, was refused or did not end.</summary>
    public required bool IsError { get; init; }

    /// <summary>What was decided about the call, if it needed approval: see <see cref="ApprovalDecision"/>.</summary>
    public string? Decision { get; init; }

    /// <summary>
    /// The seconds from the call to the result; null if there is no result. A number, because a TimeSpan inside a result is
    /// too deep for ConvertTo-Json.
    /// </summary>
    public double? DurationSeconds { get; init; }

    /// <summary>Tool and outcome.</summary>
    public override string ToString() => IsError ? $"{Tool} (error)" : Tool;
}
