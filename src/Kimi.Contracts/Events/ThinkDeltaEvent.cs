namespace Kimi;

/// <summary>A fragment of the model's reasoning as it arrives. Emitted on request only.</summary>
public sealed class ThinkDeltaEvent : TurnEvent
{
    /// <summary>The fragment.</summary>
    public required string Text { get; init; }

    /// <inheritdoc/>
    public override string Kind => "ThinkDelta";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Text);
}
