namespace Kimi;

/// <summary>A turn has ended, whatever its outcome was.</summary>
public sealed class TurnEndEvent : TurnEvent
{
    /// <inheritdoc/>
    public override string Kind => "TurnEnd";

    /// <inheritdoc/>
    public override string Summary => $"Turn {Turn}";
}
