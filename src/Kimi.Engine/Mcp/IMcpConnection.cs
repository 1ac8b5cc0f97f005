using System.Text.Json;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Mcp;

/// <summary>What a server answered to a call.</summary>
/// <param name="Parts">Its content, in order.</param>
/// <param name="IsError">Whether the server calls it an error.</param>
/// <param name="StructuredContent">The same as a value, if the server gave one.</param>
public sealed record McpCallResult(IReadOnlyList<ContentPart> Parts, bool IsError, JsonElement? StructuredContent)
{
    /// <summary>The result as the server sent it.</summary>
    public JsonElement Raw => RawSource?.Invoke() ?? default;

    internal Func<JsonElement>? RawSource { get; init; }
}

/// <summary>A connection with a server: one session of the protocol.</summary>
internal interface IMcpConnection : IAsyncDisposable
{
    /// <summary>What the server says of itself; null when it says nothing.</summary>
    string? Instructions { get; }

    /// <summary>Ends when the connection does; the result is the reason, null for an ordinary end.</summary>
    Task<string?> Closed { get; }

    /// <summary>Lists all tools.</summary>
    Task<IReadOnlyList<McpTool>> ListToolsAsync(CancellationToken cancellationToken);

    /// <summary>Calls a tool; cancelling tells the server.</summary>
    Task<McpCallResult> CallAsync(string tool, JsonElement arguments, CancellationToken cancellationToken);
}

/// <summary>Makes connections.</summary>
internal interface IMcpConnector
{
    /// <summary>Connects; <paramref name="toolsChanged"/> is called when the server says that its tools are others now.</summary>
    /// <exception cref="McpUnauthorizedException">The server wants an authorization that is not there.</exception>
    Task<IMcpConnection> ConnectAsync(McpServerConfig server, Action toolsChanged, CancellationToken cancellationToken);
}

/// <summary>The server wants an authorization that is not there.</summary>
internal sealed class McpUnauthorizedException(string message, Exception? inner = null) : Exception(message, inner);
