namespace Kimi;

/// <summary>A piece of the answer, complete.</summary>
public sealed class TextEvent : TurnEvent
{
    /// <summary>The text.</summary>
    public required string Text { get; init; }

    /// <inheritdoc/>
    public override string Kind => "Text";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Text);
}
