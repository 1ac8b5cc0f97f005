using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Tools;

public sealed class ToolsetTests : IDisposable
{
    private readonly ToolBench _bench = new();
    private readonly Toolset _tools = new();
    private int _calls;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    private Task<ToolReturnValue> Call(string name, string? arguments, CancellationToken? token = null)
    {
        ToolCall call = new($"c{++_calls}", name, arguments);
        return _tools.HandleAsync(call, _bench.Context(call), token ?? Token);
    }

    [Fact]
    public async Task An_unknown_tool_is_an_error() =>
        (await Call("Teleport", "{")).IsError("Tool `Teleport` not found", "Tool `Teleport` not found");

    [Theory]
    [InlineData(null, "{}")]
    [InlineData("", "{}")]
    [InlineData("{\"a\":\"x\ty\"}", "{\"a\":\"x\\ty\"}")]
    public async Task Missing_arguments_are_an_empty_object_and_control_characters_are_tolerated(string? arguments, string seen)
    {
        string? got = null;
        _tools.Add(new FunctionTool("T", (value, _) =>
        {
            got = CanonicalArguments.Of(value);
            return Task.FromResult(ToolReturnValue.Ok(""));
        }));
        Assert.False((await Call("T", arguments)).IsError);
        Assert.Equal(seen, got);
    }

    [Fact]
    public async Task Broken_arguments_are_an_error_without_hooks()
    {
        FakeHooks hooks = new();
        _tools.Hooks = hooks;
        _tools.Add(new FunctionTool("T", ""));
        (await Call("T", "{\"a\":")).StartsError("Error parsing JSON arguments: ", "Invalid arguments");
        Assert.Empty(hooks.Log);
    }

    [Fact]
    public async Task Arguments_that_do_not_fit_are_an_error_after_the_hook()
    {
        FakeHooks hooks = new();
        _tools.Hooks = hooks;
        _tools.Add(new FunctionTool("T", (value, _) => throw new ToolArgumentException("a is required")));
        (await Call("T", "{}")).IsError("Error validating JSON arguments: a is required", "Invalid arguments");
        Assert.Equal(["before T", "after T True"], hooks.Log);
    }

    [Fact]
    public async Task What_a_tool_throws_is_an_unexpected_error()
    {
        FakeHooks hooks = new();
        _tools.Hooks = hooks;
        _tools.Add(new FunctionTool("T", (_, _) => throw new InvalidOperationException("boom")));
        ToolReturnValue result = await Call("T", "{}");
        result.IsError("Error running tool: boom", "Tool runtime error");
        Assert.True(result.IsUnexpected);
        Assert.Equal(["before T", "failed T boom"], hooks.Log);
    }

    [Theory]
    [InlineData("not today", "not today")]
    [InlineData("", "Blocked by PreToolUse hook")]
    public async Task A_hook_that_blocks_is_an_error_but_no_rejection(string reason, string message)
    {
        _tools.Hooks = new FakeHooks { Block = reason };
        FunctionTool tool = new("T", "");
        _tools.Add(tool);
        ToolReturnValue result = await Call("T", "{}");
        result.IsError(message, "Hook blocked");
        Assert.Null(result.Rejection);
        Assert.Equal(0, tool.Calls);
    }

    [Fact]
    public async Task Only_cancellation_is_thrown()
    {
        using CancellationTokenSource stop = new();
        TaskCompletionSource started = new();
        _tools.Add(new FunctionTool("T", async (_, token) =>
        {
            started.SetResult();
            await Task.Delay(Timeout.Infinite, token);
            return ToolReturnValue.Ok("");
        }));
        Task<ToolReturnValue> call = Call("T", "{}", stop.Token);
        Task<ToolReturnValue> twin = Call("T", "{}", stop.Token);
        await started.Task.WaitAsync(Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => twin);

        _tools.BeginStep();
        _tools.Add(new FunctionTool("T", (_, _) => throw new TaskCanceledException("own time-out")));
        (await Call("T", "{}")).IsError("Error running tool: own time-out", "Tool runtime error");
    }

