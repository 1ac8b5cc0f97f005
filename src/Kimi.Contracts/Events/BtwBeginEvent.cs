namespace Kimi;

/// <summary>A side question has been put to the model.</summary>
public sealed class BtwBeginEvent : TurnEvent
{
    /// <summary>The id of the question.</summary>
    public required string QuestionId { get; init; }

    /// <summary>The question.</summary>
    public required string Question { get; init; }

    /// <inheritdoc/>
    public override string Kind => "BtwBegin";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Question);
}
