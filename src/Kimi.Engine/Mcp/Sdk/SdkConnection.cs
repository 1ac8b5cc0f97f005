using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kimi.Engine.Text;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Kimi.Engine.Mcp.Sdk;

/// <summary>A connection of the official library.</summary>
internal sealed class SdkConnection : IMcpConnection
{
    // The first revision without a standing stream: changes must be asked for.
    private const string SubscriptionRevision = "2026-07-28";

    // No list is longer; a server that never comes to the end of its pages is stopped here.
    private const int MaxTools = 100_000;

    private static readonly TimeSpan s_endPatience = TimeSpan.FromMilliseconds(300);

    private readonly McpServerConfig _server;
    private readonly McpClient _client;
    private readonly Action<string, string> _log;
    private readonly CancellationTokenSource _ending = new();

    private readonly McpServerProcess? _process;
    private readonly HttpClientTransport? _remote;
    private readonly PendingCalls _calls;
    private readonly bool _tellsOfCancellation;
    private long _lastId;

    public SdkConnection(McpServerConfig server, McpClient client, McpServerProcess? process, HttpClientTransport? remote, PendingCalls calls, Action<string, string> log)
    {
        _calls = calls;
        _remote = remote;
        _process = process;
        _tellsOfCancellation = server.IsRemote && string.CompareOrdinal(client.NegotiatedProtocolVersion, SubscriptionRevision) < 0;
        _server = server;
        _client = client;
        _log = log;
        Closed = WaitAsync();
    }

    public string? Instructions => string.IsNullOrWhiteSpace(_client.ServerInstructions) ? null : _client.ServerInstructions;

    public Task<string?> Closed { get; }

    /// <summary>Asks a remote server to tell of changes, where it does not do so by itself.</summary>
    public void ListenForChanges()
    {
        if (_server.IsRemote && _client.ServerCapabilities.Tools?.ListChanged == true
            && string.CompareOrdinal(_client.NegotiatedProtocolVersion, SubscriptionRevision) >= 0)
        {
            _ = ListenAsync();
        }
    }

    public async Task<IReadOnlyList<McpTool>> ListToolsAsync(CancellationToken cancellationToken)
    {
        if (_client.ServerCapabilities.Tools is null)
        {
            return [];
        }

        // Page by page and by hand: the library refuses all tools of a server when one of them is wrong.
        var tools = new List<McpTool>();
        var cursors = new HashSet<string>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var parameters = new JsonObject();
            if (cursor is not null)
            {
                parameters["cursor"] = cursor;
            }

            JsonRpcResponse response = await _client.SendRequestAsync(
                new JsonRpcRequest { Method = RequestMethods.ToolsList, Params = parameters }, cancellationToken).ConfigureAwait(false);
            JsonElement page = JsonSerializer.SerializeToElement(response.Result, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonNode)));
            SdkTools.Read(_server.Name, page, tools, text => _log("Warning", text));
            cursor = page.StringOrNull("nextCursor");
        }
        while (!string.IsNullOrEmpty(cursor) && cursors.Add(cursor) && tools.Count < MaxTools);
        foreach (Tool tool in SdkTools.WithHeaders(tools).ToArray())
        {
            try
            {
                _client.AddKnownTools([tool]);
            }
            catch (ArgumentException e)
            {
                // The protocol wants such a tool left out.
                _log("Warning", $"MCP server '{_server.Name}': the tool '{tool.Name}' is ignored: {e.Message}");
                tools.RemoveAll(one => one.Name == tool.Name);
            }
        }

        return tools;
    }

    public async Task<McpCallResult> CallAsync(string tool, JsonElement arguments, CancellationToken cancellationToken)
    {
        var map = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty member in arguments.EnumerateObject())
        {
            map[member.Name] = member.Value;
        }

        // An id of our own where the server has to be told of a cancellation by us.
        RequestId id = _tellsOfCancellation
            ? new RequestId("kimi-" + Interlocked.Increment(ref _lastId).ToString(CultureInfo.InvariantCulture))
            : default;
        PendingCall call = PendingCalls.Begin();
        try
        {
            await _client.SendRequestAsync(
                new JsonRpcRequest
                {
                    Id = id,
                    Method = RequestMethods.ToolsCall,
                    Params = JsonSerializer.SerializeToNode(
                        new CallToolRequestParams { Name = tool, Arguments = map }, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CallToolRequestParams))),
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_tellsOfCancellation)
        {
            _ = TellCancelledAsync(id);
            throw;
        }
        catch (Exception e) when (call.SendFailure == e)
        {
            throw new McpNotSentException(e.Message, e);
        }
        finally
        {
            _calls.End(call);
        }

        return new McpCallResult(call.Answer ?? throw new InvalidDataException("the server's answer is no result of a call"));
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
        if (_process is not null)
        {
            await _process.DisposeAsync().ConfigureAwait(false);
        }

        if (_remote is not null)
        {
            await _remote.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Over HTTP the library forgets to tell the server that a call was cancelled: it only closes its side of the answer.</summary>
    private async Task TellCancelledAsync(RequestId id)
    {
        try
        {
            await _client.SendNotificationAsync(
                NotificationMethods.CancelledNotification, new CancelledNotificationParams { RequestId = id }, cancellationToken: _ending.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _log("Debug", $"MCP server '{_server.Name}' could not be told of a cancellation: {e.Message}");
        }
    }

    private async Task<string?> WaitAsync()
    {
        ClientCompletionDetails details = await _client.Completion.ConfigureAwait(false);
        string? reason = _process is null ? null : await _process.EndReasonAsync(s_endPatience).ConfigureAwait(false);
        return reason ?? details.Exception?.Message;
    }

    private async Task ListenAsync()
    {
        try
        {
            await _client.SendRequestAsync(
                new JsonRpcRequest
                {
                    Method = RequestMethods.SubscriptionsListen,
                    Params = new JsonObject { ["notifications"] = new JsonObject { ["toolsListChanged"] = true } },
                },
                _ending.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            if (!_ending.IsCancellationRequested)
            {
                _log("Debug", $"MCP server '{_server.Name}' does not tell of changes: {e.Message}");
            }
        }
    }
}
