namespace Kimi;

/// <summary>The turn goes on: every MCP server has connected or failed.</summary>
public sealed class MCPLoadingEndEvent : TurnEvent
{
    /// <inheritdoc/>
    public override string Kind => "MCPLoadingEnd";

    /// <inheritdoc/>
    public override string Summary => "MCP servers are ready.";
}
