using System.Text.Json;

namespace Kimi.Engine.Mcp;

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
    /// <exception cref="McpNotSentException">The server never got the call.</exception>
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

/// <summary>A call could not be sent: the connection is lost, and nothing has happened at the server.</summary>
internal sealed class McpNotSentException(string message, Exception inner) : IOException(message, inner);
