namespace Kimi.Engine.Mcp;

/// <summary>Where a server stands.</summary>
public enum McpServerState
{
    /// <summary>Not tried yet.</summary>
    Pending,

    /// <summary>Being connected.</summary>
    Connecting,

    /// <summary>Connected; its tools can be called.</summary>
    Connected,

    /// <summary>Could not be connected, or the connection was lost.</summary>
    Failed,

    /// <summary>Wants an authorization that is not there.</summary>
    Unauthorized,
}

/// <summary>Names of <see cref="McpServerState"/>.</summary>
internal static class McpServerStates
{
    /// <summary>The name on the wire and in outputs.</summary>
    public static string Text(this McpServerState state) => state switch
    {
        McpServerState.Pending => "pending",
        McpServerState.Connecting => "connecting",
        McpServerState.Connected => "connected",
        McpServerState.Failed => "failed",
        _ => "unauthorized",
    };
}
