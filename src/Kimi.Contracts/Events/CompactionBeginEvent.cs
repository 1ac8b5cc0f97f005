namespace Kimi;

/// <summary>The history is about to be replaced by a summary of it.</summary>
public sealed class CompactionBeginEvent : TurnEvent
{
    /// <inheritdoc/>
    public override string Kind => "CompactionBegin";

    /// <inheritdoc/>
    public override string Summary => "Summarising the conversation.";
}
