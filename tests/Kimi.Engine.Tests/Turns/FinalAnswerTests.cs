using Kimi.Engine.Text;
using Kimi.Engine.Turns;
using Kimi.Engine.Turns.Answers;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Turns;

public sealed class FinalAnswerTests
{
    private const string Schema = """{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}""";

    [Fact]
    public async Task An_answer_given_by_the_tool_ends_the_turn()
    {
        await using SessionHarness harness = new(Call("{\"n\": 3}"), "text: never asked for");
        (TurnOutcome outcome, int left) = await RunAsync(harness, Schema);

        Assert.Equal(TurnStatus.Finished, outcome.Status);
        Assert.Equal("{\"n\": 3}", outcome.Data!.Value.GetRawText());
        Assert.Equal(1, left);
    }

    [Fact]
    public async Task A_call_that_does_not_fit_is_answered_with_the_fault()
    {
        await using SessionHarness harness = new(Call("{\"n\": \"x\"}"), Call("{\"n\": 4}"));
        (TurnOutcome outcome, _) = await RunAsync(harness, Schema);
        Assert.Equal(4, outcome.Data!.Value.GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task An_answer_given_as_text_counts()
    {
        await using SessionHarness harness = new("text: {\"n\": 5}");
        (TurnOutcome outcome, _) = await RunAsync(harness, Schema);
        Assert.Equal(5, outcome.Data!.Value.GetProperty("n").GetInt32());
    }

    [Fact]
    public async Task A_missing_answer_is_asked_for_once_more_and_then_is_an_error()
    {
        await using SessionHarness repaired = new("text: sorry", Call("{\"n\": 6}"));
        Assert.Equal(6, (await RunAsync(repaired, Schema)).Outcome.Data!.Value.GetProperty("n").GetInt32());

        await using SessionHarness failed = new("text: sorry", "text: no", "text: never asked for");
        TurnOutcome outcome = (await RunAsync(failed, Schema)).Outcome;
        Assert.Equal(TurnStatus.Failed, outcome.Status);
        Assert.IsType<FinalAnswerException>(outcome.Error);
        Assert.Null(outcome.Data);
    }

    [Fact]
    public async Task An_answer_that_is_no_object_travels_in_one()
    {
        await using SessionHarness harness = new(Call("{\"answer\": [1, 2]}"));
        (TurnOutcome outcome, _) = await RunAsync(harness, """{"type": "array", "items": {"type": "integer"}}""");
        Assert.Equal("[1, 2]", outcome.Data!.Value.GetRawText());
    }

    private static string Call(string arguments) => SessionHarness.ToolCall("c1", FinalAnswerTool.ToolName, arguments);

    private static async Task<(TurnOutcome Outcome, int ScriptsLeft)> RunAsync(SessionHarness harness, string schema)
    {
        RecordedRun run = await harness.RunAsync("count", options: new TurnOptions { ResponseSchema = LenientJson.Parse(schema) });
        Assert.IsType<TurnEnd>(run.Messages[^1]);
        Assert.DoesNotContain(harness.Session.ToolDefinitions, static tool => tool.Name == FinalAnswerTool.ToolName);
        return (run.Outcome, harness.Scripts.Count - run.Outcome.StepCount);
    }
}
