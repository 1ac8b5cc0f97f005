using System.Text.Json;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Mcp;

/// <summary>A server at one moment, for people and scripts.</summary>
/// <param name="Config">What the configuration says.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Error">Why it is not connected; null when it is, or was not tried.</param>
/// <param name="Tools">Its tools; kept when the connection is lost.</param>
public sealed record McpServerSnapshot(McpServerConfig Config, McpServerState State, string? Error, IReadOnlyList<McpTool> Tools)
{
    /// <summary>What the server says of itself; null when it says nothing.</summary>
    public string? Hint { get; init; }
}

/// <summary>No tool, or more than one, is called so. The text is for the user.</summary>
/// <param name="message">What is wrong.</param>
/// <param name="suggestions">Full names that may be meant.</param>
/// <param name="isAmbiguous">Whether more than one is.</param>
public sealed class McpToolNotFoundException(string message, IReadOnlyList<string> suggestions, bool isAmbiguous) : Exception(message)
{
    /// <summary>Whether more than one tool is called so.</summary>
    public bool IsAmbiguous { get; } = isAmbiguous;

    /// <summary>Full names that may be meant.</summary>
    public IReadOnlyList<string> Suggestions { get; } = suggestions;
}

/// <content>Tools without an agent: for scripts.</content>
public sealed partial class McpManager
{
    /// <summary>The servers at this moment, in order.</summary>
    public IReadOnlyList<McpServerSnapshot> Servers =>
        [.. _servers.Select(static server => new McpServerSnapshot(server.Config, server.State, server.Error, server.Tools) { Hint = server.Hint })];

    /// <summary>Connects one server, or all; ends when they are connected or have failed.</summary>
    public Task ConnectAsync(string? server, CancellationToken cancellationToken) => server is null
        ? WaitLoadedAsync(cancellationToken)
        : Task.WhenAll(_servers.Where(one => one.Config.Name == server).Select(static one => one.ConnectAsync())).WaitAsync(cancellationToken);

    /// <summary>Finds tools of connected servers, best first; all of them, in order, when there is no query.</summary>
    /// <param name="query">Keywords; null or blank for all.</param>
    /// <param name="server">Only tools of this server; null for all.</param>
    /// <param name="limit">How many at most.</param>
    public IReadOnlyList<McpTool> FindTools(string? query, string? server, int limit)
    {
        McpCatalog catalog = _catalog;
        IEnumerable<McpTool> tools = string.IsNullOrWhiteSpace(query) ? catalog.Tools : catalog.Index.Search(query, server is null ? limit : int.MaxValue).Tools;
        return [.. tools.Where(tool => server is null || tool.Server == server).Take(limit)];
    }

    /// <summary>The tool of a name: full, with its server in front, or bare.</summary>
    /// <exception cref="McpToolNotFoundException">There is none, or more than one.</exception>
    public McpTool ResolveTool(string name) => ResolveTool(_catalog, name);

    /// <summary>Checks the arguments and runs a tool; the result is as the server gave it. Nobody is asked for permission.</summary>
    /// <exception cref="ToolArgumentException">The arguments do not fit the tool's schema.</exception>
    /// <exception cref="McpCallException">The server is not there, did not answer in time or refused.</exception>
    public Task<McpCallResult> InvokeAsync(McpTool tool, JsonElement arguments, CancellationToken cancellationToken) =>
        Dispatcher.InvokeAsync(tool, arguments, null, cancellationToken);

    internal static McpTool ResolveTool(McpCatalog catalog, string name)
    {
        McpNameResolution found = McpNames.Resolve(catalog, name);
        if (found.Tool is { } tool)
        {
            return tool;
        }

        IReadOnlyList<string> names = [.. (found.Candidates.Count > 0 ? found.Candidates : found.Suggestions).Select(static one => one.FullName)];
        string text = found.Candidates.Count > 0
            ? $"Several MCP servers have a tool '{McpText.OneLine(name, 200)}': {string.Join(", ", names)}."
            : $"There is no MCP tool '{McpText.OneLine(name, 200)}'.{(names.Count > 0 ? $" Did you mean {string.Join(" or ", names)}?" : "")}";
        throw new McpToolNotFoundException(text, names, found.Candidates.Count > 0);
    }
}
