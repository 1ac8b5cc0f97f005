namespace Kimi;

/// <summary>An MCP server of the configuration. Values of variables and headers are not part of it: they are secrets.</summary>
public sealed class McpServerInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary><c>Stdio</c>, <c>Http</c> or <c>Sse</c>.</summary>
    public required string Transport { get; init; }

    /// <summary>The command line or the address; what looks like a secret is masked.</summary>
    public required string Target { get; init; }

    /// <summary>What the configuration says the server is for.</summary>
    public string Description { get; init; } = "";

    /// <summary>The names of the variables its process gets.</summary>
    public string[] EnvironmentNames { get; init; } = [];

    /// <summary>The names of the headers of its requests.</summary>
    public string[] HeaderNames { get; init; } = [];

    /// <summary><c>OAuth</c>, <c>Bearer</c> or <c>None</c>.</summary>
    public string Authorization { get; init; } = "None";

    /// <summary>Whether a server with OAuth was authorized; null for others.</summary>
    public bool? IsAuthorized { get; init; }

    /// <summary>
    /// <c>NotConnected</c> as long as no command of this runspace needed it; then <c>Connected</c>, <c>Connecting</c>,
    /// <c>Failed</c> or <c>Unauthorized</c>.
    /// </summary>
    public string State { get; init; } = "NotConnected";

    /// <summary>The number of its tools; null as long as it was not connected.</summary>
    public int? ToolCount { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
