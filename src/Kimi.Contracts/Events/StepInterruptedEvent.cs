namespace Kimi;

/// <summary>A step has failed with an error. Not sent when the turn was cancelled or reached its step limit.</summary>
public sealed class StepInterruptedEvent : TurnEvent
{
    /// <inheritdoc/>
    public override string Kind => "StepInterrupted";

    /// <inheritdoc/>
    public override string Summary => "The step failed.";
}
