using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>One server during a session: where it stands, its tools, its connection. Never throws out of the background.</summary>
internal sealed class McpServer : IAsyncDisposable
{
    private readonly McpServerContext _context;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _ending = new();
    private IMcpConnection? _connection;
    private Task? _connecting;
    private Task _relisting = Task.CompletedTask;
    private Task _abandoned = Task.CompletedTask;
    private bool _relistWanted;
    private bool _isRelisting;

    public McpServer(McpServerConfig config, McpServerContext context, bool isAuthorized)
    {
        Config = config;
        _context = context;
        State = isAuthorized ? McpServerState.Pending : McpServerState.Unauthorized;
        if (!isAuthorized)
        {
            Error = $"not authorized, run 'kimi mcp auth {config.Name}'";
        }
    }

    public McpServerConfig Config { get; }

    public McpServerState State { get; private set; }

    /// <summary>Why the server is not connected.</summary>
    public string? Error { get; private set; }

    /// <summary>Its tools; kept when the connection is lost.</summary>
    public IReadOnlyList<McpTool> Tools { get; private set; } = [];

    public string? Hint { get; private set; }

    /// <summary>Whether a connection is under way or was never tried.</summary>
    public bool IsLoading => State is McpServerState.Pending or McpServerState.Connecting;

    /// <summary>Connects, or waits for the connection under way; ends when it stands or has failed.</summary>
    public Task ConnectAsync()
    {
        lock (_gate)
        {
            // Also when it stands already: who waits here wants what it brought to be known to the others too.
            if (_connecting is { IsCompleted: false })
            {
                return _connecting;
            }

            if (State is McpServerState.Connected or McpServerState.Unauthorized || _ending.IsCancellationRequested)
            {
                return Task.CompletedTask;
            }

            State = McpServerState.Connecting;
            return _connecting = Task.Run(ConnectCoreAsync);
        }
    }