    [Fact]
    public async Task The_same_call_twice_in_a_step_runs_once()
    {
        TaskCompletionSource<ToolReturnValue> answer = new();
        FunctionTool tool = new("T", (_, _) => answer.Task);
        _tools.Add(tool);
        Task<ToolReturnValue> first = Call("T", "{\"a\": 1, \"b\": {\"d\": 1, \"c\": 2}}");
        Task<ToolReturnValue> second = Call("T", "{\"b\":{\"c\":2,\"d\":1},\"a\":1}");
        Task<ToolReturnValue> other = Call("T", "{\"a\":2}");
        answer.SetResult(ToolReturnValue.Ok("out"));
        Assert.Equal("out", (await first).OutputText);
        Assert.Same(await first, await second);
        await other;
        Assert.Equal(2, tool.Calls);
    }

    [Fact]
    public async Task Repeated_calls_get_reminders_and_end_the_turn_at_twelve()
    {
        FunctionTool tool = new("T", "out");
        _tools.Add(tool);
        _tools.BeginTurn();
        for (int n = 1; n <= 12; n++)
        {
            _tools.BeginStep();
            string output = (await Call("T", "{\"b\": 2, \"a\": 1}")).OutputText!;
            bool stop = _tools.EndStep();
            Assert.Equal(n >= 12, stop);
            if (n < 3)
            {
                Assert.Equal("out", output);
                continue;
            }

            Assert.StartsWith("out\n\n<system-reminder>\n", output, StringComparison.Ordinal);
            Assert.EndsWith("\n</system-reminder>", output, StringComparison.Ordinal);
            Assert.Equal(n is >= 5 and < 8, output.Contains($"- tool: T\n- repeated_times: {n}\n- arguments: {{\"a\":1,\"b\":2}}", StringComparison.Ordinal));
            Assert.Equal(n >= 8, output.Contains("Stop all function calls", StringComparison.Ordinal));
        }

        Assert.Equal(12, tool.Calls);
        _tools.BeginTurn();
        _tools.BeginStep();
        Assert.Equal("out", (await Call("T", "{\"b\": 2, \"a\": 1}")).OutputText);
    }

    [Fact]
    public async Task A_streak_ends_with_another_call()
    {
        _tools.Add(new FunctionTool("T", "out"));
        foreach (string arguments in (string[])["1", "1", "2", "1", "1"])
        {
            _tools.BeginStep();
            Assert.Equal("out", (await Call("T", $"{{\"n\":{arguments}}}")).OutputText);
            _tools.EndStep();
        }
    }

    [Fact]
    public async Task Calls_of_an_attempt_that_failed_do_not_count()
    {
        _tools.Add(new FunctionTool("T", "out"));
        for (int attempt = 0; attempt < 5; attempt++)
        {
            _tools.BeginStep();
            Assert.Equal("out", (await Call("T", "{}")).OutputText);
        }

        Assert.False(_tools.EndStep());
    }

    [Fact]
    public async Task Reminders_join_the_last_text_part_and_keep_an_error_an_error()
    {
        ToolReturnValue value = ToolReturnValue.Ok([new ImageUrlPart("data:x")]);
        _tools.Add(new FunctionTool("T", (_, _) => Task.FromResult(value)));
        for (int n = 1; n <= 4; n++)
        {
            _tools.BeginStep();
            ToolReturnValue result = await Call("T", "{}");
            _tools.EndStep();
            if (n == 3)
            {
                Assert.StartsWith("\n\n<system-reminder>", Assert.IsType<TextPart>(result.OutputParts![1]).Text, StringComparison.Ordinal);
                value = ToolReturnValue.Ok([new ImageUrlPart("data:x"), new TextPart("last")]) with { IsError = true };
            }
            else if (n == 4)
            {
                Assert.StartsWith("last\n\n<system-reminder>", Assert.IsType<TextPart>(result.OutputParts![1]).Text, StringComparison.Ordinal);
                Assert.True(result.IsError);
            }
        }
    }

