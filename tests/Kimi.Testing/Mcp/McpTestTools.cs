using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Kimi.Testing.Mcp;

/// <summary>The tools of the test MCP server, one for each thing a client must cope with; alike over every transport.</summary>
public sealed class McpTestTools
{
    private readonly Lock _gate = new();
    private readonly List<string> _calls = [];
    private readonly List<Tool> _tools = [];

    public McpTestTools(int extraTools = 0, string prefix = "extra")
    {
        Add("echo", "Gives the text back", """{"type":"object","properties":{"text":{"type":"string","description":"Any text"}},"required":["text"],"additionalProperties":false}""", readOnly: true);
        Add("add_numbers", "Adds two numbers", """{"type":"object","properties":{"a":{"type":"number"},"b":{"type":"number"}},"required":["a","b"]}""");
        Add("ping", "Answers", """{"type":"object"}""", readOnly: true);
        Add("arguments", "Gives the arguments back as JSON", """{"type":"object","additionalProperties":true}""");
        Add("long_text", "Gives a text of many lines", """{"type":"object","properties":{"chars":{"type":"integer"}},"required":["chars"]}""");
        Add("long_array", "Gives an array of many items", """{"type":"object","properties":{"items":{"type":"integer"}},"required":["items"]}""");
        Add("structured", "Gives a value and no content", """{"type":"object"}""");
        Add("empty", "Gives nothing", """{"type":"object"}""");
        Add("fail", "Gives an error with content", """{"type":"object"}""");
        Add("refuse", "Answers with a protocol error", """{"type":"object","properties":{"message":{"type":"string"}}}""");
        Add("slow", "Takes its time", """{"type":"object","properties":{"ms":{"type":"integer"}},"required":["ms"]}""");
        Add("media", "Gives a text, an image, a sound, resources and links", """{"type":"object"}""");
        Add("die", "Ends the server", """{"type":"object"}""");
        Add("change_tools", "Adds or removes the tool 'added'", """{"type":"object"}""");
        Add("elicit", "Asks the user and tells the answer", """{"type":"object"}""");
        Add("environment", "Gives the names of all variables", """{"type":"object"}""");
        Add("start_child", "Starts a process of its own and gives its id", """{"type":"object"}""");
        for (int i = 0; i < extraTools; i++)
        {
            Add($"{prefix}_{i}", $"Tool number {i} of many", """{"type":"object","properties":{"id":{"type":"string"}}}""");
        }
    }

