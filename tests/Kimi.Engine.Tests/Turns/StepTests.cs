using Kimi.Engine.Chat;
using Kimi.Engine.Tests.Tools;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Turns;

/// <summary>Order of events and lines of the context: plain, with tools, failed, cancelled, rejected.</summary>
public sealed class StepTests
{
    private static string Call(string id, string name, string arguments = "{}") => SessionHarness.ToolCall(id, name, arguments);

    [Fact]
    public async Task A_plain_turn_has_one_step()
    {
        await using SessionHarness harness = new("id: m-1\nusage: input_other=400 output=20 input_cache_read=80\nthink: hm\ntext: Hello\ntext: \" there\"");
        RecordedRun run = await harness.RunAsync("hi");
        Assert.Equal(["Turn hi", "Step 1", "think hm", "text Hello", "text  there", "Status 480 plan=False", "TurnEnd"], run.AllEvents);
        Assert.Equal(
            """{"context_usage":0.0048,"context_tokens":480,"max_context_tokens":100000,"token_usage":{"input_other":400,"output":20,"input_cache_read":80,"input_cache_creation":0},"message_id":"m-1","plan_mode":false,"mcp_status":null}""",
            Assert.Single(run.Statuses));
        Assert.Equal(["c0", "u:hi", "c1", "=480", "a:Hello there", "=500"], harness.Context());
        Assert.Equal("""{"role":"assistant","content":[{"type":"think","think":"hm","encrypted":null},{"type":"text","text":"Hello there"}]}""", harness.Lines()[4]);
        Assert.Equal((TurnStatus.Finished, StopReason.NoToolCalls, 1, 500L), (run.Outcome.Status, run.Outcome.StopReason!.Value, run.Outcome.StepCount, run.Outcome.Usage!.Total));
        Assert.Equal("Hello there", run.Outcome.FinalMessage!.ExtractText());
        Assert.Equal("hi", harness.Session.Title);
    }

    [Fact]
    public async Task Without_usage_there_are_no_counts()
    {
        await using SessionHarness harness = new("text: Hello");
        RecordedRun run = await harness.RunAsync("hi");
        Assert.Equal("""{"context_usage":null,"context_tokens":null,"max_context_tokens":null,"token_usage":null,"message_id":null,"plan_mode":false,"mcp_status":null}""", Assert.Single(run.Statuses));
        Assert.Equal(["c0", "u:hi", "c1", "a:Hello"], harness.Context());
        Assert.Null(run.Outcome.Usage);
    }

    [Fact]
    public async Task Steps_go_on_until_no_tool_is_called_and_numbers_go_on_over_turns()
    {
        await using SessionHarness harness = new($"text: a\n{Call("c1", "Note")}\nusage: input_other=10 output=1", "text: b\nusage: input_other=20 output=2", "text: c");
        harness.Options.Tools = [new FunctionTool("Note", "noted")];
        RecordedRun run = await harness.RunAsync("one");
        Assert.Equal(["Turn one", "Step 1", "text a", "call c1", "result c1", "Step 2", "text b", "TurnEnd"], run.Events);
        await harness.RunAsync("two");
        Assert.Equal(
            ["c0", "u:one", "c1", "=10", "a:a Note#c1", "=11", "t#c1:noted", "c2", "=20", "a:b", "=22", "c3", "u:two", "c4", "a:c"],
            harness.Context());
    }

    [Fact]
    public async Task Tools_of_a_step_run_at_the_same_time_and_are_stored_in_the_order_of_the_calls()
    {
        TaskCompletionSource second = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using SessionHarness harness = new($"{Call("c1", "Slow")}\n{Call("c2", "Fast")}", "text: done");
        harness.Options.Tools =
        [
            new FunctionTool("Slow", async (_, stop) =>
            {
                await second.Task.WaitAsync(stop);
                return ToolReturnValue.Ok("slow");
            }),
            new FunctionTool("Fast", (_, _) =>
            {
                second.SetResult();
                return Task.FromResult(ToolReturnValue.Ok("fast"));
            }),
        ];
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal(2, run.Messages.OfType<ToolResultEvent>().Count());
        Assert.Equal(["c0", "u:go", "c1", "a: Slow#c1 Fast#c2", "t#c1:slow", "t#c2:fast", "c2", "a:done"], harness.Context());
    }

