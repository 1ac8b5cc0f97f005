namespace Kimi;

/// <summary>New figures: tokens, context, plan mode, MCP servers. What is null has not changed.</summary>
public sealed class StatusUpdateEvent : TurnEvent
{
    /// <summary>The part of the context window that is in use, from 0 to 1.</summary>
    public double? ContextUsage { get; init; }

    /// <summary>The tokens in the context.</summary>
    public long? ContextTokens { get; init; }

    /// <summary>The size of the context window in tokens.</summary>
    public long? MaxContextTokens { get; init; }

    /// <summary>What the last request to the model used.</summary>
    public TokenUsage? Usage { get; init; }

    /// <summary>The id the provider gave the message.</summary>
    public string? MessageId { get; init; }

    /// <summary>Whether plan mode is on.</summary>
    public bool? PlanMode { get; init; }

    /// <summary>Whether MCP servers are still connecting.</summary>
    public bool? McpLoading { get; init; }

    /// <summary>The number of connected MCP servers.</summary>
    public int? McpConnected { get; init; }

    /// <summary>The number of MCP servers.</summary>
    public int? McpTotal { get; init; }

    /// <summary>The number of tools the MCP servers offer.</summary>
    public int? McpTools { get; init; }

    /// <summary>Each MCP server as <c>name: state</c>.</summary>
    public string[]? McpServers { get; init; }

    /// <inheritdoc/>
    public override string Kind => "StatusUpdate";

    /// <inheritdoc/>
    public override string Summary => Line.OfStatus(this);
}
