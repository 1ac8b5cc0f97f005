namespace Kimi;

/// <summary>How a remote MCP server is spoken to.</summary>
public enum McpTransport
{
    /// <summary>Streamable HTTP.</summary>
    Http,

    /// <summary>HTTP with server-sent events, the older way.</summary>
    Sse,
}
