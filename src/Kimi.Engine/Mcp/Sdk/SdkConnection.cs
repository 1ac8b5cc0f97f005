using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kimi.Engine.Chat;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Kimi.Engine.Mcp.Sdk;

/// <summary>A connection of the official library.</summary>
internal sealed class SdkConnection : IMcpConnection
{
    // The first revision without a standing stream: changes must be asked for.
    private const string SubscriptionRevision = "2026-07-28";

    private static readonly TimeSpan s_endPatience = TimeSpan.FromMilliseconds(300);

    private readonly McpServerConfig _server;
    private readonly McpClient _client;
    private readonly Action<string, string> _log;
    private readonly CancellationTokenSource _ending = new();

    private readonly McpServerProcess? _process;
    private readonly bool _tellsOfCancellation;
    private long _lastId;

    public SdkConnection(McpServerConfig server, McpClient client, McpServerProcess? process, Action<string, string> log)
    {
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

        IList<McpClientTool> listed = await _client.ListToolsAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return [.. listed.Select(Convert)];
    }

    public async Task<McpCallResult> CallAsync(string tool, JsonElement arguments, CancellationToken cancellationToken)
    {
        var map = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (JsonProperty member in arguments.EnumerateObject())
        {
            map[member.Name] = member.Value;
        }

        var request = new CallToolRequestParams { Name = tool, Arguments = map };
        CallToolResult result = _tellsOfCancellation
            ? await CallRemoteAsync(request, cancellationToken).ConfigureAwait(false)
            : await _client.CallToolAsync(request, cancellationToken).ConfigureAwait(false);
        var parts = new List<ContentPart>(result.Content.Count);
        foreach (ContentBlock block in result.Content)
        {
            parts.Add(SdkContent.Convert(block));
        }

        return new McpCallResult(parts, result.IsError == true, result.StructuredContent)
        {
            RawSource = () => JsonSerializer.SerializeToElement(result, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CallToolResult))),
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _client.DisposeAsync().ConfigureAwait(false);
        if (_process is not null)
        {
            await _process.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Over HTTP the library forgets to tell the server that a call was cancelled: it only closes its side of the answer.
    /// </summary>
    private async Task<CallToolResult> CallRemoteAsync(CallToolRequestParams parameters, CancellationToken cancellationToken)
    {
        var id = new RequestId("kimi-" + Interlocked.Increment(ref _lastId).ToString(System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            JsonRpcResponse response = await _client.SendRequestAsync(
                new JsonRpcRequest
                {
                    Id = id,
                    Method = RequestMethods.ToolsCall,
                    Params = JsonSerializer.SerializeToNode(parameters, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CallToolRequestParams))),
                },
                cancellationToken).ConfigureAwait(false);
            return (CallToolResult)response.Result.Deserialize(McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(CallToolResult)))!;
        }
        catch (OperationCanceledException)
        {
            _ = TellCancelledAsync(id);
            throw;
        }
    }

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

    private McpTool Convert(McpClientTool listed)
    {
        Tool tool = listed.ProtocolTool;
        return new McpTool(
            _server.Name, tool.Name, tool.Description, tool.InputSchema, tool.Annotations?.ReadOnlyHint == true, tool.Annotations?.DestructiveHint);
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

/// <summary>Content of results as parts of a message.</summary>
internal static class SdkContent
{
    private const string DefaultMime = "application/octet-stream";

    public static ContentPart Convert(ContentBlock block) => block switch
    {
        TextContentBlock text => new TextPart(text.Text),
        ImageContentBlock image => new ImageUrlPart(DataUrl(image.MimeType, image.Data)),
        AudioContentBlock audio => new AudioUrlPart(DataUrl(audio.MimeType, audio.Data)),
        EmbeddedResourceBlock { Resource: TextResourceContents text } => new TextPart(text.Text),
        EmbeddedResourceBlock { Resource: BlobResourceContents blob } => Media(blob.MimeType, mime => DataUrl(mime, blob.Blob)),
        ResourceLinkBlock link => Media(link.MimeType, _ => link.Uri),
        _ => Unsupported($"Unsupported MCP tool result part: {block.Type}"),
    };

    private static ContentPart Media(string? mime, Func<string, string> url)
    {
        mime = string.IsNullOrEmpty(mime) ? DefaultMime : mime;
        return mime.StartsWith("image/", StringComparison.Ordinal) ? new ImageUrlPart(url(mime))
            : mime.StartsWith("audio/", StringComparison.Ordinal) ? new AudioUrlPart(url(mime))
            : mime.StartsWith("video/", StringComparison.Ordinal) ? new VideoUrlPart(url(mime))
            : Unsupported($"Unsupported mime type: {mime}");
    }

    private static TextPart Unsupported(string reason) => new($"[Unsupported content: {reason}]");

    private static string DataUrl(string mime, ReadOnlyMemory<byte> base64) => $"data:{mime};base64,{Encoding.UTF8.GetString(base64.Span)}";
}
