namespace Kimi;

/// <summary>A message sent into the running turn has reached the model.</summary>
public sealed class SteerInputEvent : TurnEvent
{
    /// <summary>The text of the message.</summary>
    public required string Prompt { get; init; }

    /// <inheritdoc/>
    public override string Kind => "SteerInput";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Prompt);
}
