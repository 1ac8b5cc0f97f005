using Kimi.Engine.Chat;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Turns;

/// <summary>Flows and the Ralph loop as they run.</summary>
public sealed class FlowRunTests
{
    private const string Question = "good enough?\n\nAvailable branches:\n- no\n- yes\n\nReply with a choice using <choice>...</choice>.";
    private const string Again = Question + "\n\nYour last response did not include a valid choice. Reply with one of the choices using <choice>...</choice>.";

    [Fact]
    public async Task A_flow_goes_from_node_to_node_and_asks_again_for_a_valid_choice()
    {
        await using SessionHarness harness = Harness("text: polished", "text: \"I say <choice>perhaps</choice>\"", "text: \"<choice>yes</choice> or <choice> no </choice>\"", "text: better", "text: \"<choice>yes</choice>\"");
        RecordedRun run = await harness.RunAsync("/flow:loop");
        Assert.Equal(
            [
                "/flow:loop", "polish", Question, Again, "polish", Question,
            ],
            run.Messages.OfType<TurnBegin>().Select(static turn => turn.UserInput.Text));
        Assert.Equal(6, run.Messages.OfType<TurnEnd>().Count());
        Assert.Equal("TurnEnd", run.AllEvents[^2]);
        Assert.Equal(5, run.Outcome.StepCount);
        Assert.Equal(["c0", "u:polish", "c1", "a:polished", "c2", $"u:{Question}"], harness.Context()[..6]);
        Assert.Null(harness.Session.Title);
    }

    [Fact]
    public async Task A_flow_with_arguments_does_nothing()
    {
        await using SessionHarness harness = Harness("text: never");
        List<string> log = [];
        harness.Options.Log = (_, line) => log.Add(line);
        RecordedRun run = await harness.RunAsync("/flow:loop now");
        Assert.Equal(["Turn /flow:loop now", "TurnEnd"], run.AllEvents);
        Assert.Contains(log, static line => line.Contains("/flow:loop", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rejected_call_ends_the_flow()
    {
        await using SessionHarness harness = Harness(SessionHarness.ToolCall("c1", "Ask"), "text: never");
        harness.Options.Tools = [new Tools.FunctionTool("Ask", (_, _) => Task.FromResult(Kimi.Engine.Tools.Approvals.ApprovalService.Rejected("", isSubagent: false)))];
        RecordedRun run = await harness.RunAsync("/flow:loop");
        Assert.Equal(["Turn /flow:loop", "Turn polish", "Step 1", "call c1", "result c1", "TurnEnd", "TurnEnd"], run.Events);
        Assert.Equal(TurnStatus.Finished, run.Outcome.Status);
    }

    [Fact]
    public async Task A_node_that_leads_nowhere_ends_the_flow_and_is_logged()
    {
        await using SessionHarness harness = Harness("text: \"<choice>other</choice>\"", "text: stuck", "text: never");
        harness.Write("skills/loop/SKILL.md", "---\nname: loop\ntype: flow\n---\n```d2\nBEGIN -> q\nq -> END: done\nq -> aside: other\n```\n");
        List<(string Level, string Text)> log = [];
        harness.Options.Log = (level, text) => log.Add((level, text));
        RecordedRun run = await harness.RunAsync("/flow:loop");
        Assert.Equal((TurnStatus.Finished, 2), (run.Outcome.Status, run.Outcome.StepCount));
        Assert.Contains(("Error", "The flow /flow:loop ended at its node \"aside\", which leads nowhere."), log);
    }

    [Fact]
    public async Task A_flow_without_end_is_stopped_after_a_thousand_moves()
    {
        await using SessionHarness harness = Harness([.. Enumerable.Repeat("text: \"<choice>no</choice>\"", 1002)]);
        RecordedRun run = await harness.RunAsync("/flow:loop");
        Assert.Equal((TurnStatus.MaxStepsReached, 1000), (run.Outcome.Status, run.Outcome.Steps));
    }

    [Fact]
    public async Task Ralph_repeats_a_prompt_until_its_moves_are_used_up()
    {
        await using SessionHarness harness = new("text: work", "text: \"<choice>CONTINUE</choice>\"", "text: \"<choice>CONTINUE</choice>\"", "text: never");
        harness.Options.MaxRalphIterations = 2;
        RecordedRun run = await harness.RunAsync("fix it");
        TurnBegin[] turns = [.. run.Messages.OfType<TurnBegin>()];
        Assert.Equal(4, turns.Length);
        Assert.Equal("fix it", turns[0].UserInput.Text);
        Assert.Equal("""{"user_input":[{"type":"text","text":"fix it"}]}""", RecordedRun.Payload(turns[1]));
        Assert.StartsWith("fix it. (", turns[2].UserInput.Text, StringComparison.Ordinal);
        Assert.Contains("\n\nAvailable branches:\n- CONTINUE\n- STOP\n\n", turns[2].UserInput.Text, StringComparison.Ordinal);
        Assert.Equal(turns[2].UserInput.Text, turns[3].UserInput.Text);
        Assert.Equal((TurnStatus.MaxStepsReached, 3), (run.Outcome.Status, run.Outcome.Steps));
        Assert.Null(harness.Session.Title);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(-1)]
    public async Task Ralph_stops_when_told_and_asks_again_without_counting(int iterations)
    {
        await using SessionHarness harness = new("text: work", "text: hm", "text: hm", "text: hm", "text: \"done <choice>STOP</choice>\"");
        harness.Options.MaxRalphIterations = iterations;
        RecordedRun run = await harness.RunAsync("fix it");
        Assert.Equal((TurnStatus.Finished, 5), (run.Outcome.Status, run.Outcome.StepCount));
        Assert.Equal(6, run.Messages.OfType<TurnBegin>().Count());
        Assert.Equal("fix it", harness.Session.Title);
    }

    [Fact]
    public async Task Ralph_leaves_commands_alone_and_takes_parts()
    {
        await using SessionHarness harness = new("text: work", "text: \"<choice>STOP</choice>\"");
        harness.Options.MaxRalphIterations = 5;
        Assert.Equal(["Turn /yolo", "text You only live once! All actions will be auto-approved.", "TurnEnd"], (await harness.RunAsync("/yolo")).AllEvents);
        RecordedRun run = await harness.RunAsync(new UserInput([new TextPart("a"), new TextPart("b")]));
        Assert.Equal(["Turn [a b]", "Turn [a b]"], run.Events[..2]);
        Assert.StartsWith("Turn a b. (", run.Events[5], StringComparison.Ordinal);
    }

    private static SessionHarness Harness(params string[] scripts)
    {
        SessionHarness harness = new(scripts);
        harness.Options.SkillsDirectories = [harness.At("skills")];
        harness.Write(
            "skills/loop/SKILL.md",
            "---\nname: loop\ndescription: Work until good\ntype: flow\n---\n```mermaid\nflowchart LR\nA([BEGIN]) --> W[polish]\nW --> Q{good enough?}\nQ -->|no| W\nQ -->|yes| Z([END])\n```\n");
        return harness;
    }
}
