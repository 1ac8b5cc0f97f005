namespace Kimi;

/// <summary>The history has been replaced by a summary of it.</summary>
public sealed class CompactionEndEvent : TurnEvent
{
    /// <inheritdoc/>
    public override string Kind => "CompactionEnd";

    /// <inheritdoc/>
    public override string Summary => "The conversation was summarised.";
}