    /// <summary>Names of the tools called, with their arguments.</summary>
    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_gate)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>The cancellations seen.</summary>
    public int Cancelled { get; private set; }

    /// <summary>A server with the tools of a file instead: an array of name, description and inputSchema under its key.</summary>
    public static McpTestTools FromFile(string path, string key, int limit)
    {
        var tools = new McpTestTools();
        tools._tools.Clear();
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
        foreach (JsonElement tool in document.RootElement.GetProperty(key).EnumerateArray().Take(limit))
        {
            tools.Add(tool.GetProperty("name").GetString()!, tool.GetProperty("description").GetString(), tool.GetProperty("inputSchema").GetRawText());
        }

        return tools;
    }

    /// <summary>Adds a tool that the server does not know how to run; replaces one of its name.</summary>
    public void Add(string name, string? description, string schema, bool readOnly = false, bool? destructive = null)
    {
        lock (_gate)
        {
            _tools.RemoveAll(tool => tool.Name == name);
            _tools.Add(new Tool
            {
                Name = name,
                Description = description,
                InputSchema = JsonDocument.Parse(schema).RootElement,
                Annotations = readOnly || destructive is not null ? new ToolAnnotations { ReadOnlyHint = readOnly ? true : null, DestructiveHint = destructive } : null,
            });
        }
    }

    public McpServerOptions Options() => new()
    {
        ServerInfo = new Implementation { Name = "kimi-test", Version = "1.0" },
        ServerInstructions = "A server for tests. It does nothing useful.",
        Capabilities = new ServerCapabilities { Tools = new ToolsCapability { ListChanged = true } },
        Handlers = new McpServerHandlers { ListToolsHandler = ListAsync, CallToolHandler = CallAsync },
    };

    /// <summary>Pages of a hundred, so that clients must ask again.</summary>
    private ValueTask<ListToolsResult> ListAsync(RequestContext<ListToolsRequestParams> request, CancellationToken cancellationToken)
    {
        int start = request.Params?.Cursor is string cursor ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        lock (_gate)
        {
            var page = new ListToolsResult { Tools = [.. _tools.Skip(start).Take(100)] };
            page.NextCursor = start + 100 < _tools.Count ? (start + 100).ToString(CultureInfo.InvariantCulture) : null;
            return new ValueTask<ListToolsResult>(page);
        }
    }

    private async ValueTask<CallToolResult> CallAsync(RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken)
    {
        string name = request.Params!.Name;
        IDictionary<string, JsonElement> arguments = request.Params.Arguments ?? new Dictionary<string, JsonElement>();
        string json = "{" + string.Join(',', arguments.Select(pair => $"{JsonSerializer.Serialize(pair.Key)}:{pair.Value.GetRawText()}")) + "}";
        lock (_gate)
        {
            _calls.Add($"{name} {json}");
        }

        switch (name)
        {
            case "echo":
                return Text(arguments["text"].GetString()!);
            case "add_numbers":
                return Text((arguments["a"].GetDecimal() + arguments["b"].GetDecimal()).ToString(CultureInfo.InvariantCulture));
            case "arguments":
                return Text(json);
            case "long_text":
                return Text(LongText(arguments["chars"].GetInt32()));
            case "long_array":
                return Text("[" + string.Join(", ", Enumerable.Range(0, arguments["items"].GetInt32()).Select(i => $"{{\"id\": {i}, \"name\": \"item {i}\"}}")) + "]");
            case "structured":
                return new CallToolResult { Content = [], StructuredContent = JsonDocument.Parse("""{"value":[1,2.50]}""").RootElement };
            case "empty":
                return new CallToolResult { Content = [] };
            case "fail":
                return new CallToolResult { Content = [new TextContentBlock { Text = "it went wrong" }], IsError = true };
            case "refuse":
                throw new McpProtocolException(arguments.TryGetValue("message", out JsonElement text) ? text.GetString()! : "no", McpErrorCode.InvalidParams);
            case "slow":
                return await SlowAsync(arguments["ms"].GetInt32(), cancellationToken).ConfigureAwait(false);
            case "media":
                return Media();
            case "die":
                Environment.Exit(3);
                return Text("");
            case "change_tools":
                return await ChangeAsync(request.Server, cancellationToken).ConfigureAwait(false);
            case "elicit":
                return await ElicitAsync(request.Server, cancellationToken).ConfigureAwait(false);
            case "environment":
                return Text(string.Join(' ', Environment.GetEnvironmentVariables().Keys.Cast<string>().Order(StringComparer.Ordinal)));
            case "start_child":
                return Text(StartChild());
            default:
                return Text("pong");
        }
    }

    /// <summary>Lines with their number, of exactly the length asked for.</summary>
    public static string LongText(int chars)
    {
        var text = new StringBuilder(chars + 64);
        for (int i = 0; text.Length < chars; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"line {i} of a long text\n");
        }

        return text.ToString(0, chars);
    }

    private async Task<CallToolResult> SlowAsync(int ms, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(ms, cancellationToken).ConfigureAwait(false);
            return Text("slept");
        }
        catch (OperationCanceledException)
        {
            Cancelled++;
            throw;
        }
    }

    private async Task<CallToolResult> ChangeAsync(McpServer server, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_tools.RemoveAll(static tool => tool.Name == "added") == 0)
            {
                _tools.Add(new Tool { Name = "added", Description = "Came later", InputSchema = JsonDocument.Parse("""{"type":"object"}""").RootElement });
            }
        }

        await server.SendNotificationAsync(NotificationMethods.ToolListChangedNotification, cancellationToken).ConfigureAwait(false);
        return Text("changed");
    }

    private static async Task<CallToolResult> ElicitAsync(McpServer server, CancellationToken cancellationToken)
    {
        ElicitResult answer = await server.ElicitAsync(
            new ElicitRequestParams { Message = "What is your name?", RequestedSchema = new ElicitRequestParams.RequestSchema() }, cancellationToken).ConfigureAwait(false);
        return Text(answer.Action);
    }

    private static string StartChild()
    {
        ProcessStartInfo start = OperatingSystem.IsWindows() ? new("ping", "-n 600 127.0.0.1") : new("sleep", "600");
        start.RedirectStandardOutput = true;
        using Process child = Process.Start(start)!;
        return child.Id.ToString(CultureInfo.InvariantCulture);
    }

    private static CallToolResult Media() => new()
    {
        Content =
        [
            new TextContentBlock { Text = "first" },
            new ImageContentBlock { Data = "aW1n"u8.ToArray(), MimeType = "image/png" },
            new AudioContentBlock { Data = "c25k"u8.ToArray(), MimeType = "audio/wav" },
            new EmbeddedResourceBlock { Resource = new TextResourceContents { Uri = "test://text", Text = "resource text" } },
            new EmbeddedResourceBlock { Resource = new BlobResourceContents { Uri = "test://film", Blob = "ZmlsbQ=="u8.ToArray(), MimeType = "video/mp4" } },
            new EmbeddedResourceBlock { Resource = new BlobResourceContents { Uri = "test://data", Blob = "eA=="u8.ToArray() } },
            new ResourceLinkBlock { Uri = "https://example.test/a.png", Name = "a", MimeType = "image/png" },
            new ResourceLinkBlock { Uri = "https://example.test/a.zip", Name = "a", MimeType = "application/zip" },
        ],
    };

    private static CallToolResult Text(string text) => new() { Content = [new TextContentBlock { Text = text }] };
}
