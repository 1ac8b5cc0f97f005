using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Mcp;
using Kimi.Engine.Text;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;
using Kimi.Testing;
using Kimi.Testing.Mcp;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>What a model is really sent: whole sessions, real servers, bytes as they arrive at the model's address.</summary>
public sealed class McpProofTests : IAsyncDisposable
{
    private readonly TestDirectories _directories = new();
    private ModelServer? _model;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tool_bytes_are_the_same_for_one_tool_and_53()
    {
        byte[] one = ToolBytes(await RequestAsync(Servers(("github", 1))));
        RecordedRequest request = await RequestAsync(Servers(("github", 100), ("filesystem", 100), ("everything", 100)));
        byte[] all = ToolBytes(request);

        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Length} bytes");
        Assert.Equal(one, all);
        Assert.InRange(all.Length, 1, 1170);
        using JsonDocument tools = JsonDocument.Parse(all);
        Assert.Equal(2, tools.RootElement.GetArrayLength());
        string text = Encoding.UTF8.GetString(all);
        using JsonDocument captured = JsonDocument.Parse(Capture());
        Assert.All(captured.RootElement.EnumerateObject().SelectMany(server => server.Value.EnumerateArray()), tool => Assert.DoesNotContain(tool.GetProperty("name").GetString()!, text, StringComparison.Ordinal));
        Assert.Matches("- github: 26 tools[^\n]*\n- filesystem: 14 tools[^\n]*\n- everything: 13 tools", SystemPrompt(request));
    }

    [Fact]
    public async Task Direct_mode_sends_nineteen_times_as_much()
    {
        int deferred = ToolBytes(await RequestAsync(Servers(("github", 100), ("filesystem", 100), ("everything", 100)))).Length;
        byte[] direct = ToolBytes(await RequestAsync(Servers(("github", 100), ("filesystem", 100), ("everything", 100)), mode: "direct"));
        using JsonDocument tools = JsonDocument.Parse(direct);

        TestContext.Current.TestOutputHelper?.WriteLine($"{direct.Length} bytes, {(double)direct.Length / deferred:F1} times");
        Assert.Equal(53, tools.RootElement.GetArrayLength());
        Assert.True(direct.Length >= 19 * deferred, $"{direct.Length} and {deferred}");
    }

    [Fact]
    public async Task Thousands_of_servers_change_neither_tools_nor_the_size_of_the_prompt()
    {
        byte[] one = ToolBytes(await RequestAsync(Servers(("github", 1))));
        string servers = string.Join(',', Enumerable.Range(0, 1200).Select(i => $"\"server{i}\":{{\"command\":\"no-such-program-{i}\"}}"));

        RecordedRequest request = await RequestAsync($"{{\"mcpServers\":{{{servers}}}}}");

        Assert.Equal(one, ToolBytes(request));
        string prompt = SystemPrompt(request);
        Assert.Equal(McpPromptIndex.MaxLines + 1, prompt.Split('\n').Count(line => line.StartsWith("- ", StringComparison.Ordinal)));
        Assert.Contains("- and 1180 further servers with 0 tools", prompt, StringComparison.Ordinal);
        Assert.InRange(prompt.Length, 1, 4100);
    }

    [Fact]
    public async Task Without_servers_there_are_no_tools_and_no_block()
    {
        RecordedRequest request = await RequestAsync("""{"mcpServers":{}}""");

        Assert.Equal("[]", Encoding.UTF8.GetString(ToolBytes(request)));
        Assert.DoesNotContain("MCP", SystemPrompt(request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_searches_calls_and_forgets_with_its_context()
    {
        string server = Server("test", McpStdioServer.CommandLine());
        await using KimiSession session = await OpenAsync($"{{\"mcpServers\":{{{server}}}}}");
        _model!.Answer(
            Reply.Calling(("c1", "mcp_search", """{"query":"add numbers"}""")),
            Reply.Calling(("c2", "mcp_call", """{"name":"test.add_numbers","arguments":{"a":1,"b":"2"}}""")),
            Reply.Calling(("c3", "mcp_call", """{"name":"add_numbers","arguments":{"a":1,"b":2}}""")),
            Reply.Calling(("c4", "mcp_search", """{"query":"add numbers"}""")),
            Reply.Says("3."));

        await session.Mcp.WaitAsync(Stop);

        TurnOutcome outcome = await session.RunAsync(new Kimi.Engine.Chat.UserInput("add"), null, Stop);

        Assert.Equal(TurnStatus.Finished, outcome.Status);
        string first = ToolMessage(1);
        Assert.StartsWith("mcp__test__add_numbers: Adds two numbers\narguments: {\"type\":\"object\"", first, StringComparison.Ordinal);
        Assert.Contains("Error validating JSON arguments: /b: expected number, got string", ToolMessage(2), StringComparison.Ordinal);
        Assert.DoesNotContain("Schema of", ToolMessage(2), StringComparison.Ordinal);
        Assert.Equal("3", ToolMessage(3));
        Assert.Contains("mcp__test__add_numbers (schema shown earlier)", ToolMessage(4), StringComparison.Ordinal);
        Assert.True(ToolMessage(4).Length < first.Length);

        _model.Answer(Reply.Says("A summary."), Reply.Calling(("c5", "mcp_search", """{"query":"add numbers"}""")), Reply.Says("done"));
        await session.RunAsync(new Kimi.Engine.Chat.UserInput("/compact"), null, Stop);
        await session.RunAsync(new Kimi.Engine.Chat.UserInput("again"), null, Stop);

        Assert.Contains("mcp__test__add_numbers: Adds two numbers\narguments: {", ToolMessage(_model.Requests.Count - 1), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_first_turn_says_that_it_waits_and_later_ones_do_not()
    {
        string server = Server("slow", McpStdioServer.CommandLine("--delay", "700"));
        await using KimiSession session = await OpenAsync($"{{\"mcpServers\":{{{server}}}}}");
        _model!.Answer(Reply.Says("a"), Reply.Says("b"));

        List<WireMessage> first = await MessagesAsync(session);
        List<WireMessage> second = await MessagesAsync(session);

        Assert.Equal(["StatusUpdate", "MCPLoadingBegin", "StatusUpdate", "MCPLoadingEnd", "StepBegin"], first.Skip(1).Take(5).Select(message => message.Type));
        McpStatus before = ((StatusUpdate)first[1]).McpStatus!;
        McpStatus after = ((StatusUpdate)first[3]).McpStatus!;
        Assert.True(before.Loading);
        Assert.Equal((0, 1, 0), (before.Connected, before.Total, before.Tools));
        Assert.Null(session.Mcp!.Servers[0].Error);
        Assert.False(after.Loading);
        Assert.Equal(("slow", "connected", 17), (after.Servers[0].Name, after.Servers[0].Status, after.Servers[0].Tools.Count));
        Assert.DoesNotContain(second, message => message is McpLoadingBegin);
    }

    [Fact]
    public async Task A_silent_server_holds_the_first_turn_for_a_few_seconds_only()
    {
        string servers = Server("silent", McpStdioServer.CommandLine("--silent")) + "," + Server("good", McpStdioServer.CommandLine());
        await using KimiSession session = await OpenAsync($"{{\"mcpServers\":{{{servers}}}}}");
        _model!.Answer(Reply.Says("a"));
        await Eventually.HoldsAsync(() => session.Mcp!.Status().Connected > 0, Stop);

        var watch = System.Diagnostics.Stopwatch.StartNew();

        TurnOutcome outcome = await session.RunAsync(new Kimi.Engine.Chat.UserInput("x"), null, Stop);

        Assert.Equal(TurnStatus.Finished, outcome.Status);
        Assert.InRange(watch.Elapsed.TotalSeconds, 4, 15);
        Assert.Contains("- silent: 0 tools, connecting\n- good: 17 tools", SystemPrompt(_model.Requests[0]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "Invalid JSON: ", "--mcp-config")]
    [InlineData("""{"mcpServers":{"a":{},"b":{"url":"ftp://x"},"c":{"command":"x","args":"y"}}}""", "Invalid MCP config: server 'a' needs a 'command' or a 'url'; server 'b': url must be an http or https address; server 'c': args must be an array of strings", null)]
    public async Task Bad_configurations_stop_the_start(string config, string message, string? option)
    {
        KimiStartupException e = await Assert.ThrowsAsync<KimiStartupException>(() => OpenAsync(config));

        Assert.StartsWith(message, e.Message, StringComparison.Ordinal);
        Assert.Equal(option, e.Option);
    }

    [Fact]
    public async Task Live_proof()
    {
        if (Environment.GetEnvironmentVariable("KIMI_LIVE_MCP_PROOF") != "1")
        {
            Assert.Skip("KIMI_LIVE_MCP_PROOF is not 1: the live proof needs a model, servers and a network");
        }

        // The user's own configuration, model and servers.
        await using KimiSession session = await KimiSession.OpenAsync(new KimiSessionOptions { RuntimeAfk = true }, Stop);
        TurnOutcome outcome = await session.RunAsync(new Kimi.Engine.Chat.UserInput("Find an MCP tool that only reads, call it once, and say what it gave."), null, Stop);

        TestContext.Current.TestOutputHelper?.WriteLine(session.SystemPrompt + session.Mcp?.IndexBlock);
        Assert.Equal(TurnStatus.Finished, outcome.Status);
        Assert.Contains(session.History.SelectMany(message => message.ToolCalls ?? []), call => call.Name == McpToolDefinitions.CallName);
    }

    public async ValueTask DisposeAsync()
    {
        if (_model is not null)
        {
            await _model.DisposeAsync();
        }

        _directories.Dispose();
    }

    private static string Server(string name, (string Command, string[] Arguments) line) => JsonWriter.Compose(writer =>
    {
        writer.Text(name);
    }) + ":" + JsonWriter.Compose(writer =>
    {
        writer.BeginObject();
        writer.Member("command"u8, line.Command);
        writer.Name("args"u8);
        writer.BeginArray();
        foreach (string argument in line.Arguments)
        {
            writer.Text(argument);
        }

        writer.EndArray();
        writer.EndObject();
    });

    private static byte[] Capture()
    {
        using Stream stream = typeof(McpProofTests).Assembly.GetManifestResourceStream("tools-53.json")!;
        using MemoryStream copy = new();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private string Servers(params (string Name, int Tools)[] servers)
    {
        string file = Path.Combine(_directories.Root, "tools-53.json");
        File.WriteAllBytes(file, Capture());
        return "{\"mcpServers\":{" + string.Join(',', servers.Select(server => Server(
            server.Name, McpStdioServer.CommandLine("--tools-file", file, server.Name, server.Tools.ToString(CultureInfo.InvariantCulture))))) + "}}";
    }

    private async Task<KimiSession> OpenAsync(string mcp, string mode = "deferred")
    {
        _model ??= await ModelServer.StartAsync();
        string agent = Path.Combine(_directories.Root, "agent.yaml");
        await File.WriteAllTextAsync(agent, "version: 1\nagent:\n  name: bare\n  system_prompt_path: ./prompt.md\n  tools: []\n", Stop);
        await File.WriteAllTextAsync(Path.Combine(_directories.Root, "prompt.md"), "Be brief.", Stop);
        return await KimiSession.OpenAsync(
            new KimiSessionOptions
            {
                WorkDirectory = _directories.Work,
                AgentFile = agent,
                RuntimeAfk = true,
                McpConfigs = [mcp],
                Environment = Kimi.Engine.Configuration.EnvironmentSource.From(new Dictionary<string, string>(_directories.Environment)
                {
                    ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
                    ["KIMI_MCP_TOOL_MODE"] = mode,
                }),
                ConfigText = $$"""
                    {"default_model":"m","models":{"m":{"provider":"p","model":"fake","max_context_size":100000} },
                    "providers":{"p":{"type":"openai_legacy","base_url":"{{_model.BaseUrl}}","api_key":"k"} } }
                    """,
            },
            Stop);
    }

    private async Task<RecordedRequest> RequestAsync(string mcp, string mode = "deferred")
    {
        await using KimiSession session = await OpenAsync(mcp, mode);
        await session.Mcp.WaitAsync(Stop);
        int before = _model!.Requests.Count;
        _model.Answer(Reply.Says("ok"));
        TurnOutcome outcome = await session.RunAsync(new Kimi.Engine.Chat.UserInput("hello"), null, Stop);
        Assert.Equal(TurnStatus.Finished, outcome.Status);
        return _model.Requests[before];
    }

    private static async Task<List<WireMessage>> MessagesAsync(KimiSession session)
    {
        var messages = new List<WireMessage>();
        await foreach (WireMessage message in session.RunTurnAsync(new Kimi.Engine.Chat.UserInput("x"), null, null, Stop))
        {
            messages.Add(message);
        }

        return messages;
    }

    private string ToolMessage(int request)
    {
        JsonElement message = _model!.Requests[request].Json.GetProperty("messages").EnumerateArray().Last(one => one.GetProperty("role").GetString() == "tool");
        JsonElement content = message.GetProperty("content");
        return content.ValueKind == JsonValueKind.String
            ? content.GetString()!
            : string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));
    }

    private static string SystemPrompt(RecordedRequest request) =>
        request.Json.GetProperty("messages").EnumerateArray().First(one => one.GetProperty("role").GetString() == "system").GetProperty("content").GetString()!;

    /// <summary>The value of the member <c>tools</c>, byte for byte.</summary>
    private static byte[] ToolBytes(RecordedRequest request)
    {
        var reader = new Utf8JsonReader(request.Body);
        while (reader.Read())
        {
            if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("tools"))
            {
                reader.Read();
                int start = (int)reader.TokenStartIndex;
                reader.Skip();
                return request.Body[start..(int)reader.BytesConsumed];
            }
        }

        return [];
    }
}

/// <summary>Waits without a turn.</summary>
internal static class McpManagerExtensions
{
    public static Task WaitAsync(this McpManager? manager, CancellationToken cancellationToken) =>
        manager?.WaitLoadedAsync(cancellationToken) ?? Task.CompletedTask;
}
