namespace Kimi.Engine.Configuration;

/// <summary>How MCP tools are offered to the model.</summary>
public enum McpToolMode
{
    /// <summary>Behind the two fixed tools <c>mcp_search</c> and <c>mcp_call</c>.</summary>
    Deferred,

    /// <summary>Each as a tool of its own.</summary>
    Direct,
}

/// <summary><c>[mcp]</c></summary>
public sealed record McpConfig
{
    /// <summary>How MCP tools are offered to the model. Not in kimi-cli.</summary>
    public McpToolMode ToolMode { get; init; } = McpToolMode.Deferred;

    /// <summary><c>[mcp.client]</c></summary>
    public McpClientConfig Client { get; init; } = new();

    /// <summary>The mode to use: <c>KIMI_MCP_TOOL_MODE</c>, where it names one, before the setting.</summary>
    public McpToolMode EffectiveToolMode(EnvironmentSource environment) =>
        Array.IndexOf(ConfigNames.ToolModes, environment["KIMI_MCP_TOOL_MODE"]?.Trim().ToLowerInvariant()) is >= 0 and int mode
            ? (McpToolMode)mode
            : ToolMode;
}

/// <summary><c>[mcp.client]</c></summary>
public sealed record McpClientConfig
{
    /// <summary>Milliseconds a tool call may take.</summary>
    public int ToolCallTimeoutMs { get; init; } = 60000;
}
