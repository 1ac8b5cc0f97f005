namespace Kimi;

/// <summary>What came out of connecting to an MCP server.</summary>
public sealed class McpServerTest
{
    /// <summary>The name of the server.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it could be connected and told its tools.</summary>
    public required bool Success { get; init; }

    /// <summary>Why not; empty if it could.</summary>
    public required string Reason { get; init; }

    /// <summary>The number of its tools.</summary>
    public int ToolCount { get; init; }

    /// <summary>The server's names of its tools.</summary>
    public string[] Tools { get; init; } = [];

    /// <summary>What the server says of itself; empty if it says nothing.</summary>
    public string Instructions { get; init; } = "";

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Name and outcome.</summary>
    public override string ToString() => Success ? $"{Name}: {ToolCount} tools" : $"{Name}: {Reason}";
}
