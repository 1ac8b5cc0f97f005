namespace Kimi;

/// <summary>Something a subagent did: one of its own events inside this one.</summary>
public sealed class SubagentEvent : TurnEvent
{
    /// <summary>The call that started the subagent.</summary>
    public string? ParentToolCallId { get; init; }

    /// <summary>The id of the subagent.</summary>
    public string? AgentId { get; init; }

    /// <summary>The type of the subagent.</summary>
    public string? SubagentType { get; init; }

    /// <summary>The kind of the event inside.</summary>
    public required string EventKind { get; init; }

    /// <summary>The event inside.</summary>
    public required TurnEvent Event { get; init; }

    /// <inheritdoc/>
    public override string Kind => "SubagentEvent";

    /// <inheritdoc/>
    public override string Summary => Line.Of($"{SubagentType ?? "agent"}: {EventKind} {Event.Summary}");
}
