using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;
using Kimi.Testing;
using Kimi.Testing.Mcp;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>A manager with a toolset, a share directory and an approver of its own.</summary>
internal sealed class McpSession : IAsyncDisposable, IApprovals, IWireSink
{
    private readonly TempDirectory _directory = new();

    public McpSession(
        IReadOnlyList<McpServerConfig> servers,
        McpToolMode mode = McpToolMode.Deferred,
        McpSettings? settings = null,
        TimeSpan? callTimeout = null,
        TimeSpan? connectTimeout = null,
        Func<IMcpConnector>? connector = null,
        TimeProvider? time = null)
    {
        Share = new ShareDirectory(_directory.At("share"), _directory.Path);
        Manager = new McpManager(new McpManagerOptions
        {
            Servers = servers,
            Mode = mode,
            Settings = settings ?? new McpSettings(),
            CallTimeout = callTimeout ?? TimeSpan.FromSeconds(60),
            ConnectTimeout = connectTimeout ?? TimeSpan.FromSeconds(60),
            Approvals = this,
            Share = Share,
            Log = (level, text) =>
            {
                lock (Log)
                {
                    Log.Add($"{level}: {text}");
                }

                OnLog?.Invoke(text);
            },
            Connector = connector,
            Time = time ?? TimeProvider.System,
        });
        Manager.Attach(Toolset);
    }

    public McpManager Manager { get; }

    public Toolset Toolset { get; } = new();

    public ShareDirectory Share { get; }

    public List<string> Log { get; } = [];

    public Action<string>? OnLog { get; set; }

    /// <summary>The actions asked for.</summary>
    public List<string> Asked { get; } = [];

    public List<string> Descriptions { get; } = [];

    public ToolReturnValue? Refusal { get; set; }

    public bool IsAfk => false;

    public bool IsAutoApprove => false;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static McpServerConfig Stdio(string name, params string[] options)
    {
        (string command, string[] arguments) = McpStdioServer.CommandLine(options);
        return new McpServerConfig { Name = name, Transport = McpTransport.Stdio, Command = command, Arguments = arguments };
    }

    public static McpServerConfig Http(string name, string url, McpTransport transport = McpTransport.Http) =>
        new() { Name = name, Transport = transport, Url = url };

    public async Task<McpSession> LoadAsync()
    {
        await Manager.WaitLoadedAsync(Stop);
        return this;
    }

    public Task<ToolReturnValue> CallAsync(string tool, string arguments = "{}", CancellationToken? stop = null)
    {
        var call = new ToolCall(Guid.NewGuid().ToString("N"), tool, arguments);
        Toolset.BeginTurn();
        return Toolset.HandleAsync(call, Context(call), stop ?? Stop);
    }

    /// <summary>Calls without the toolset before it: on this thread, up to where it has to wait.</summary>
    public Task<ToolReturnValue> DispatchAsync(string name) =>
        Manager.Dispatcher.CallAsync(name, default, Manager.View, Context(new ToolCall("c", "mcp_call", "{}")), Stop);

    public Task<ToolReturnValue> McpCallAsync(string name, string arguments = "{}", CancellationToken? stop = null) =>
        CallAsync("mcp_call", $"{{\"name\":{JsonSerializer.Serialize(name)},\"arguments\":{arguments}}}", stop);

    public async Task<string> SearchAsync(string query) =>
        (await CallAsync("mcp_search", $"{{\"query\":{JsonSerializer.Serialize(query)}}}")).OutputText!;

    public static string TextOf(ToolReturnValue result) =>
        result.OutputText ?? string.Concat(result.OutputParts!.OfType<TextPart>().Select(part => part.Text));

    public Task<ToolReturnValue?> AskAsync(
        ToolCallContext context, string action, string description, IReadOnlyList<DisplayBlock> display, CancellationToken cancellationToken, string? target = null)
    {
        lock (Asked)
        {
            Asked.Add(action);
            Descriptions.Add(description);
        }

        return Task.FromResult(Refusal);
    }

    public ValueTask SendAsync(WireMessage message, CancellationToken cancellationToken) => default;

    public async ValueTask DisposeAsync()
    {
        await Manager.DisposeAsync();
        _directory.Dispose();
    }

    private ToolCallContext Context(ToolCall call) => new() { Call = call, Source = new CallSource(CallSource.ForegroundTurn, "t"), Wire = this };
}
