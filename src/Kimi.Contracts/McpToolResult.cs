namespace Kimi;

/// <summary>What an MCP tool answered, whole.</summary>
public sealed class McpToolResult
{
    /// <summary>The full name of the tool.</summary>
    public required string Name { get; init; }

    /// <summary>The name of the server in the configuration.</summary>
    public required string Server { get; init; }

    /// <summary>The server's own name of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>Whether the tool says that it failed.</summary>
    public required bool IsError { get; init; }

    /// <summary>All text of the answer.</summary>
    public required string Text { get; init; }

    /// <summary>The answer as a value, if the server gave one.</summary>
    public object? StructuredContent { get; init; }

    /// <summary>The images, sounds and films of the answer.</summary>
    public required McpMedia[] Media { get; init; }

    /// <summary>The answer as the server sent it, as JSON.</summary>
    public required string Json { get; init; }

    /// <summary>How long the call took.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
