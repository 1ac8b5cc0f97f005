using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Turns;

public sealed class LocalHookTests
{
    [Fact]
    public async Task A_hook_of_the_caller_blocks_a_tool_until_it_is_taken_away()
    {
        await using SessionHarness harness = new(
            SessionHarness.ToolCall("c1", "SetTodoList", """{"todos": [{"title": "x", "status": "done"}]}"""), "text: one", SessionHarness.ToolCall("c2", "SetTodoList", """{"todos": [{"title": "y", "status": "done"}]}"""), "text: two");
        KimiSession session = await harness.OpenAsync();
        List<string?> seen = [];
        IDisposable hook = session.AddHook("PreToolUse", "^SetTodoList$", 5, (payload, _) =>
        {
            seen.Add(payload.GetProperty("tool_input").GetProperty("todos")[0].GetProperty("title").GetString());
            return Task.FromResult(new HookAnswer(true, "not now"));
        });

        Assert.Equal("not now", Assert.Single((await harness.RunAsync("go")).Messages.OfType<ToolResultEvent>()).ReturnValue.Message);
        hook.Dispose();
        Assert.Equal("Todo list updated", Assert.Single((await harness.RunAsync("go")).Messages.OfType<ToolResultEvent>()).ReturnValue.Message);
        Assert.Equal(["x"], seen);
    }

    [Fact]
    public async Task A_hook_that_throws_allows()
    {
        await using SessionHarness harness = new(SessionHarness.ToolCall("c1", "SetTodoList", """{"todos": [{"title": "x", "status": "done"}]}"""), "text: one");
        KimiSession session = await harness.OpenAsync();
        session.AddHook("PreToolUse", "", 5, static (_, _) => throw new InvalidOperationException("broken"));
        Assert.False(Assert.Single((await harness.RunAsync("go")).Messages.OfType<ToolResultEvent>()).ReturnValue.IsError);
    }

    [Fact]
    public async Task An_unknown_event_is_refused()
    {
        await using SessionHarness harness = new("text: one");
        KimiSession session = await harness.OpenAsync();
        Assert.Contains("PreToolUse", Assert.Throws<ArgumentException>(() => session.AddHook("Before", "", 5, static (_, _) => Task.FromResult(new HookAnswer(false)))).Message, StringComparison.Ordinal);
    }
}
