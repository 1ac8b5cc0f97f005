using Kimi.Engine.Chat;
using Kimi.Engine.Mcp;
using Kimi.Engine.Tools;
using Kimi.Testing;
using static Kimi.Engine.Tests.Mcp.McpTestTools;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpDispatcherTests
{
    private const string Schema = """{"type":"object","properties":{"n":{"type":"integer","minimum":1}},"required":["n"],"additionalProperties":false}""";

    private readonly FakeServers _servers = new FakeServers()
        .Add("one", Tool("one", "set_n", "Sets n", Schema), Tool("one", "both"), Tool("one", "read", readOnly: true))
        .Add("two", Tool("two", "both"), Tool("two", "other"));

    [Theory]
    [InlineData("""{"n":"x"}""", "/n: expected integer, got string")]
    [InlineData("""{"n":0}""", "/n: expected a number of at least 1, got integer")]
    [InlineData("{}", "required property 'n' is missing")]
    [InlineData("null", "required property 'n' is missing")]
    [InlineData("[1]", "expected an object of arguments")]
    [InlineData("5", "expected an object of arguments")]
    [InlineData("\"[1]\"", "expected an object of arguments")]
    public async Task Wrong_arguments_are_named_and_go_nowhere(string arguments, string fault)
    {
        await using McpSession session = await _servers.Session().LoadAsync();

        ToolReturnValue result = await session.McpCallAsync("mcp__one__set_n", arguments);

        Assert.StartsWith("Error validating JSON arguments: ", result.Message, StringComparison.Ordinal);
        Assert.Contains(fault, result.Message, StringComparison.Ordinal);
        Assert.Equal("Invalid arguments", result.Brief);
        Assert.Empty(session.Asked);
        Assert.Empty(_servers.Calls);
    }

    [Fact]
    public async Task Schema_comes_with_the_first_error_only()
    {
        await using McpSession session = await _servers.Session().LoadAsync();

        ToolReturnValue first = await session.McpCallAsync("set_n", """{"n":"x"}""");
        ToolReturnValue second = await session.McpCallAsync("set_n", """{"n":"y"}""");

        Assert.Contains("Schema of mcp__one__set_n: arguments: " + Schema, first.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Schema of", second.Message, StringComparison.Ordinal);
        Assert.Contains("schema shown earlier", await session.SearchAsync("set_n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"n": 30}""", "set_n {\"n\": 30}")]
    [InlineData("\"{\\\"n\\\":123456789012345678901234567890}\"", "set_n {\"n\":123456789012345678901234567890}")]
    public async Task Arguments_are_forwarded_as_written(string arguments, string call)
    {
        await using McpSession session = await _servers.Session().LoadAsync();

        Assert.False((await session.McpCallAsync("set_n", arguments)).IsError);

        Assert.Equal([call], _servers.Calls);
    }

    [Theory]
    [InlineData("both", "mcp__one__both, mcp__two__both")]
    [InlineData("mcp__one__set_m", "Did you mean mcp__one__set_n")]
    [InlineData("Shell", "not an MCP tool but one of your own tools: call it directly")]
    [InlineData("mcp__nowhere__at_all_whatsoever", "Use mcp_search to find tools.")]
    public async Task Unclear_names_are_explained(string name, string text)
    {
        await using McpSession session = await _servers.Session().LoadAsync();
        session.Toolset.Add(new NamedTool("Shell"));

        ToolReturnValue result = await session.McpCallAsync(name);

        Assert.True(result.IsError);
        Assert.Contains(text, result.Message, StringComparison.Ordinal);
        Assert.Empty(_servers.Calls);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"name":5}""")]
    [InlineData("""{"name":"  "}""")]
    public async Task A_call_without_a_name_is_refused(string arguments)
    {
        await using McpSession session = await _servers.Session().LoadAsync();

        Assert.StartsWith("Error validating JSON arguments: ", (await session.CallAsync("mcp_call", arguments)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"query":""}""", "The query is empty")]
    [InlineData("""{"query":" \n"}""", "The query is empty")]
    [InlineData("""{"query":7}""", "Error validating JSON arguments: ")]
    [InlineData("{}", "Error validating JSON arguments: ")]
    public async Task A_search_without_keywords_is_refused(string arguments, string text)
    {
        await using McpSession session = await _servers.Session().LoadAsync();

        ToolReturnValue result = await session.CallAsync("mcp_search", arguments);

        Assert.True(result.IsError);
        Assert.StartsWith(text, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Permission_is_asked_for_each_target()
    {
        await using McpSession session = await _servers.Session().LoadAsync();
        session.Refusal = ToolReturnValue.Error("no", "Rejected by user");

        ToolReturnValue result = await session.McpCallAsync("one.both");
        await session.McpCallAsync("other");
        await session.SearchAsync("other");

        Assert.Same(session.Refusal.Message, result.Message);
        Assert.Equal(["mcp:mcp__one__both", "mcp:mcp__two__other"], session.Asked);
        Assert.Empty(_servers.Calls);
    }

    [Fact]
    public async Task Read_only_results_are_remembered_where_that_is_wanted()
    {
        var time = new ManualTimeProvider();
        await using McpSession session = await _servers.Session(new McpSettings(CacheTtl: TimeSpan.FromSeconds(60)), time).LoadAsync();

        string first = McpSession.TextOf(await session.McpCallAsync("read"));
        time.Advance(TimeSpan.FromSeconds(10));
        string second = McpSession.TextOf(await session.McpCallAsync("read"));
        session.Manager.OnHistoryRewritten([new Message(Role.User, "x")]);
        string third = McpSession.TextOf(await session.McpCallAsync("read"));
        Assert.Single(_servers.Calls);
        await session.McpCallAsync("set_n", """{"n":1}""");
        await session.McpCallAsync("read");

        Assert.Equal("answer of read", first);
        Assert.Contains("10 s ago", second, StringComparison.Ordinal);
        Assert.DoesNotContain("answer", second.Replace("answered", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(first, third);
        Assert.Equal(["read {}", "set_n {\"n\":1}", "read {}"], _servers.Calls);
        Assert.Equal(5, session.Asked.Count);
    }

    [Fact]
    public async Task Nothing_is_remembered_by_default()
    {
        await using McpSession session = await _servers.Session().LoadAsync();

        await session.McpCallAsync("read");
        await session.McpCallAsync("read");

        Assert.Equal(2, _servers.Calls.Count);
    }

    [Fact]
    public async Task A_late_answer_after_a_timeout_is_nobodys()
    {
        var never = new TaskCompletionSource<McpCallResult>();
        _servers.Answer = (_, _, _) => never.Task;
        await using McpSession session = await _servers.Session(new McpSettings(CacheTtl: TimeSpan.FromSeconds(60)), callTimeout: TimeSpan.FromMilliseconds(50)).LoadAsync();

        ToolReturnValue result = await session.McpCallAsync("read");
        never.SetResult(new McpCallResult([new TextPart("late")], false, null));
        _servers.Answer = (_, _, _) => Task.FromResult(new McpCallResult([new TextPart("now")], false, null));

        Assert.Equal("Timeout", result.Brief);
        Assert.Equal("now", McpSession.TextOf(await session.McpCallAsync("read")));
    }

    [Fact]
    public async Task Hooks_see_both_names()
    {
        await using McpSession session = await _servers.Session().LoadAsync();
        var hooks = new RecordingHooks();
        session.Toolset.Hooks = hooks;

        await session.McpCallAsync("other");
        await session.CallAsync("other");
        await session.McpCallAsync("unknown");

        Assert.Equal(["mcp_call mcp__two__other", "other mcp__two__other", "mcp_call "], hooks.Seen);
    }

    [Fact]
    public async Task Other_agents_have_a_memory_of_their_own()
    {
        await using McpSession session = await _servers.Session().LoadAsync();
        await session.SearchAsync("set_n");
        var other = new Toolset();
        foreach (Tool tool in session.Manager.CreateTools())
        {
            other.Add(tool);
        }

        var call = new ToolCall("c", "mcp_search", """{"query":"set_n"}""");
        ToolReturnValue result = await other.HandleAsync(
            call, new ToolCallContext { Call = call, Source = new CallSource(CallSource.ForegroundTurn, "t"), Wire = session }, TestContext.Current.CancellationToken);

        Assert.Contains("arguments: {", result.OutputText, StringComparison.Ordinal);
    }

    private sealed class RecordingHooks : IToolHooks
    {
        public List<string> Seen { get; } = [];

        public ValueTask<string?> BeforeAsync(ToolCallContext context, System.Text.Json.JsonElement arguments, CancellationToken cancellationToken)
        {
            Seen.Add($"{context.Call.Name} {context.Target}");
            return default;
        }

        public void After(ToolCallContext context, System.Text.Json.JsonElement arguments, ToolReturnValue result)
        {
        }

        public void Failed(ToolCallContext context, System.Text.Json.JsonElement arguments, string error)
        {
        }
    }
}
