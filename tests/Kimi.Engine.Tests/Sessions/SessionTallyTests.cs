using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;
using Kimi.Engine.Tests.Turns;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Sessions;

/// <summary>What sessions used, as their files tell.</summary>
public sealed class SessionTallyTests
{
    private const string Other = """, "other": {"provider": "p", "model": "scripted_echo", "max_context_size": 100000}""";

    [Fact]
    public async Task Tokens_count_for_the_model_that_answered_compaction_included()
    {
        await using SessionHarness first = new(
            "text: one\nusage: input_other=100 output=10 input_cache_read=7", "text: more\nusage: input_other=50 output=5",
            "text: sum\nusage: input_other=9 output=2")
        {
            MoreModels = Other,
        };
        await first.RunAsync("first");
        await first.RunAsync("and then");
        await first.RunAsync("/compact");
        string directory = first.Session.Directory;
        await first.Session.DisposeAsync();

        first.Scripts.Clear();
        first.Scripts.Add("text: two\nusage: input_other=1000 output=20");
        first.Options.SessionId = Path.GetFileName(directory);
        first.Options.Model = "other";
        await first.OpenAsync();
        await first.RunAsync("second");

        SessionTally tally = SessionTally.Read(directory);
        Assert.Equal(["other", "t"], tally.Models.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(new TokenUsage(159, 17, 7), tally.Models["t"].Usage);
        Assert.Equal(3, tally.Models["t"].Requests);
        Assert.Equal(new TokenUsage(1000, 20), tally.Models["other"].Usage);
        Assert.Equal(1, tally.Models["other"].Requests);
        Assert.Equal(new TokenUsage(1159, 37, 7), tally.Usage);
    }

    [Fact]
    public async Task One_model_is_recorded_once_whatever_the_number_of_its_answers()
    {
        await using SessionHarness harness = new(SessionHarness.ToolCall("c1", "Shell", """{"command":"echo a"}"""), "text: done", "text: again");
        harness.Options.Yolo = true;
        await harness.RunAsync("go");
        await harness.RunAsync("more");
        JsonElement line = LenientJson.Parse(Assert.Single(File.ReadAllLines(Path.Join(harness.Session.Directory, "models.jsonl"))));
        Assert.Equal("t", line.StringOrNull("model"));
        Assert.NotNull(line.DoubleOrNull("timestamp"));
        Assert.Equal(2, line.EnumerateObject().Count());
    }

    [Fact]
    public async Task Without_a_record_of_models_tokens_count_for_none()
    {
        await using SessionHarness harness = new("text: one\nusage: input_other=100 output=10");
        await harness.RunAsync("go");
        File.Delete(Path.Join(harness.Session.Directory, "models.jsonl")); // as kimi-cli leaves its sessions
        SessionTally tally = SessionTally.Read(harness.Session.Directory);
        Assert.Equal("", Assert.Single(tally.Models).Key);
        Assert.Equal(new TokenUsage(100, 10), tally.Models[""].Usage);
    }

    [Fact]
    public async Task A_session_in_which_no_model_answered_keeps_no_record()
    {
        await using SessionHarness harness = new();
        await harness.OpenAsync();
        Assert.False(File.Exists(Path.Join(harness.Session.Directory, "models.jsonl")));
    }

    [Fact]
    public void A_subagent_with_a_model_of_its_own_counts_for_that_model()
    {
        using TempFolder folder = new();
        folder.Write("models.jsonl", """
            {"timestamp":100.5,"model":"main"}
            not a line
            """);
        folder.Write("subagents/a1/meta.json", """{"agent_id":"a1","launch_spec":{"effective_model":"small"}}""");
        folder.Write("wire.jsonl", string.Join('\n',
            """{"type":"metadata","protocol_version":"1.10"}""",
            """{"timestamp":100,"message":{"type":"StepBegin","payload":{"n":1}}}""",
            Status(101, 10, 1),
            """{"timestamp":102,"message":{"type":"SubagentEvent","payload":{"agent_id":"a1","event":{"type":"StepBegin","payload":{"n":1}}}}}""",
            Wrapped("a1", Payload(104, 200, 2)),
            Wrapped("a2", Payload(105, 3000, 3))) + "\n");

        SessionTally tally = SessionTally.Read(folder.Path);
        Assert.Equal(new TokenUsage(200, 2), tally.Models["small"].Usage);
        Assert.Equal(TimeSpan.FromSeconds(2), tally.Models["small"].Duration);
        Assert.Equal(new TokenUsage(3010, 4), tally.Models["main"].Usage);
        Assert.Equal(TimeSpan.FromSeconds(1), tally.ModelDuration);
        Assert.Equal(new TokenUsage(3200, 5), tally.SubagentUsage);
    }

    private static string Status(int at, int input, int output) => Record(at, Payload(at, input, output).Message);

    private static (int At, string Message) Payload(int at, int input, int output)
    {
        string usage = $"\"input_other\":{input},\"output\":{output},\"input_cache_read\":0,\"input_cache_creation\":0";
        return (at, $$"""{"type":"StatusUpdate","payload":{"token_usage":{ {{usage}} } } }""");
    }

    private static string Wrapped(string agent, (int At, string Message) status) =>
        Record(status.At, $$"""{"type":"SubagentEvent","payload":{"agent_id":"{{agent}}","event":{{status.Message}} } }""");

    private static string Record(int at, string message) => $$"""{"timestamp":{{at}},"message":{{message}} }""";
}