    [Fact]
    public void Definitions_keep_their_order_and_their_list()
    {
        _tools.Add(new FunctionTool("A", ""));
        _tools.Add(new FunctionTool("B", ""));
        _tools.Add(new FunctionTool("C", ""));
        IReadOnlyList<ToolDefinition> before = _tools.Definitions;
        Assert.Same(before, _tools.Definitions);
        Assert.True(_tools.Hide("B"));
        Assert.False(_tools.Hide("none"));
        _tools.Add(new FunctionTool("A", ""));
        Assert.Equal(["A", "C"], _tools.Definitions.Select(static definition => definition.Name));
        _tools.Unhide("B");
        Assert.Equal(["A", "B", "C"], _tools.Definitions.Select(static definition => definition.Name));
        Assert.True(_tools.Remove("A"));
        Assert.Equal(["B", "C"], _tools.Definitions.Select(static definition => definition.Name));
    }

    [Fact]
    public async Task Hidden_tools_and_tools_found_by_the_fallback_can_be_called()
    {
        _tools.Add(new FunctionTool("A", "a"));
        _tools.Hide("A");
        _tools.Fallback = static name => name == "M" ? new FunctionTool("M", "m") : null;
        Assert.Equal("a", (await Call("A", "{}")).OutputText);
        Assert.Equal("m", (await Call("M", "{}")).OutputText);
        Assert.True((await Call("N", "{}")).IsError);
    }

    [Fact]
    public async Task An_external_tool_is_run_by_the_client_and_checked_before()
    {
        JsonElement schema = LenientJson.Parse("{\"type\":\"object\",\"properties\":{\"sku\":{\"type\":\"string\"}},\"required\":[\"sku\"]}");
        _tools.Add(new FunctionTool("Grep", ""));
        Assert.Equal("conflicts with builtin tool", _tools.AddExternal("Grep", "d", schema));
        Assert.NotNull(_tools.AddExternal("bad", "d", LenientJson.Parse("{\"type\":\"nonsense\"}")));
        Assert.Null(_tools.AddExternal("lookup", "", schema));
        Assert.Null(_tools.AddExternal("lookup", "", schema));
        Assert.Equal("No description provided.", _tools.Find("lookup")!.Definition.Description);
        _bench.Sink.OnMessage = static message => ((ToolCallRequest)message).Respond(ToolReturnValue.Ok("shelf 4"));

        (await Call("lookup", "{\"qty\": 2}")).IsInvalid();
        Assert.Empty(_bench.Sink.Sent);
        Assert.Equal("shelf 4", (await Call("lookup", "{\"sku\": \"B-7\"}")).OutputText);
        ToolCallRequest request = Assert.IsType<ToolCallRequest>(Assert.Single(_bench.Sink.Sent));
        Assert.Equal(("c2", "lookup", "{\"sku\": \"B-7\"}"), (request.Id, request.Name, request.Arguments));
        _bench.Sink.OnMessage = static _ => throw new IOException("gone");
        (await Call("lookup", "{\"sku\": \"C\"}")).IsError("External tool call failed: gone", "External tool error");
    }

    [Fact]
    public void Canonical_arguments_are_sorted_and_compact() =>
        Assert.Equal("{\"a\":[{\"x\":1,\"y\":\"ä\"}],\"b\":null}", CanonicalArguments.Of(LenientJson.Parse("{ \"b\": null, \"a\": [ {\"y\": \"\\u00e4\", \"x\": 1} ] }")));

    private sealed class FakeHooks : IToolHooks
    {
        public List<string> Log { get; } = [];

        public string? Block { get; init; }

        public ValueTask<string?> BeforeAsync(ToolCallContext context, JsonElement arguments, CancellationToken cancellationToken)
        {
            Log.Add($"before {context.Call.Name}");
            return new(Block);
        }

        public void After(ToolCallContext context, JsonElement arguments, ToolReturnValue result) => Log.Add($"after {context.Call.Name} {result.IsError}");

        public void Failed(ToolCallContext context, JsonElement arguments, string error) => Log.Add($"failed {context.Call.Name} {error}");
    }
}
