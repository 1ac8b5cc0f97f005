namespace Kimi;

/// <summary>A side question has been answered.</summary>
public sealed class BtwEndEvent : TurnEvent
{
    /// <summary>The id of the question.</summary>
    public required string QuestionId { get; init; }

    /// <summary>The answer.</summary>
    public string? Response { get; init; }

    /// <summary>Why there is no answer.</summary>
    public string? Error { get; init; }

    /// <inheritdoc/>
    public override string Kind => "BtwEnd";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Response ?? Error ?? "");
}
