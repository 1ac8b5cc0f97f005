namespace Kimi;

/// <summary>A step has begun: one request to the model and the tool calls it asks for.</summary>
public sealed class StepBeginEvent : TurnEvent
{
    /// <summary>The number of the step, from 1.</summary>
    public required int Step { get; init; }

    /// <inheritdoc/>
    public override string Kind => "StepBegin";

    /// <inheritdoc/>
    public override string Summary => $"Step {Step}";
}
