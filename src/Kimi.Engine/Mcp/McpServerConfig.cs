using System.Text.Json;

namespace Kimi.Engine.Mcp;

/// <summary>How a server is reached.</summary>
public enum McpTransport
{
    /// <summary>A process, by its standard streams.</summary>
    Stdio,

    /// <summary>Streamable HTTP.</summary>
    Http,

    /// <summary>HTTP with server-sent events, the older way.</summary>
    Sse,
}

/// <summary>A server as a configuration names it.</summary>
public sealed record McpServerConfig
{
    /// <summary>Its name; any text.</summary>
    public required string Name { get; init; }

    /// <summary>How it is reached.</summary>
    public required McpTransport Transport { get; init; }

    /// <summary>The program (stdio).</summary>
    public string Command { get; init; } = "";

    /// <summary>Arguments of the program.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Variables the program gets beside the safe ones of this process.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Working directory of the program; the session's when null.</summary>
    public string? WorkingDirectory { get; init; }

    /// <summary>The address (remote servers), as written.</summary>
    public string Url { get; init; } = "";

    /// <summary>Headers of every request.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the server is authorized by OAuth.</summary>
    public bool UsesOAuth { get; init; }

    /// <summary>A token sent as it is; null when there is none.</summary>
    public string? BearerToken { get; init; }

    /// <summary>What the configuration says the server is for.</summary>
    public string? Description { get; init; }

    /// <summary>The entry as written.</summary>
    public JsonElement Source { get; init; }

    /// <summary>Whether the server is reached over HTTP.</summary>
    public bool IsRemote => Transport != McpTransport.Stdio;
}

/// <summary>A configuration of servers that cannot be used. The text is for the user.</summary>
public sealed class McpConfigException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">What is wrong, all of it.</param>
    /// <param name="isSyntax">Whether the text is not even JSON.</param>
    /// <param name="option">The command-line option it was given with; null when it was none.</param>
    /// <param name="inner">The cause.</param>
    public McpConfigException(string message, bool isSyntax, string? option = null, Exception? inner = null)
        : base(message, inner)
    {
        IsSyntax = isSyntax;
        Option = option;
    }

    /// <summary>Whether the text is not even JSON: an error of usage.</summary>
    public bool IsSyntax { get; }

    /// <summary>The command-line option it was given with; null when it was none.</summary>
    public string? Option { get; }
}
