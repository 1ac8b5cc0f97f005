using Kimi.Engine.Chat;
using Kimi.Engine.Hooks;
using Kimi.Engine.Turns;

namespace Kimi.Engine.Tests.Turns;

/// <summary>Hooks around a run.</summary>
public sealed class RunHookTests
{
    [Theory]
    [InlineData("not today", "not today")]
    [InlineData("", "Prompt blocked by hook.")]
    public async Task A_blocked_prompt_is_answered_with_the_reason(string reason, string text)
    {
        using LoopBench bench = new("text: never");
        bench.Hooks.Verdicts[HookEvent.UserPromptSubmit] = new HookVerdict(true, reason);
        Assert.Null(await bench.RunAsync("go"));
        Assert.Equal(["Turn go", $"text {text}", "TurnEnd"], bench.Events);
        Assert.Empty(bench.Context());
        Assert.Equal(["UserPromptSubmit go"], bench.Hooks.Triggered);
        Assert.Equal("""{"prompt":"go"}""", bench.Hooks.Payloads[0]);
    }

    [Fact]
    public async Task A_prompt_of_parts_is_an_empty_one_to_hooks()
    {
        using LoopBench bench = new("text: ok");
        await bench.RunAsync(new UserInput([new TextPart("go")]));
        Assert.Equal(["UserPromptSubmit", "Stop"], bench.Hooks.Triggered);
        Assert.Equal("""{"prompt":""}""", bench.Hooks.Payloads[0]);
    }

    [Fact]
    public async Task A_stop_hook_with_a_reason_has_one_more_turn()
    {
        using LoopBench bench = new("text: done", "text: tests too");
        bench.Hooks.Verdicts[HookEvent.Stop] = new HookVerdict(true, "run the tests");
        TurnResult? result = await bench.RunAsync("go");
        Assert.Equal(["Turn go", "Step 1", "text done", "Step 1", "text tests too", "TurnEnd"], bench.Events);
        Assert.Equal(["c0", "u:go", "c1", "a:done", "c2", "u:run the tests", "c3", "a:tests too"], bench.Context());
        Assert.Equal(["UserPromptSubmit go", "Stop"], bench.Hooks.Triggered);
        Assert.Equal("tests too", result!.FinalMessage!.ExtractText());
    }

    [Fact]
    public async Task A_stop_hook_without_a_reason_stops_nothing()
    {
        using LoopBench bench = new("text: done", "text: never");
        bench.Hooks.Verdicts[HookEvent.Stop] = new HookVerdict(true, "");
        await bench.RunAsync("go");
        Assert.Equal(["Turn go", "Step 1", "text done", "TurnEnd"], bench.Events);
    }

    [Fact]
    public async Task A_failed_step_is_reported_with_the_class_of_its_error()
    {
        using LoopBench bench = new("error: 400 no");
        await Assert.ThrowsAnyAsync<Exception>(() => bench.RunAsync("go"));
        Assert.Equal(["UserPromptSubmit go", "StopFailure APIStatusError"], bench.Hooks.Triggered);
        Assert.Equal("""{"error_type":"APIStatusError","error_message":"no"}""", bench.Hooks.Payloads[1]);
    }
}
