namespace Kimi;

/// <summary>Hooks have been started.</summary>
public sealed class HookTriggeredEvent : TurnEvent
{
    /// <summary>The event they listen to, such as <c>PreToolUse</c>.</summary>
    public required string Event { get; init; }

    /// <summary>What the event is about, such as the name of a tool; may be empty.</summary>
    public required string Target { get; init; }

    /// <summary>How many hooks were started.</summary>
    public required int HookCount { get; init; }

    /// <inheritdoc/>
    public override string Kind => "HookTriggered";

    /// <inheritdoc/>
    public override string Summary => Line.Of(Target.Length == 0 ? $"{Event} ({HookCount})" : $"{Event} {Target} ({HookCount})");
}
