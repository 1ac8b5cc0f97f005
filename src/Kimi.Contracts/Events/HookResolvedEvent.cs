namespace Kimi;

/// <summary>Hooks have decided.</summary>
public sealed class HookResolvedEvent : TurnEvent
{
    /// <summary>The event they listen to.</summary>
    public required string Event { get; init; }

    /// <summary>What the event is about; may be empty.</summary>
    public required string Target { get; init; }

    /// <summary><c>allow</c> or <c>block</c>.</summary>
    public required string Action { get; init; }

    /// <summary>Why it was blocked; may be empty.</summary>
    public required string Reason { get; init; }

    /// <summary>How long the hooks took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <inheritdoc/>
    public override string Kind => "HookResolved";

    /// <inheritdoc/>
    public override string Summary => Line.Of($"{Event} {Target}: {Action} {Reason}");
}