    [Fact]
    public async Task A_tool_starts_before_the_answer_has_ended()
    {
        using LoopBench bench = new($"{Call("c1", "Note")}\ntext: later", "text: done");
        TaskCompletionSource called = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bench.Toolset.Add(new FunctionTool("Note", (_, _) =>
        {
            called.TrySetResult();
            return Task.FromResult(ToolReturnValue.Ok("x"));
        }));
        bench.Model.Pause = (index, stop) => index == 1 ? called.Task.WaitAsync(TimeSpan.FromSeconds(30), stop) : Task.CompletedTask;
        await bench.RunAsync("go");
        Assert.Equal(["Turn go", "Step 1", "call c1", "text later"], bench.Events[..4]);
        Assert.Equal("a:done", bench.Context()[^1]);
    }

    [Theory]
    [InlineData("error", "<system>ERROR: bad</system>|out")]
    [InlineData("ok", "<system>good</system>|out")]
    [InlineData("nothing", "<system>Tool output is empty.</system>")]
    [InlineData("throws", "<system>ERROR: Error running tool: boom\nThis is an unexpected error and the tool is probably not working.</system>")]
    public async Task Results_become_messages(string kind, string text)
    {
        await using SessionHarness harness = new(Call("c1", "Note"), "text: done");
        harness.Options.Tools = [new FunctionTool("Note", (_, _) => Task.FromResult(kind switch
        {
            "error" => ToolReturnValue.Error("bad", "b", "out"),
            "ok" => ToolReturnValue.Ok("out", "good"),
            "nothing" => ToolReturnValue.Ok(""),
            _ => throw new InvalidOperationException("boom"),
        }))];
        await harness.RunAsync("go");
        Assert.Equal($"t#c1:{text}", harness.Context()[4]);
    }

