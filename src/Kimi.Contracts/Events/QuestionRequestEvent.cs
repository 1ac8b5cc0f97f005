namespace Kimi;

/// <summary>The model asks the user something.</summary>
public sealed class QuestionRequestEvent : TurnEvent
{
    /// <summary>The id of the request.</summary>
    public required string RequestId { get; init; }

    /// <summary>The id of the call.</summary>
    public required string ToolCallId { get; init; }

    /// <summary>The questions.</summary>
    public required string[] Questions { get; init; }

    /// <inheritdoc/>
    public override string Kind => "QuestionRequest";

    /// <inheritdoc/>
    public override string Summary => Line.Of(string.Join(" / ", Questions));
}
