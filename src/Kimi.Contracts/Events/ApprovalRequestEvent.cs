namespace Kimi;

/// <summary>A tool asks whether it may run.</summary>
public sealed class ApprovalRequestEvent : TurnEvent
{
    /// <summary>The id of the request.</summary>
    public required string RequestId { get; init; }

    /// <summary>The id of the call.</summary>
    public required string ToolCallId { get; init; }

    /// <summary>The name of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>What an answer for the session would cover, such as <c>run command</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What the tool is about to do.</summary>
    public required string Description { get; init; }

    /// <summary>The whole command or change; empty if there is none to show.</summary>
    public required string Detail { get; init; }

    /// <summary><c>foreground_turn</c> or <c>background_agent</c>.</summary>
    public string? SourceKind { get; init; }

    /// <summary>The subagent that asks, if one does.</summary>
    public string? AgentId { get; init; }

    /// <summary>The type of that subagent.</summary>
    public string? SubagentType { get; init; }

    /// <inheritdoc/>
    public override string Kind => "ApprovalRequest";

    /// <inheritdoc/>
    public override string Summary => Line.Of($"{Tool}: {Description}");
}
