using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>What a toolbox needs.</summary>
public sealed class McpToolboxOptions
{
    /// <summary>Where tokens are kept.</summary>
    public required ShareDirectory Share { get; init; }

    /// <summary>The environment processes get a safe part of.</summary>
    public EnvironmentSource Environment { get; init; } = EnvironmentSource.Process;

    /// <summary>Log lines: level and text.</summary>
    public Action<string, string> Log { get; init; } = static (_, _) => { };

    /// <summary>How long a server may take to connect.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>
/// Tools of MCP servers for a caller that is no agent. A server is connected when it is first needed and stays connected,
/// so that one with a memory keeps it from call to call. For one caller at a time.
/// </summary>
/// <param name="options">What it needs.</param>
public sealed class McpToolbox(McpToolboxOptions options) : IAsyncDisposable
{
    private readonly Dictionary<string, Held> _held = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>Connects servers, all at once, and waits until each has connected or failed.</summary>
    /// <param name="servers">The servers, as configured now; one whose entry has changed is connected anew.</param>
    /// <param name="workDirectory">Directory in which processes start.</param>
    /// <param name="callTimeout">How long a call may take when nothing else is said.</param>
    /// <param name="patience">How long to wait; null for as long as a connection may take.</param>
    /// <param name="cancellationToken">Stops the waiting; what is being connected goes on.</param>
    public async Task<McpToolSet> ConnectAsync(
        IReadOnlyList<McpServerConfig> servers, string? workDirectory, TimeSpan callTimeout, TimeSpan? patience, CancellationToken cancellationToken)
    {
        List<McpManager> managers = [];
        foreach (McpServerConfig server in servers)
        {
            managers.Add(await HoldAsync(server, workDirectory, callTimeout).ConfigureAwait(false));
        }

        try
        {
            await Task.WhenAll(managers.Select(static manager => manager.AllServers[0].ConnectAsync()))
                .WaitAsync(patience ?? Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The reports say who is still missing.
        }

        return new McpToolSet(managers, McpSettings.Read(options.Environment).DescriptionMaxChars);
    }

    /// <summary>State of a server that is held; null when it was never connected.</summary>
    public McpServerSnapshot? Report(string server)
    {
        lock (_gate)
        {
            return _held.TryGetValue(server, out Held? held) ? held.Manager.Servers[0] : null;
        }
    }

    /// <summary>Ends the connection of a server, if there is one.</summary>
    public async Task CloseAsync(string server)
    {
        Held? held;
        lock (_gate)
        {
            _held.Remove(server, out held);
        }

        if (held is not null)
        {
            await held.Manager.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Ends all connections and processes; takes no longer than a few seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        Held[] all;
        lock (_gate)
        {
            all = [.. _held.Values];
            _held.Clear();
        }

        await Task.WhenAll(all.Select(static held => held.Manager.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private async Task<McpManager> HoldAsync(McpServerConfig server, string? workDirectory, TimeSpan callTimeout)
    {
        string entry = JsonWriter.Compose(writer => writer.Element(server.Source));
        Held? old;
        lock (_gate)
        {
            // Somebody may have authorized it meanwhile: that is found out anew.
            if (_held.TryGetValue(server.Name, out old) && old.Entry == entry && old.Manager.AllServers[0].State != McpServerState.Unauthorized)
            {
                return old.Manager;
            }
        }

        if (old is not null)
        {
            await CloseAsync(server.Name).ConfigureAwait(false);
        }

        McpManager manager = new(new McpManagerOptions
        {
            Servers = [server],
            Share = options.Share,
            Environment = options.Environment,
            WorkDirectory = workDirectory,
            Log = options.Log,
            CallTimeout = callTimeout,
            ConnectTimeout = options.ConnectTimeout,
        });
        lock (_gate)
        {
            _held[server.Name] = new Held(manager, entry);
        }

        return manager;
    }

    private sealed record Held(McpManager Manager, string Entry);
}

/// <summary>A tool that was found.</summary>
/// <param name="Tool">The tool.</param>
/// <param name="Score">How well it matches; 0 when nothing was asked for.</param>
public sealed record McpToolMatch(McpTool Tool, double Score);

/// <summary>The tools of some connected servers.</summary>
public sealed class McpToolSet
{
    private readonly IReadOnlyList<McpManager> _managers;
    private readonly McpCatalog _catalog;

    internal McpToolSet(IReadOnlyList<McpManager> managers, int descriptionMaxChars)
    {
        _managers = managers;
        Servers = [.. managers.Select(static manager => manager.Servers[0])];
        _catalog = new McpCatalog([.. Servers.Select(static server => new McpServerTools(server.Config.Name, server.State, server.Tools, server.Hint))], descriptionMaxChars);
    }

    /// <summary>The servers, in the order of the configuration.</summary>
    public IReadOnlyList<McpServerSnapshot> Servers { get; }

    /// <summary>Keeps what the servers have told in the file for completion.</summary>
    public void Save(ShareDirectory share) => McpIndexFile.Save(share, _catalog);

    /// <summary>Finds tools by words, best first; without words all of them, in the order of the servers.</summary>
    public IReadOnlyList<McpToolMatch> Find(string? query, int limit)
    {
        if (string.IsNullOrWhiteSpace(query))
        {
            return [.. _catalog.Tools.Take(limit).Select(static tool => new McpToolMatch(tool, 0))];
        }

        McpSearchHits hits = _catalog.Index.Search(query, limit);
        return [.. hits.Tools.Zip(hits.Scores, static (tool, score) => new McpToolMatch(tool, score))];
    }

    /// <summary>The tool a name means.</summary>
    /// <exception cref="McpToolNotFoundException">It means none or several.</exception>
    public McpTool Resolve(string name) => McpManager.ResolveTool(_catalog, name);

    /// <summary>Checks the arguments and runs a tool.</summary>
    /// <param name="tool">One of the tools here.</param>
    /// <param name="arguments">An object; undefined or null for none.</param>
    /// <param name="timeout">How long it may take; the configured time when null.</param>
    /// <param name="cancellationToken">Cancels the call; the server is told.</param>
    /// <exception cref="Tools.ToolArgumentException">The arguments do not fit.</exception>
    /// <exception cref="McpCallException">The server is not there or did not answer.</exception>
    public Task<McpCallResult> InvokeAsync(McpTool tool, JsonElement arguments, TimeSpan? timeout, CancellationToken cancellationToken)
    {
        McpManager manager = _managers.First(manager => manager.AllServers[0].Config.Name == tool.Server);
        return manager.Dispatcher.InvokeAsync(tool, arguments, timeout, cancellationToken);
    }
}
