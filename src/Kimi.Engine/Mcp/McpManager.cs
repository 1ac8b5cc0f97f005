using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Mcp;

/// <summary>What the servers of a session need.</summary>
public sealed class McpManagerOptions
{
    /// <summary>The servers, in order.</summary>
    public required IReadOnlyList<McpServerConfig> Servers { get; init; }

    /// <summary>How tools are offered.</summary>
    public McpToolMode Mode { get; init; }

    /// <summary>Limits.</summary>
    public McpSettings Settings { get; init; } = new();

    /// <summary>How long a call may take.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Permission for calls; null asks nobody.</summary>
    public IApprovals? Approvals { get; init; }

    /// <summary>Where tokens are kept.</summary>
    public required ShareDirectory Share { get; init; }

    /// <summary>The environment processes get a safe part of.</summary>
    public EnvironmentSource Environment { get; init; } = EnvironmentSource.Process;

    /// <summary>Directory that processes start in.</summary>
    public string? WorkDirectory { get; init; }

    /// <summary>Log lines: level and text.</summary>
    public Action<string, string> Log { get; init; } = static (_, _) => { };

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>How long a server may take to connect.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Makes connections; the real ones when null.</summary>
    internal Func<IMcpConnector>? Connector { get; init; }
}

/// <summary>
/// The MCP servers of a session. They connect beside everything else; what does not connect delays nothing but its own tools.
/// </summary>
public sealed partial class McpManager : IAsyncDisposable
{
    private readonly McpManagerOptions _options;
    private readonly McpServer[] _servers;
    private readonly Lock _gate = new();
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);
    private readonly Dictionary<McpServer, IReadOnlyList<McpTool>> _known = [];
    private volatile McpCatalog _catalog = McpCatalog.Empty;
    private Task? _started;
    private string _indexBlock = "";
    private Toolset? _toolset;

    /// <summary>Takes the servers; nothing is connected yet.</summary>
    public McpManager(McpManagerOptions options)
    {
        _options = options;
        var tokens = new McpTokenStore(options.Share.McpOAuthDirectory);
        var context = new McpServerContext
        {
            Connector = options.Connector ?? (() => new Sdk.SdkConnector(new Sdk.SdkConnectorOptions
            {
                Environment = options.Environment,
                WorkDirectory = options.WorkDirectory,
                Log = options.Log,
                Tokens = tokens,
                ConnectTimeout = options.ConnectTimeout,
            })),
            Changed = OnChanged,
            Log = options.Log,
            Time = options.Time,
            ConnectTimeout = options.ConnectTimeout,
            RequiresValidSchemas = options.Mode == McpToolMode.Direct,
        };
        _servers = [.. options.Servers.Select(server => new McpServer(server, context, !server.UsesOAuth || tokens.HasTokens(server.Url)))];
        foreach (McpServer server in _servers)
        {
            if (server.State == McpServerState.Unauthorized)
            {
                options.Log("Warning", $"Skipping OAuth MCP server '{server.Config.Name}': not authorized. Run 'kimi mcp auth {server.Config.Name}' first.");
            }
        }

        Dispatcher = new McpDispatcher(this, options);
        var shown = new McpShownSchemas();
        View = new McpAgentView(shown);
        Tools = _servers.Length == 0 || options.Mode == McpToolMode.Direct
            ? []
            : [new McpSearchTool(this, View, options.Settings), new McpCallTool(Dispatcher, View)];
        Rebuild();
        RefreshIndex();
    }

    /// <summary>The two fixed tools, for the root agent; none without servers and in direct mode.</summary>
    public IReadOnlyList<Tool> Tools { get; }

    /// <summary>How tools are offered.</summary>
    public McpToolMode Mode => _options.Mode;

    /// <summary>All servers and tools at this moment.</summary>
    public McpCatalog Catalog => _catalog;

    /// <summary>Whether the servers are this program's own, which nobody has configured.</summary>
    public bool IsBuiltIn => _options.Connector is not null;

    /// <summary>Whether servers are still connecting.</summary>
    public bool IsLoading => _servers.Any(static server => server.IsLoading);

    /// <summary>The block about the servers for the system prompt; empty without servers and in direct mode. Changes only by <see cref="RefreshIndex"/>.</summary>
    public string IndexBlock
    {
        get
        {
            lock (_gate)
            {
                return _indexBlock;
            }
        }
    }

    /// <summary>Called after a server has changed, on any thread.</summary>
    public event Action? Changed;

    internal McpDispatcher Dispatcher { get; }

    internal McpAgentView View { get; }

    internal McpManagerOptions Options => _options;

    /// <summary>Makes the manager of a session; null when no server is configured.</summary>
    /// <exception cref="McpConfigException">A configuration cannot be used.</exception>
    public static McpManager? Create(
        ShareDirectory share, IReadOnlyList<string> files, IReadOnlyList<string> texts, Func<IReadOnlyList<McpServerConfig>, McpManagerOptions> options)
    {
        IReadOnlyList<McpServerConfig> servers = McpConfigSources.Load(share, files, texts);
        return servers.Count == 0 ? null : new McpManager(options(servers));
    }

    /// <summary>Offers the tools in a toolset: the two fixed ones, or in direct mode each tool as its server connects.</summary>
    public void Attach(Toolset toolset)
    {
        _toolset = toolset;
        foreach (Tool tool in Tools)
        {
            if (toolset.Find(tool.Name) is not null)
            {
                _options.Log("Warning", $"A tool called {tool.Name} gives way to the one for MCP servers");
            }

            toolset.Add(tool);
        }

        if (Mode == McpToolMode.Deferred)
        {
            // The name the model used stays the call's; only the dispatcher knows what it means.
            Func<string, Tool?>? others = toolset.Fallback;
            toolset.Fallback = name => others?.Invoke(name) ?? FindDirect(name);
        }
        else
        {
            RegisterDirect();
        }
    }

    /// <summary>Makes the two fixed tools for another agent, with a memory of its own of what was shown.</summary>
    public IReadOnlyList<Tool> CreateTools()
    {
        var view = new McpAgentView(new McpShownSchemas());
        return Tools.Count == 0 ? [] : [new McpSearchTool(this, view, _options.Settings), new McpCallTool(Dispatcher, view)];
    }

    /// <summary>Starts to connect all servers at once; returns at once.</summary>
    public void Start()
    {
        lock (_gate)
        {
            _started ??= Task.WhenAll(_servers.Select(static server => server.ConnectAsync()));
        }
    }

    /// <summary>Starts, if need be, and waits until every server has connected or failed.</summary>
    public Task WaitLoadedAsync(CancellationToken cancellationToken)
    {
        Start();
        return _started!.WaitAsync(cancellationToken);
    }

    /// <summary>State of all servers, as the wire reports it.</summary>
    public McpStatus Status()
    {
        McpCatalog catalog = _catalog;
        return new McpStatus(
            catalog.Servers.Any(static server => server.State is McpServerState.Pending or McpServerState.Connecting),
            catalog.Servers.Count(static server => server.State == McpServerState.Connected),
            catalog.Servers.Count,
            catalog.Servers.Sum(static server => server.State == McpServerState.Connected ? server.Tools.Count : 0),
            [.. catalog.Servers.Select(static server => new McpServerStatus(
                server.Name, server.State.Text(), server.State == McpServerState.Connected ? [.. server.Tools.Select(static tool => tool.Name)] : []))]);
    }

    /// <summary>A turn begins: the index block of the prompt may change now.</summary>
    public void RefreshIndex()
    {
        string block = Mode == McpToolMode.Direct ? "" : McpPromptIndex.Compose(_catalog);
        lock (_gate)
        {
            _indexBlock = block;
        }
    }

    /// <summary>The history was rewritten: schemas and results that are no longer in it will be shown again.</summary>
    public void OnHistoryRewritten(IReadOnlyList<Message> history)
    {
        View.Retain(history);
        if (history.Count == 0)
        {
            Dispatcher.Cache.Clear();
        }
    }

    /// <summary>The tool a name means, for calls of tools that are not listed; null when it is not clear which.</summary>
    public Tool? FindDirect(string name) =>
        McpNames.Resolve(_catalog, name, withSuggestions: false).Tool is { } tool ? new McpDirectTool(tool, name, Dispatcher, shapes: true) : null;

    /// <summary>Ends all connections and processes; takes no longer than a few seconds.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_servers.Select(static server => server.DisposeAsync().AsTask())).ConfigureAwait(false);

    internal McpServer? Server(string name) => Array.Find(_servers, server => server.Config.Name == name);

    internal IReadOnlyList<McpServer> AllServers => _servers;

    internal bool WasRemoved(string fullName)
    {
        lock (_gate)
        {
            return _removed.Contains(fullName);
        }
    }

    /// <summary>Whether an ordinary tool has the name.</summary>
    internal bool IsOrdinaryTool(string name) => _toolset?.Tools.Any(tool => tool.Name == name && tool is not McpDirectTool) ?? false;

    private void OnChanged(McpServer server)
    {
        bool toolsChanged;
        lock (_gate)
        {
            toolsChanged = !ReferenceEquals(_known.GetValueOrDefault(server), server.Tools);
            if (toolsChanged)
            {
                _known[server] = server.Tools;
            }
        }

        if (toolsChanged)
        {
            Dispatcher.Cache.Invalidate(server.Config.Name);
        }

        Rebuild();
        if (Mode == McpToolMode.Direct && toolsChanged)
        {
            RegisterDirect();
        }

        Changed?.Invoke();
    }

    private void Rebuild()
    {
        lock (_gate)
        {
            McpCatalog old = _catalog;
            var catalog = new McpCatalog(
                [.. _servers.Select(static server => new McpServerTools(server.Config.Name, server.State, server.Tools, server.Hint))],
                _options.Settings.DescriptionMaxChars,
                old,
                text => _options.Log("Warning", text));
            foreach (McpTool tool in old.Tools)
            {
                if (catalog.Find(tool.FullName) is null)
                {
                    _removed.Add(tool.FullName);
                }
            }

            _removed.RemoveWhere(name => catalog.Find(name) is not null);
            _catalog = catalog;
        }
    }

    private void RegisterDirect()
    {
        if (_toolset is not { } toolset)
        {
            return;
        }

        lock (_gate)
        {
            var current = _catalog.Tools.GroupBy(static tool => tool.Name, StringComparer.Ordinal).ToDictionary(static group => group.Key, static group => group.Last());
            foreach (Tool old in toolset.Tools)
            {
                if (old is McpDirectTool && !current.ContainsKey(old.Name))
                {
                    toolset.Remove(old.Name);
                }
            }

            foreach (McpTool tool in _catalog.Tools)
            {
                if (current[tool.Name] != tool)
                {
                    continue;
                }

                Tool? other = toolset.Tools.FirstOrDefault(one => one.Name == tool.Name);
                if (other is not (null or McpDirectTool))
                {
                    _options.Log("Warning", $"The tool '{tool.Name}' of MCP server '{tool.Server}' is not offered: a tool of that name exists");
                }
                else if (other is not McpDirectTool { Target: var target } || target != tool)
                {
                    toolset.Add(new McpDirectTool(tool, tool.Name, Dispatcher, shapes: false));
                }
            }
        }
    }
}
