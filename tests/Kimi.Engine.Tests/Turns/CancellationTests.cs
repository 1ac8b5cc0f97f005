using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Turns;

/// <summary>Cancelling wherever a turn may be, and what an approval does to one.</summary>
public sealed class CancellationTests
{
    private const string Command = "echo built";

    private static string Shell(string id, string command = Command) => SessionHarness.ToolCall(id, "Shell", $"{{\"command\": \"{command}\"}}");

    [Fact]
    public async Task During_compaction_the_context_stays()
    {
        using LoopBench bench = new("text: one\nusage: input_other=480 output=20", "text: sum") { MaxContextSize = 1000, Limits = new LoopControlConfig { CompactionTriggerRatio = 0.5, ReservedContextSize = 100 } };
        await bench.RunAsync("first");
        using CancellationTokenSource cancel = new();
        bench.Model.Pause = async (_, stop) =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.RunAsync(new UserInput("second"), cancel.Token));
        Assert.Equal(["Turn second", "Step 1", "CompactionBegin", "TurnEnd"], bench.Events);
        Assert.Equal(["c0", "u:first", "c1", "=480", "a:one", "=500", "c2", "u:second"], bench.Context());
        Assert.False(bench.HasFile("context_1.jsonl"));
    }

    [Fact]
    public async Task A_session_whose_opening_is_cancelled_is_free_again()
    {
        await using SessionHarness harness = new("text: ok");
        await harness.OpenAsync();
        await harness.CloseAsync();
        KimiSessionOptions options = harness.Options;
        options.SessionId = "mine";
        string config = options.ConfigText!;
        options.ConfigText = config.Replace("\"default_model\"", "\"hooks\": [{\"event\": \"SessionStart\", \"command\": \"exit 0\"}], \"default_model\"", StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => KimiSession.OpenAsync(options, new CancellationToken(canceled: true)));
        options.ConfigText = config;
        await using KimiSession session = await KimiSession.OpenAsync(options, TestContext.Current.CancellationToken);
        Assert.Equal("mine", session.Id);
    }

    [Fact]
    public async Task A_listener_that_does_not_read_does_not_keep_a_cancelled_turn_from_ending()
    {
        await using SessionHarness harness = new(string.Join('\n', Enumerable.Repeat("text: more", 3000)));
        KimiSession session = await harness.OpenAsync();
        using WireSubscription deaf = session.Hub.Subscribe(capacity: 4);
        Task<TurnOutcome> run = session.RunAsync(new UserInput("go"), null, TestContext.Current.CancellationToken);
        await deaf.WaitToReadAsync(TestContext.Current.CancellationToken);
        Assert.True(session.Cancel());
        TurnOutcome outcome = await run.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(TurnStatus.Cancelled, outcome.Status);
        WireMessage? last = null;
        while (deaf.TryRead(out WireMessage? message))
        {
            last = message;
        }

        Assert.IsType<TurnEnd>(last);
    }

    [Fact]
    public async Task An_open_approval_is_rejected_and_the_call_has_no_result()
    {
        await using SessionHarness harness = new(Shell("c1"), "text: fresh");
        KimiSession session = await harness.OpenAsync();
        List<string> events = [];
        TurnOutcome? outcome = null;
        await foreach (WireMessage message in session.RunTurnAsync(new UserInput("build"), null, result => outcome = result, TestContext.Current.CancellationToken))
        {
            events.Add(message is ApprovalResponse response ? $"ApprovalResponse {response.Response}" : message.Type);
            if (message is ApprovalRequest)
            {
                Assert.True(session.Cancel());
            }
        }

        Assert.Equal(TurnStatus.Cancelled, outcome!.Status);
        Assert.DoesNotContain("ToolResult", events);
        Assert.DoesNotContain("StepInterrupted", events);
        Assert.Contains("ApprovalResponse Reject", events);
        Assert.Contains("TurnEnd", events);
        Assert.Equal(["c0", "u:build", "c1"], harness.Context());
        await harness.RunAsync("again");
        Assert.Equal(["c2", "u:again", "c3", "a:fresh"], harness.Context()[3..]);
    }

    [Theory]
    [InlineData(ApprovalResponseKind.Approve, "", "text: ok", 2)]
    [InlineData(ApprovalResponseKind.ApproveForSession, "", "text: ok", 2)]
    [InlineData(ApprovalResponseKind.Reject, "", "", 1)]
    [InlineData(ApprovalResponseKind.Reject, "use make", "text: ok", 2)]
    public async Task An_answer_decides_about_the_call(ApprovalResponseKind kind, string feedback, string next, int steps)
    {
        await using SessionHarness harness = new(Shell("c1"), next.Length == 0 ? "text: never" : next);
        ApprovalRequest? asked = null;
        harness.Options.Approve = (request, _) =>
        {
            asked = request;
            return Task.FromResult<ApprovalAnswer?>(new ApprovalAnswer(kind, feedback));
        };
        RecordedRun run = await harness.RunAsync("build");
        Assert.Equal(("Shell", "run command", "c1", "foreground_turn"), (asked!.Sender, asked.Action, asked.ToolCallId, asked.SourceKind));
        Assert.Equal((TurnStatus.Finished, steps), (run.Outcome.Status, run.Outcome.StepCount));
        ToolReturnValue result = Assert.Single(run.Messages.OfType<ToolResultEvent>()).ReturnValue;
        Assert.Equal(kind == ApprovalResponseKind.Reject, result.IsError);
        bool isKept = harness.State().ValueKind == System.Text.Json.JsonValueKind.Object
            && harness.State().GetProperty("approval").GetProperty("auto_approve_actions").EnumerateArray().Any(static action => action.GetString() == "run command");
        Assert.Equal(kind == ApprovalResponseKind.ApproveForSession, isKept);
    }

    [Fact]
    public async Task An_action_approved_for_the_session_is_not_asked_again_even_after_resuming()
    {
        await using SessionHarness harness = new(Shell("c1"), "text: ok", Shell("c2"), "text: ok");
        int asked = 0;
        harness.Options.Approve = (_, _) =>
        {
            asked++;
            return Task.FromResult<ApprovalAnswer?>(new ApprovalAnswer(ApprovalResponseKind.ApproveForSession));
        };
        await harness.RunAsync("build");
        await harness.RunAsync("again");
        Assert.Equal(1, asked);
        harness.Options.SessionId = harness.Session.Id;
        await harness.CloseAsync();
        await harness.RunAsync("and again");
        Assert.Equal(1, asked);
    }

    [Theory]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    [InlineData(false, false, true)]
    public async Task Yolo_and_afk_of_either_kind_ask_nobody(bool yolo, bool afk, bool overlay)
    {
        await using SessionHarness harness = new(Shell("c1"), "text: ok");
        harness.Options.Yolo = yolo;
        harness.Options.Afk = afk;
        harness.Options.RuntimeAfk = overlay;
        RecordedRun run = await harness.RunAsync("build");
        Assert.DoesNotContain("ApprovalRequest", run.Events);
        Assert.False(Assert.Single(run.Messages.OfType<ToolResultEvent>()).ReturnValue.IsError);
        bool stored = harness.State().GetProperty("approval").GetProperty("afk").GetBoolean();
        Assert.Equal(afk, stored);
    }

    [Fact]
    public async Task A_session_resumes_where_it_was()
    {
        await using SessionHarness harness = new("text: Hello Ada.\nusage: input_other=50 output=4", "text: never");
        await harness.RunAsync("I am Ada");
        string id = harness.Session.Id;
        string prompt = harness.Session.SystemPrompt;
        Assert.True(await harness.CloseAsync());

        harness.Scripts.Clear();
        harness.Scripts.Add("text: You are Ada.");
        harness.Options.Continue = true;
        KimiSession session = await harness.OpenAsync();
        Assert.Equal((id, true, 54L, prompt), (session.Id, session.IsResumed, session.ContextTokens, session.SystemPrompt));
        await harness.RunAsync("who am I?");
        Assert.Equal(["c0", "u:I am Ada", "c1", "=50", "a:Hello Ada.", "=54", "c2", "u:who am I?", "c3", "a:You are Ada."], harness.Context());
        Assert.Equal("I am Ada", session.Title);
    }

    [Fact]
    public async Task An_empty_session_is_not_kept()
    {
        await using SessionHarness harness = new();
        KimiSession session = await harness.OpenAsync();
        string directory = session.Directory;
        Assert.False(await harness.CloseAsync());
        Assert.False(Directory.Exists(directory));
    }
}
