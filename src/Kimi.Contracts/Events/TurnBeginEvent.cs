namespace Kimi;

/// <summary>A turn has begun: the prompt as the session stored it.</summary>
public sealed class TurnBeginEvent : TurnEvent
{
    /// <summary>The text of the prompt; parts that are not text are named in brackets.</summary>
    public required string Prompt { get; init; }

    /// <inheritdoc/>
    public override string Kind => "TurnBegin";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Prompt);
}
