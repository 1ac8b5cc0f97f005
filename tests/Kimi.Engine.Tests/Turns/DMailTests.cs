using Kimi.Engine.Chat;
using Kimi.Engine.Tests.Tools;

namespace Kimi.Engine.Tests.Turns;

/// <summary>Checkpoints and messages to the past.</summary>
public sealed class DMailTests
{
    [Fact]
    public async Task A_mail_takes_the_conversation_back_and_the_turn_goes_on()
    {
        using LoopBench bench = new($"text: exploring\n{SessionHarness.ToolCall("c1", "Send")}", "text: done");
        string? refused = null;
        bench.Conversation.AnnouncesCheckpoints = true;
        bench.Toolset.Add(new FunctionTool("Send", (_, _) =>
        {
            Assert.Equal("There is no checkpoint with the given ID", bench.Agent.DMail.Send("x", 2));
            Assert.Null(bench.Agent.DMail.Send("  look in src\n", 1));
            refused = bench.Agent.DMail.Send("again", 0);
            return Task.FromResult(ToolReturnValue.Ok("sent"));
        }));
        await bench.RunAsync("go");
        Assert.Equal("Only one D-Mail can be sent at a time", refused);
        Assert.Equal(["Turn go", "Step 1", "text exploring", "call c1", "result c1", "Step 2", "text done", "TurnEnd"], bench.Events);

        string[] context = bench.Context();
        Assert.Equal(["c0", "u:<system>CHECKPOINT 0</system>", "u:go", "c1", "u:<system>CHECKPOINT 1</system>"], context[..5]);
        Assert.StartsWith("u:<system>", context[5], StringComparison.Ordinal);
        Assert.EndsWith("D-Mail content:\n\nlook in src</system>", context[5], StringComparison.Ordinal);
        Assert.Equal(["c2", "u:<system>CHECKPOINT 2</system>", "a:done"], context[6..]);
        Assert.Equal(
            ["c0", "u:<system>CHECKPOINT 0</system>", "u:go", "c1", "u:<system>CHECKPOINT 1</system>", "a:exploring Send#c1", "t#c1:sent"],
            bench.Context("context_1.jsonl"));
        Assert.False(bench.Agent.DMail.HasMail);
    }

    [Fact]
    public async Task A_rejected_call_beside_it_discards_the_mail()
    {
        using LoopBench bench = new($"{SessionHarness.ToolCall("c1", "Send")}\n{SessionHarness.ToolCall("c2", "Ask")}", "text: later");
        bench.Toolset.Add(new FunctionTool("Send", (_, _) =>
        {
            bench.Agent.DMail.Send("x", 0);
            return Task.FromResult(ToolReturnValue.Ok("sent"));
        }));
        bench.Toolset.Add(new FunctionTool("Ask", (_, _) => Task.FromResult(Kimi.Engine.Tools.Approvals.ApprovalService.Rejected("", isSubagent: false))));
        await bench.RunAsync("go");
        Assert.False(bench.HasFile("context_1.jsonl"));
        await bench.RunAsync("next");
        Assert.Equal("a:later", bench.Context()[^1]);
        Assert.False(bench.HasFile("context_1.jsonl"));
    }

    [Fact]
    public async Task Going_back_forgets_repeated_calls()
    {
        string[] scripts = [.. Enumerable.Range(1, 4).Select(static i => SessionHarness.ToolCall($"c{i}", "Note")), "text: done"];
        scripts[1] += "\n" + SessionHarness.ToolCall("m", "Send");
        using LoopBench bench = new(scripts);
        bench.Toolset.Add(new FunctionTool("Note", "x"));
        bench.Toolset.Add(new FunctionTool("Send", (_, _) =>
        {
            bench.Agent.DMail.Send("x", 0);
            return Task.FromResult(ToolReturnValue.Ok("sent"));
        }));
        await bench.RunAsync("go");
        Assert.DoesNotContain(bench.Context(), static line => line.Contains("<system-reminder>", StringComparison.Ordinal));
    }
}
