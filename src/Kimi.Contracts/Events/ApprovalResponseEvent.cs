namespace Kimi;

/// <summary>A request for approval has been decided.</summary>
public sealed class ApprovalResponseEvent : TurnEvent
{
    /// <summary>The id of the request.</summary>
    public required string RequestId { get; init; }

    /// <summary>The id of the call; empty if the request was not seen.</summary>
    public required string ToolCallId { get; init; }

    /// <summary>The name of the tool; empty if the request was not seen.</summary>
    public required string Tool { get; init; }

    /// <summary><c>approve</c>, <c>approve_for_session</c> or <c>reject</c>.</summary>
    public required string Response { get; init; }

    /// <summary>Who decided what: see <see cref="ApprovalDecision"/>.</summary>
    public required string Decision { get; init; }

    /// <summary>What the model is told about a refusal; may be empty.</summary>
    public required string Feedback { get; init; }

    /// <inheritdoc/>
    public override string Kind => "ApprovalResponse";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Feedback.Length == 0 ? $"{Tool}: {Decision}" : $"{Tool}: {Decision}. {Feedback}");
}
