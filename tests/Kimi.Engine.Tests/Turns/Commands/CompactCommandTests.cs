using Kimi.Engine.Turns;

namespace Kimi.Engine.Tests.Turns.Commands;

public sealed class CompactCommandTests
{
    private const string Note = "<system>Previous context has been compacted. Here is the compaction output:</system>";

    [Fact]
    public async Task An_empty_context_is_said_to_be_empty()
    {
        await using SessionHarness harness = new();
        Assert.Equal(["Turn /compact", "text The context is empty.", "TurnEnd"], (await harness.RunAsync("/compact")).AllEvents);
    }

    [Fact]
    public async Task Older_messages_become_a_summary_and_the_last_two_stay()
    {
        await using SessionHarness harness = new(
            "text: Alpha noted.\nusage: input_other=500 output=20", "text: Beta noted.\nusage: input_other=540 output=22",
            "think: hm\ntext: \"Summary: alpha and beta\"\nusage: input_other=600 output=30", "text: Gamma noted.");
        await harness.RunAsync("alpha");
        await harness.RunAsync("beta");
        RecordedRun run = await harness.RunAsync("/compact keep the greek letters");
        Assert.Equal(
            ["Turn /compact keep the greek letters", "CompactionBegin", "CompactionEnd", "text The context has been compacted.", "Status 33", "TurnEnd"],
            run.AllEvents);
        Assert.StartsWith("""{"context_usage":0.00033,"context_tokens":33,"max_context_tokens":100000,"token_usage":null""", Assert.Single(run.Statuses), StringComparison.Ordinal);
        Assert.Equal(630, run.Outcome.Usage!.Total);
        await harness.RunAsync("gamma");
        Assert.Equal(
            ["c0", $"u:{Note}|Summary: alpha and beta", "u:beta", "a:Beta noted.", "=33", "c1", "u:gamma", "c2", "a:Gamma noted."],
            harness.Context());
        Assert.Equal(["c0", "u:alpha", "c1", "=500", "a:Alpha noted.", "=520", "c2", "u:beta", "c3", "=540", "a:Beta noted.", "=562"], harness.Context("context_1.jsonl"));
    }

    [Fact]
    public async Task With_two_messages_nothing_is_summarised_but_the_file_is_rewritten()
    {
        await using SessionHarness harness = new("text: Hello there.\nusage: input_other=500 output=20");
        await harness.RunAsync("eightchr");
        RecordedRun run = await harness.RunAsync("/compact");
        Assert.Equal(["Turn /compact", "CompactionBegin", "CompactionEnd", "text The context has been compacted.", "Status 5", "TurnEnd"], run.AllEvents);
        Assert.Equal(["c0", "u:eightchr", "a:Hello there.", "=5"], harness.Context());
        Assert.True(File.Exists(Path.Join(harness.Session.Directory, "context_1.jsonl")));
    }

    [Fact]
    public async Task With_one_message_that_message_is_kept()
    {
        await using SessionHarness harness = new("error: 400");
        await harness.RunAsync("only");
        await harness.RunAsync("/compact");
        Assert.Equal(["c0", "u:only", "=1"], harness.Context());
    }

    [Fact]
    public async Task A_failing_model_leaves_the_context_alone()
    {
        await using SessionHarness harness = new("text: a", "text: b", "error: 400 no");
        await harness.RunAsync("one");
        await harness.RunAsync("two");
        string[] before = harness.Context();
        RecordedRun run = await harness.RunAsync("/compact");
        Assert.Equal(["Turn /compact", "CompactionBegin", "TurnEnd"], run.AllEvents);
        Assert.Equal(TurnStatus.Failed, run.Outcome.Status);
        Assert.Equal("no", run.Outcome.Error!.Message);
        Assert.Equal(before, harness.Context());
        Assert.False(File.Exists(Path.Join(harness.Session.Directory, "context_1.jsonl")));
    }
}