    /// <summary>The connection; null when there is none at the moment.</summary>
    public IMcpConnection? Connection
    {
        get
        {
            lock (_gate)
            {
                return State == McpServerState.Connected ? _connection : null;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task? connecting;
        Task relisting;
        Task abandoned;
        IMcpConnection? connection;
        lock (_gate)
        {
            if (_ending.IsCancellationRequested)
            {
                return;
            }

            _ending.Cancel();
            connecting = _connecting;
            relisting = _relisting;
            connection = _connection;
            _connection = null;
        }

        if (connection is not null)
        {
            await CloseAsync(connection).ConfigureAwait(false);
        }

        await relisting.ConfigureAwait(false);
        if (connecting is not null)
        {
            await connecting.ConfigureAwait(false);
        }

        lock (_gate)
        {
            abandoned = _abandoned;
        }

        try
        {
            // A process that was being connected must not outlive the session.
            await abandoned.WaitAsync(_context.ShutdownTimeout, _context.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _context.Log("Warning", $"MCP server '{Config.Name}' did not end properly: it was still being connected");
        }
    }

    private async Task ConnectCoreAsync()
    {
        using CancellationTokenSource timeout = new(_context.ConnectTimeout, _context.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _ending.Token);
        _context.Changed(this);
        IMcpConnection? connection = null;
        try
        {
            // A connector that does not heed the token must not keep the turn waiting.
            Task<IMcpConnection> opening = _context.Connector().ConnectAsync(Config, OnToolsChanged, stop.Token);
            try
            {
                connection = await opening.WaitAsync(stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!opening.IsCompleted)
            {
                Task closing = CloseLaterAsync(opening);
                lock (_gate)
                {
                    _abandoned = Task.WhenAll(_abandoned, closing);
                }

                throw;
            }

            IReadOnlyList<McpTool> tools = Accept(await connection.ListToolsAsync(stop.Token).WaitAsync(stop.Token).ConfigureAwait(false));
            bool isEnding;
            lock (_gate)
            {
                isEnding = _ending.IsCancellationRequested;
                if (!isEnding)
                {
                    _connection = connection;
                    Tools = tools;
                    Hint = connection.Instructions ?? Config.Description;
                    Error = null;
                    State = McpServerState.Connected;
                }
            }

            if (isEnding)
            {
                await CloseAsync(connection).ConfigureAwait(false);
                return;
            }

            _context.Changed(this);
            _ = WatchAsync(connection);
        }
        catch (Exception e)
        {
            if (connection is not null)
            {
                await CloseAsync(connection).ConfigureAwait(false);
            }

            Fail(e, timeout.IsCancellationRequested);
        }
    }

    private void Fail(Exception e, bool timedOut)
    {
        if (_ending.IsCancellationRequested)
        {
            return;
        }

        lock (_gate)
        {
            State = e is McpUnauthorizedException ? McpServerState.Unauthorized : McpServerState.Failed;
            Error = e switch
            {
                OperationCanceledException or TimeoutException when timedOut => $"no answer within {_context.ConnectTimeout.TotalSeconds:0} s",
                McpUnauthorizedException => $"not authorized, run 'kimi mcp auth {Config.Name}'",
                _ => McpText.OneLine(e.Message, 500),
            };
        }

        _context.Log("Warning", $"MCP server '{Config.Name}' could not be connected: {Error}");
        _context.Changed(this);
    }

    /// <summary>A tool twice: the first counts. In direct mode one bad schema refuses the server.</summary>
    private List<McpTool> Accept(IReadOnlyList<McpTool> listed)
    {
        var tools = new List<McpTool>(listed.Count);
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (McpTool tool in listed)
        {
            if (!names.Add(tool.Name))
            {
                _context.Log("Warning", $"MCP server '{Config.Name}' names the tool '{tool.Name}' twice; the second is ignored");
                continue;
            }

            if (_context.RequiresValidSchemas && JsonSchema.CheckSchema(tool.Schema, 1) is [var violation, ..])
            {
                throw new InvalidDataException($"the schema of the tool '{tool.Name}' is invalid: {violation}");
            }

            tools.Add(tool);
        }

        return tools;
    }

    private async Task WatchAsync(IMcpConnection connection)
    {
        string? reason = await connection.Closed.ConfigureAwait(false);
        await LoseAsync(connection, reason ?? "the connection was closed").ConfigureAwait(false);
    }

    /// <summary>The connection is of no use any more; the next call may try another.</summary>
    public async Task LoseAsync(IMcpConnection connection, string reason)
    {
        lock (_gate)
        {
            if (_connection != connection || _ending.IsCancellationRequested)
            {
                return;
            }

            _connection = null;
            State = McpServerState.Failed;
            Error = McpText.OneLine(reason, 500);
        }

        _context.Log("Warning", $"MCP server '{Config.Name}' was disconnected: {Error}");
        _context.Changed(this);
        await CloseAsync(connection).ConfigureAwait(false);
    }

    private void OnToolsChanged()
    {
        lock (_gate)
        {
            if (_ending.IsCancellationRequested)
            {
                return;
            }

            _relistWanted = true;
            if (!_isRelisting)
            {
                _isRelisting = true;
                _relisting = Task.Run(RelistAsync);
            }
        }
    }

    /// <summary>Lists anew once it has been quiet for a moment; a failure keeps the old tools.</summary>
    private async Task RelistAsync()
    {
        try
        {
            while (true)
            {
                lock (_gate)
                {
                    if (!_relistWanted)
                    {
                        _isRelisting = false;
                        return;
                    }

                    _relistWanted = false;
                }

                await Task.Delay(_context.RelistDelay, _context.Time, _ending.Token).ConfigureAwait(false);
                lock (_gate)
                {
                    if (_relistWanted)
                    {
                        continue;
                    }
                }

                // Notices may come before the first list is here; that list is new enough.
                if (Connection is { } connection)
                {
                    await RelistAsync(connection).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The session ends.
        }
    }

    private async Task RelistAsync(IMcpConnection connection)
    {
        try
        {
            using CancellationTokenSource timeout = new(_context.ConnectTimeout, _context.Time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _ending.Token);
            IReadOnlyList<McpTool> tools = Accept(await connection.ListToolsAsync(stop.Token).ConfigureAwait(false));
            lock (_gate)
            {
                if (_connection != connection)
                {
                    return;
                }

                Tools = tools;
            }

            _context.Changed(this);
        }
        catch (Exception e) when (!_ending.IsCancellationRequested)
        {
            _context.Log("Warning", $"The changed tools of MCP server '{Config.Name}' could not be listed: {e.Message}");
        }
    }

    private async Task CloseLaterAsync(Task<IMcpConnection> opening)
    {
        try
        {
            await CloseAsync(await opening.ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _context.Log("Debug", $"MCP server '{Config.Name}': {e.Message}");
        }
    }

    private async Task CloseAsync(IMcpConnection connection)
    {
        try
        {
            await connection.DisposeAsync().AsTask().WaitAsync(_context.ShutdownTimeout, _context.Time).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _context.Log("Warning", $"MCP server '{Config.Name}' did not end properly: {e.Message}");
        }
    }
}

/// <summary>What servers share.</summary>
internal sealed class McpServerContext
{
    /// <summary>Makes the connector when it is first needed: no assembly of the protocol is loaded before.</summary>
    public required Func<IMcpConnector> Connector { get; init; }

    /// <summary>Called after every change of a server.</summary>
    public required Action<McpServer> Changed { get; init; }

    /// <summary>Level and text.</summary>
    public required Action<string, string> Log { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(60);

    public TimeSpan RelistDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether a tool with an invalid schema refuses its server.</summary>
    public bool RequiresValidSchemas { get; init; }
}
