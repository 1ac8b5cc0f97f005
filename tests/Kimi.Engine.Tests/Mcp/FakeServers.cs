using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Mcp;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>Servers without processes, for what can only be seen from inside: order, states, numbers of calls.</summary>
internal sealed class FakeServers : IMcpConnector
{
    private readonly Dictionary<string, Func<CancellationToken, Task<FakeConnection>>> _servers = [];

    public List<string> Connected { get; } = [];

    public List<string> Calls { get; } = [];

    public Dictionary<string, FakeConnection> Connections { get; } = [];

    public Func<string, JsonElement, CancellationToken, Task<McpCallResult>> Answer { get; set; } =
        (tool, _, _) => Task.FromResult(new McpCallResult([new TextPart($"answer of {tool}")], false, null));

    public FakeServers Add(string name, params McpTool[] tools) => Add(name, _ => Task.FromResult(new FakeConnection(this, tools)));

    public FakeServers Add(string name, Func<CancellationToken, Task<FakeConnection>> connect)
    {
        _servers[name] = connect;
        return this;
    }

    public IReadOnlyList<McpServerConfig> Configs => [.. _servers.Keys.Select(name => new McpServerConfig { Name = name, Transport = McpTransport.Stdio })];

    public McpSession Session(McpSettings? settings = null, TimeProvider? time = null, TimeSpan? callTimeout = null, TimeSpan? connectTimeout = null) =>
        new(Configs, settings: settings, connector: () => this, time: time, callTimeout: callTimeout, connectTimeout: connectTimeout);

    public async Task<IMcpConnection> ConnectAsync(McpServerConfig server, Action toolsChanged, CancellationToken cancellationToken)
    {
        lock (Connected)
        {
            Connected.Add(server.Name);
        }

        FakeConnection connection = await _servers[server.Name](cancellationToken);
        connection.ToolsChanged = toolsChanged;
        lock (Connections)
        {
            Connections[server.Name] = connection;
        }

        return connection;
    }

    internal sealed class FakeConnection(FakeServers servers, IReadOnlyList<McpTool> tools) : IMcpConnection
    {
        private readonly TaskCompletionSource<string?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<McpTool> Tools { get; set; } = tools;

        public int Lists { get; private set; }

        public Exception? ListFailure { get; set; }

        public Action ToolsChanged { get; set; } = () => { };

        public string? Instructions => null;

        public Task<string?> Closed => _closed.Task;

        public Task<IReadOnlyList<McpTool>> ListToolsAsync(CancellationToken cancellationToken)
        {
            Lists++;
            return ListFailure is null ? Task.FromResult(Tools) : Task.FromException<IReadOnlyList<McpTool>>(ListFailure);
        }

        public Task<McpCallResult> CallAsync(string tool, JsonElement arguments, CancellationToken cancellationToken)
        {
            lock (servers.Calls)
            {
                servers.Calls.Add($"{tool} {arguments.GetRawText()}");
            }

            return servers.Answer(tool, arguments, cancellationToken);
        }

        public void Lose(string reason) => _closed.TrySetResult(reason);

        public ValueTask DisposeAsync()
        {
            _closed.TrySetResult(null);
            return default;
        }
    }
}
