namespace Kimi;

/// <summary>A fragment of the answer as it arrives. Emitted on request only.</summary>
public sealed class TextDeltaEvent : TurnEvent
{
    /// <summary>The fragment.</summary>
    public required string Text { get; init; }

    /// <inheritdoc/>
    public override string Kind => "TextDelta";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Text);
}