    [Fact]
    public async Task Unknown_tools_and_bad_arguments_are_answered()
    {
        await using SessionHarness harness = new($"{Call("c1", "Nope")}\n{Call("c2", "Note", "{broken")}", "text: done");
        harness.Options.Tools = [new FunctionTool("Note", "x")];
        RecordedRun run = await harness.RunAsync("go");
        Dictionary<string, ToolReturnValue> results = run.Messages.OfType<ToolResultEvent>().ToDictionary(static result => result.ToolCallId, static result => result.ReturnValue);
        Assert.Equal(("Tool `Nope` not found", "Tool `Nope` not found"), (results["c1"].Message, results["c1"].Brief));
        Assert.StartsWith("Error parsing JSON arguments: ", results["c2"].Message, StringComparison.Ordinal);
        Assert.Equal("Invalid arguments", results["c2"].Brief);
        Assert.Equal(TurnStatus.Finished, run.Outcome.Status);
    }

    [Fact]
    public async Task Media_that_the_model_cannot_take_fails_the_step_and_stores_nothing_of_it()
    {
        await using SessionHarness harness = new($"text: look\n{Call("c1", "Picture")}\nusage: input_other=10 output=1");
        harness.Options.Tools = [new FunctionTool("Picture", (_, _) => Task.FromResult(ToolReturnValue.Ok([new ImageUrlPart("data:image/png;base64,AA==")])))];
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal(["Turn go", "Step 1", "text look", "call c1", "result c1", "StepInterrupted", "TurnEnd"], run.Events);
        Assert.Equal(["c0", "u:go", "c1", "=10"], harness.Context());
        Assert.Equal("LLM model 'scripted_echo' does not support required capability: image_in.", Assert.IsType<LlmNotSupportedException>(run.Outcome.Error).Message);
    }

    [Fact]
    public async Task Media_that_the_model_takes_get_a_note_before_them()
    {
        await using SessionHarness harness = new(Call("c1", "Picture"), "text: nice") { Capabilities = "[\"image_in\"]" };
        harness.Options.Tools = [new FunctionTool("Picture", (_, _) => Task.FromResult(ToolReturnValue.Ok([new ImageUrlPart("data:image/png;base64,AA==")])))];
        await harness.RunAsync("go");
        Assert.Equal(
            """{"role":"tool","content":[{"type":"text","text":"<system>Tool returned non-text content.</system>"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA==","id":null}}],"tool_call_id":"c1"}""",
            harness.Lines()[4]);
    }

    [Theory]
    [InlineData("image", "capability: image_in.")]
    [InlineData("both", "capabilities: image_in, video_in.")]
    public async Task Input_that_the_model_cannot_take_leaves_the_context_untouched(string kind, string missing)
    {
        await using SessionHarness harness = new("text: never");
        ContentPart[] parts = kind == "both" ? [new ImageUrlPart("x"), new VideoUrlPart("y"), new AudioUrlPart("z")] : [new TextPart("see"), new ImageUrlPart("x")];
        RecordedRun run = await harness.RunAsync(new UserInput(parts));
        Assert.Equal(2, run.AllEvents.Length);
        Assert.Equal("TurnEnd", run.AllEvents[1]);
        Assert.EndsWith(missing, run.Outcome.Error!.Message, StringComparison.Ordinal);
        Assert.Empty(harness.Context());
        Assert.Null(harness.Session.Title);
    }

    [Fact]
    public async Task Sound_is_never_checked()
    {
        await using SessionHarness harness = new("text: heard");
        RecordedRun run = await harness.RunAsync(new UserInput([new TextPart("listen"), new AudioUrlPart("z")]));
        Assert.Equal(TurnStatus.Finished, run.Outcome.Status);
    }

    [Fact]
    public async Task An_error_of_the_provider_interrupts_the_step_and_ends_the_turn()
    {
        await using SessionHarness harness = new("error: 400 no way", "text: fine");
        RecordedRun run = await harness.RunAsync("one");
        Assert.Equal(["Turn one", "Step 1", "StepInterrupted", "TurnEnd"], run.AllEvents);
        Assert.Equal((TurnStatus.Failed, "no way"), (run.Outcome.Status, run.Outcome.Error!.Message));
        Assert.Null(harness.Session.Title);
        Assert.Equal(default, harness.State());
        await harness.RunAsync("two");
        Assert.Equal(["c0", "u:one", "c1", "c2", "u:two", "c3", "a:fine"], harness.Context());
        Assert.Equal("two", harness.Session.Title);
    }

    [Fact]
    public async Task The_step_limit_ends_the_turn_behind_the_last_step_allowed()
    {
        await using SessionHarness harness = new(Call("c1", "Note", "{\"n\": 1}"), Call("c2", "Note", "{\"n\": 2}"), "text: never");
        harness.Options.Tools = [new FunctionTool("Note", "x")];
        harness.Options.MaxStepsPerTurn = 2;
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal(["Turn go", "Step 1", "call c1", "result c1", "Step 2", "call c2", "result c2", "TurnEnd"], run.Events);
        Assert.Equal((TurnStatus.MaxStepsReached, 2, 2), (run.Outcome.Status, run.Outcome.Steps, run.Outcome.StepCount));
        Assert.Equal("t#c2:x", harness.Context()[^1]);
    }

    [Fact]
    public async Task A_cancelled_step_leaves_nothing_of_itself()
    {
        using CancellationTokenSource cancel = new();
        await using SessionHarness harness = new($"text: working\n{Call("c1", "Wait")}\nusage: input_other=10 output=1", "text: fine");
        bool stopped = false;
        harness.Options.Tools = [new FunctionTool("Wait", async (_, stop) =>
        {
            await cancel.CancelAsync();
            try
            {
                await Task.Delay(Timeout.Infinite, stop);
            }
            finally
            {
                stopped = true;
            }

            return ToolReturnValue.Ok("never");
        })];
        RecordedRun run = await harness.RunAsync("one", cancel.Token);
        Assert.True(stopped);
        Assert.Equal(TurnStatus.Cancelled, run.Outcome.Status);
        Assert.DoesNotContain("StepInterrupted", run.Events);
        Assert.DoesNotContain("result c1", run.Events);
        Assert.Equal("TurnEnd", run.Events[^1]);
        Assert.Equal(["c0", "u:one", "c1"], harness.Context().Where(static line => line != "=10"));
        await harness.RunAsync("two");
        Assert.Equal(["c2", "u:two", "c3", "a:fine"], harness.Context()[^4..]);
    }

    [Fact]
    public async Task Cancelling_before_anything_runs_leaves_begin_and_end()
    {
        await using SessionHarness harness = new("text: never");
        await harness.OpenAsync();
        RecordedRun run = await harness.RunAsync("one", new CancellationToken(canceled: true));
        Assert.Equal(TurnStatus.Cancelled, run.Outcome.Status);
        Assert.Equal(["Turn one", "TurnEnd"], run.Events);
    }

    [Fact]
    public async Task A_stream_is_cancelled_in_its_middle()
    {
        using LoopBench bench = new("text: a\ntext: b");
        using CancellationTokenSource cancel = new();
        bench.Model.Pause = async (_, stop) =>
        {
            await cancel.CancelAsync();
            await Task.Delay(Timeout.Infinite, stop);
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.RunAsync(new UserInput("go"), cancel.Token));
        Assert.Equal(["Turn go", "Step 1", "text a", "TurnEnd"], bench.Events);
        Assert.Equal(["c0", "u:go", "c1"], bench.Context());
    }

    [Fact]
    public async Task A_rejection_without_feedback_ends_the_turn()
    {
        await using SessionHarness harness = new($"{Call("c1", "Ask")}", "text: never");
        harness.Options.Tools = [new FunctionTool("Ask", (_, _) => Task.FromResult(Kimi.Engine.Tools.Approvals.ApprovalService.Rejected("", isSubagent: false)))];
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal(["Turn go", "Step 1", "call c1", "result c1", "TurnEnd"], run.Events);
        Assert.Equal((TurnStatus.Finished, StopReason.ToolRejected), (run.Outcome.Status, run.Outcome.StopReason!.Value));
        Assert.Equal(
            ["c0", "u:go", "c1", "a: Ask#c1", "t#c1:<system>ERROR: The tool call is rejected by the user. Stop what you are doing and wait for the user to tell you how to proceed.</system>"],
            harness.Context());
        Assert.Equal("go", harness.Session.Title);
    }

    [Fact]
    public async Task A_rejection_with_feedback_goes_on_even_beside_one_without()
    {
        await using SessionHarness harness = new($"{Call("c1", "Ask")}\n{Call("c2", "Tell")}", "text: as you say");
        harness.Options.Tools =
        [
            new FunctionTool("Ask", (_, _) => Task.FromResult(Kimi.Engine.Tools.Approvals.ApprovalService.Rejected("", isSubagent: false))),
            new FunctionTool("Tell", (_, _) => Task.FromResult(Kimi.Engine.Tools.Approvals.ApprovalService.Rejected("use make", isSubagent: false))),
        ];
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal(["Step 2", "text as you say", "TurnEnd"], run.Events[^3..]);
        ToolReturnValue told = run.Messages.OfType<ToolResultEvent>().Single(static result => result.ToolCallId == "c2").ReturnValue;
        Assert.Equal(("The tool call is rejected by the user. User feedback: use make", "Rejected: use make"), (told.Message, told.Brief));
    }

    [Fact]
    public async Task A_rejection_inside_a_subagent_never_ends_its_turn()
    {
        using LoopBench bench = new(Call("c1", "Ask"), "text: otherwise") { IsRoot = false };
        bench.Toolset.Add(new FunctionTool("Ask", (_, _) => Task.FromResult(Kimi.Engine.Tools.Approvals.ApprovalService.Rejected("", isSubagent: true))));
        TurnResult? result = await bench.RunAsync("go");
        Assert.Equal((StopReason.NoToolCalls, "otherwise"), (result!.Reason, result.FinalMessage!.ExtractText()));
    }

    [Fact]
    public async Task The_same_call_step_after_step_is_reminded_of_and_stopped_at_the_twelfth()
    {
        await using SessionHarness harness = new([.. Enumerable.Range(1, 12).Select(static i => Call($"c{i}", "Note", i % 2 == 0 ? "{\"a\": 1, \"b\": 2}" : "{\"b\":2,\"a\":1}")), "text: never"]);
        FunctionTool tool = new("Note", "x");
        harness.Options.Tools = [tool];
        RecordedRun run = await harness.RunAsync("go");
        Assert.Equal((StopReason.ToolCallRepeat, 12, TurnStatus.Finished), (run.Outcome.StopReason!.Value, run.Outcome.StepCount, run.Outcome.Status));
        Assert.Equal(12, tool.Calls);
        string[] outputs = [.. run.Messages.OfType<ToolResultEvent>().Select(static result => result.ReturnValue.OutputText!)];
        Assert.All(outputs[..2], static output => Assert.Equal("x", output));
        Assert.All(outputs[2..], static output => Assert.Contains("<system-reminder>", output, StringComparison.Ordinal));
        Assert.Contains("repeated_times: 5", outputs[4], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_call_twice_in_a_step_runs_once()
    {
        await using SessionHarness harness = new($"{Call("c1", "Note")}\n{Call("c2", "Note")}", "text: done");
        FunctionTool tool = new("Note", "x");
        harness.Options.Tools = [tool];
        await harness.RunAsync("go");
        Assert.Equal(1, tool.Calls);
        Assert.Equal(["t#c1:x", "t#c2:x"], harness.Context()[4..6]);
    }

    [Fact]
    public async Task One_turn_at_a_time()
    {
        await using SessionHarness harness = new(Call("c1", "Nest"), "text: done");
        Exception? refused = null;
        harness.Options.Tools = [new FunctionTool("Nest", async (_, stop) =>
        {
            refused = await Record.ExceptionAsync(() => harness.Session.RunAsync(new UserInput("x"), null, stop));
            return ToolReturnValue.Ok("x");
        })];
        await harness.RunAsync("go");
        Assert.Equal("An agent turn is already in progress", Assert.IsType<SessionBusyException>(refused).Message);
        Assert.False(harness.Session.IsBusy);
    }

    [Fact]
    public async Task Leaving_the_enumeration_cancels_the_turn()
    {
        await using SessionHarness harness = new(Call("c1", "Wait"), "text: fine");
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        harness.Options.Tools = [new FunctionTool("Wait", async (_, stop) =>
        {
            using CancellationTokenRegistration registration = stop.Register(cancelled.SetResult);
            await Task.Delay(Timeout.Infinite, stop);
            return ToolReturnValue.Ok("never");
        })];
        KimiSession session = await harness.OpenAsync();
        await foreach (WireMessage message in session.RunTurnAsync(new UserInput("go"), null, null, TestContext.Current.CancellationToken))
        {
            if (message is ToolCallEvent)
            {
                break;
            }
        }

        Assert.False(session.IsBusy);
        Assert.Equal(["c0", "u:go", "c1"], harness.Context());
        Assert.Contains("TurnEnd", File.ReadAllLines(Path.Join(session.Directory, "wire.jsonl"))[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_budget_ends_the_turn_between_steps()
    {
        await using SessionHarness harness = new($"{Call("c1", "Note")}\nusage: input_other=90 output=20", "text: never");
        harness.Options.Tools = [new FunctionTool("Note", "x")];
        RecordedRun run = await harness.RunAsync("go", options: new TurnOptions { Limits = new RunLimits(MaxTokens: 100) });
        Assert.Equal(["Turn go", "Step 1", "call c1", "result c1", "TurnEnd"], run.Events);
        Assert.IsType<BudgetExceededException>(run.Outcome.Error);
        Assert.Equal(110, run.Outcome.Usage!.Total);
    }

    [Fact]
    public async Task Plan_mode_set_by_hand_in_a_step_is_not_taken_back_by_its_status()
    {
        await using SessionHarness harness = new(SessionHarness.ToolCall("c1", "Plan"), "text: b");
        harness.Options.Tools = [new FunctionTool("Plan", async (_, _) =>
        {
            await harness.Session.SetPlanModeAsync(true, TestContext.Current.CancellationToken);
            return ToolReturnValue.Ok("set");
        })];
        RecordedRun run = await harness.RunAsync("go");
        string[] first = [.. run.AllEvents.TakeWhile(static text => text != "Step 2").Where(static text => text.StartsWith("Status", StringComparison.Ordinal))];

        // The step's own status comes before the change or behind it, and there is no third one.
        Assert.Equal(2, first.Length);
        Assert.Equal("Status plan=True", first[1]);
    }
}
