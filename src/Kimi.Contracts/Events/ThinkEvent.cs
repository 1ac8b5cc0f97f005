namespace Kimi;

/// <summary>A piece of the model's reasoning, complete.</summary>
public sealed class ThinkEvent : TurnEvent
{
    /// <summary>The reasoning.</summary>
    public required string Text { get; init; }

    /// <inheritdoc/>
    public override string Kind => "Think";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Text);
}
