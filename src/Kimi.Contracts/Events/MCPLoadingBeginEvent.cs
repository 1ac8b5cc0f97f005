namespace Kimi;

/// <summary>The turn waits for MCP servers that are still connecting.</summary>
public sealed class MCPLoadingBeginEvent : TurnEvent
{
    /// <inheritdoc/>
    public override string Kind => "MCPLoadingBegin";

    /// <inheritdoc/>
    public override string Summary => "Waiting for MCP servers.";
}
