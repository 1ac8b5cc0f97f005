using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns;

/// <summary>The MCP servers of a session as the loop meets them: what the first turn waits for, and what it says meanwhile.</summary>
internal sealed class SessionMcp
{
    // Behind the two fixed tools a server may come later; nothing but its own tools waits for it any longer.
    private static readonly TimeSpan s_deferredPatience = TimeSpan.FromSeconds(5);

    private readonly IWireSink _wire;
    private readonly TimeProvider _time;
    private bool _hasWaited;

    private SessionMcp(McpManager manager, IWireSink wire, TimeProvider time)
    {
        Manager = manager;
        _wire = wire;
        _time = time;
    }

    /// <summary>The servers.</summary>
    public McpManager Manager { get; }

    /// <summary>Takes the configured servers; null when there are none. Nothing is connected yet.</summary>
    /// <exception cref="KimiStartupException">A configuration cannot be used.</exception>
    public static SessionMcp? Create(
        KimiSessionOptions options, KimiConfig config, ShareDirectory share, EnvironmentSource environment, string workDirectory,
        IApprovals approvals, IWireSink wire, bool isDemo, Action<string, string> log)
    {
        IReadOnlyList<McpServerConfig> servers;
        try
        {
            servers = McpConfigSources.Load(share, options.McpConfigFiles, options.McpConfigs);
        }
        catch (McpConfigException e)
        {
            throw new KimiStartupException(e.Message, e.IsSyntax ? e.Option : null, e);
        }

        bool usesDemo = isDemo && servers.Count == 0;
        if (servers.Count == 0 && !usesDemo)
        {
            return null;
        }

        var manager = new McpManager(new McpManagerOptions
        {
            Servers = usesDemo ? [DemoServer.Config] : servers,
            Mode = config.Mcp.EffectiveToolMode(environment),
            Settings = McpSettings.Read(environment, text => log("Warning", text)),
            CallTimeout = TimeSpan.FromMilliseconds(config.Mcp.Client.ToolCallTimeoutMs),
            Approvals = approvals,
            Share = share,
            Environment = environment,
            WorkDirectory = workDirectory,
            Log = log,
            Time = options.Time,
            Connector = usesDemo ? static () => new DemoServer.Connector() : null,
        });
        return new SessionMcp(manager, wire, options.Time);
    }

    /// <summary>
    /// Before the first step of a turn: the first turn waits for servers that are still connecting; in deferred mode not for
    /// long. Then the block about the servers is brought up to date, which later in the turn it must not be.
    /// </summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (!_hasWaited)
        {
            _hasWaited = true;
            Task loaded = Manager.WaitLoadedAsync(cancellationToken);
            if (!loaded.IsCompleted)
            {
                await WaitAsync(loaded, cancellationToken).ConfigureAwait(false);
            }
        }

        Manager.RefreshIndex();
    }

    private async Task WaitAsync(Task loaded, CancellationToken cancellationToken)
    {
        await SayStatusAsync(cancellationToken).ConfigureAwait(false);
        await _wire.SendAsync(new McpLoadingBegin(), cancellationToken).ConfigureAwait(false);
        try
        {
            TimeSpan limit = Manager.Mode == McpToolMode.Deferred ? s_deferredPatience : Timeout.InfiniteTimeSpan;
            await loaded.WaitAsync(limit, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The status says who is still missing.
        }
        finally
        {
            await _wire.SendAlwaysAsync(new StatusUpdate { McpStatus = Manager.Status() }, cancellationToken).ConfigureAwait(false);
            await _wire.SendAlwaysAsync(new McpLoadingEnd(), cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask SayStatusAsync(CancellationToken cancellationToken) =>
        _wire.SendAsync(new StatusUpdate { McpStatus = Manager.Status() }, cancellationToken);
}
