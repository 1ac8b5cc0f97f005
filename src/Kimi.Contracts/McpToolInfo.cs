namespace Kimi;

/// <summary>A tool of an MCP server, as the server describes it.</summary>
public sealed class McpToolInfo
{
    /// <summary>The full name, <c>mcp__server__tool</c>: the same one in rules and hooks.</summary>
    public required string Name { get; init; }

    /// <summary>The name of the server in the configuration.</summary>
    public required string Server { get; init; }

    /// <summary>The server's own name of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>The server's description; empty if it gives none.</summary>
    public required string Description { get; init; }

    /// <summary>The JSON Schema of the arguments, as text.</summary>
    public required string Schema { get; init; }

    /// <summary>The names of the arguments, required ones first.</summary>
    public required string[] ArgumentNames { get; init; }

    /// <summary>Whether the server says that the tool changes nothing.</summary>
    public bool IsReadOnly { get; init; }

    /// <summary>Whether the server says that the tool may destroy something.</summary>
    public bool IsDestructive { get; init; }

    /// <summary>How well the tool matches the query: 1000 if it bears its name, 0 if nothing was asked for.</summary>
    public double Score { get; init; }

    /// <summary>The full name.</summary>
    public override string ToString() => Name;
}
