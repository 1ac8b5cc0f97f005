using Kimi.Engine.Chat;
using Kimi.Engine.Tests.Tools;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Turns;

/// <summary>Inputs for a turn that is running.</summary>
public sealed class SteerTests
{
    [Fact]
    public async Task Inputs_are_taken_in_order_behind_a_step_and_its_tools()
    {
        await using SessionHarness harness = new($"text: a\n{SessionHarness.ToolCall("c1", "Steer")}", "text: b");
        harness.Options.Tools = [Steering(harness, new UserInput("first"), new UserInput([new TextPart("second")]))];
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal(["Turn go", "Step 1", "text a", "call c1", "result c1", "Steer first", "Steer second", "Step 2", "text b", "TurnEnd"], run.Events);
        Assert.Equal(["c0", "u:go", "c1", "a:a Steer#c1", "t#c1:steered", "u:first", "u:second", "c2", "a:b"], harness.Context());
        Assert.Equal(
            ["""{"user_input":"first"}""", """{"user_input":[{"type":"text","text":"second"}]}"""],
            run.Messages.OfType<SteerInput>().Select(RecordedRun.Payload));
    }

    [Fact]
    public async Task An_input_that_comes_while_the_last_step_ends_leads_to_one_more()
    {
        using LoopBench bench = new("text: a", "text: b");
        bool given = false;
        bench.Model.Pause = (_, _) =>
        {
            if (!given)
            {
                given = true;
                Assert.True(bench.Agent.Steers.TryAdd(new UserInput("more")));
            }

            return Task.CompletedTask;
        };
        TurnResult? result = await bench.RunAsync("go");
        Assert.Equal(["Turn go", "Step 1", "text a", "Steer more", "Step 2", "text b", "TurnEnd"], bench.Events);
        Assert.Equal("b", result!.FinalMessage!.ExtractText());
        Assert.False(bench.Agent.Steers.TryAdd(new UserInput("late")));
    }

    [Fact]
    public async Task A_rejected_call_does_not_end_a_turn_that_is_steered()
    {
        await using SessionHarness harness = new(SessionHarness.ToolCall("c1", "Ask"), "text: b");
        harness.Options.Tools = [new FunctionTool("Ask", (_, _) =>
        {
            harness.Session.Steer(new UserInput("rather this"));
            return Task.FromResult(Kimi.Engine.Tools.Approvals.ApprovalService.Rejected("", isSubagent: false));
        })];
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal(["result c1", "Steer rather this", "Step 2", "text b", "TurnEnd"], run.Events[^5..]);
    }

    [Fact]
    public async Task Media_that_the_model_cannot_take_end_the_run_without_an_interrupted_step()
    {
        await using SessionHarness harness = new(SessionHarness.ToolCall("c1", "Steer"), "text: never");
        harness.Options.Tools = [Steering(harness, new UserInput([new ImageUrlPart("x")]))];
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal(["Turn go", "Step 1", "call c1", "result c1", "TurnEnd"], run.Events);
        Assert.IsType<LlmNotSupportedException>(run.Outcome.Error);
    }

    [Fact]
    public async Task Without_a_turn_there_is_nothing_to_steer()
    {
        await using SessionHarness harness = new("error: 400");
        KimiSession session = await harness.OpenAsync();
        Assert.False(session.Steer(new UserInput("x")));
        await harness.RunAsync("go");
        Assert.False(session.Steer(new UserInput("x")));
        Assert.False(session.Cancel());
    }

    [Fact]
    public async Task An_input_accepted_while_a_command_runs_is_answered()
    {
        await using SessionHarness harness = new("text: one", "text: two", "text: sum", "text: answered");
        await harness.RunAsync("a");
        await harness.RunAsync("b");
        KimiSession session = harness.Session;
        List<string> events = [];
        bool steered = false;
        await foreach (WireMessage message in session.RunTurnAsync(new UserInput("/compact"), null, null, TestContext.Current.CancellationToken))
        {
            if (message is CompactionBegin)
            {
                steered = session.Steer(new UserInput("and then?"));
            }

            events.Add(message.Type);
        }

        // Whether the command was still running when the input came is a race; accepted input is answered, other input refused.
        Assert.Equal(steered, events.Contains("SteerInput"));
        Assert.Equal(steered, harness.Context()[^1] == "a:answered");
    }

    [Fact]
    public async Task An_input_accepted_while_a_hook_blocks_the_prompt_is_answered()
    {
        await using SessionHarness harness = new("text: answered");
        KimiSession session = await harness.OpenAsync();
        session.AddHook("UserPromptSubmit", "", 30, (_, _) =>
        {
            Assert.True(session.Steer(new UserInput("rather this")));
            return Task.FromResult(new HookAnswer(true, "no"));
        });
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal(["Turn go", "text no", "Steer rather this", "Step 1", "text answered", "TurnEnd"], run.Events);
        Assert.Equal(["u:rather this", "c0", "a:answered"], harness.Context());
        Assert.Equal(TurnStatus.Finished, run.Outcome.Status);
    }

    [Fact]
    public async Task In_a_flow_an_input_stays_for_the_next_turn()
    {
        await using SessionHarness harness = new(SessionHarness.ToolCall("c1", "Steer"), "text: a", "text: b");
        harness.Options.SkillsDirectories = [harness.At("skills")];
        harness.Write("skills/loop/SKILL.md", "---\nname: loop\ndescription: Work\ntype: flow\n---\n```mermaid\nflowchart LR\nA([BEGIN]) --> W[one]\nW --> X[two]\nX --> Z([END])\n```\n");
        harness.Options.Tools = [Steering(harness, new UserInput("hey"))];
        RecordedRun run = await harness.RunAsync("/flow:loop");
        Assert.Equal(
            ["Turn /flow:loop", "Turn one", "Step 1", "call c1", "result c1", "Steer hey", "Step 2", "text a", "TurnEnd", "Turn two", "Step 1", "text b", "TurnEnd", "TurnEnd"],
            run.Events);
    }

    private static FunctionTool Steering(SessionHarness harness, params UserInput[] inputs) => new("Steer", (_, _) =>
    {
        foreach (UserInput input in inputs)
        {
            Assert.True(harness.Session.Steer(input));
        }

        return Task.FromResult(ToolReturnValue.Ok("steered"));
    });
}
