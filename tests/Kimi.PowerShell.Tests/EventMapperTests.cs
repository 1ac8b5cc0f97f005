using System.Runtime.CompilerServices;
using Kimi.Engine.Chat;
using Kimi.Engine.Wire;
using Kimi.PowerShell.Events;
using Wire = Kimi.Engine.Wire;

namespace Kimi.PowerShell.Tests;

public sealed class EventMapperTests
{
    private static readonly TurnTotals s_totals = new()
    {
        Status = TurnStatus.Completed,
        Text = "done",
        StopReason = "no_tool_calls",
        ErrorMessage = "",
        Model = "m",
        Usage = new() { FreshInputTokens = 3, OutputTokens = 2 },
        Steps = 1,
        Duration = TimeSpan.FromSeconds(1),
    };

    public static TheoryData<string> WireTypes => [.. Types().Select(t => t.FullName!)];

    [Theory]
    [MemberData(nameof(WireTypes))]
    public void Every_wire_message_is_shown_or_listed_as_not_shown(string typeName)
    {
        Type type = Types().Single(t => t.FullName == typeName);
        string kind = ((WireMessage)RuntimeHelpers.GetUninitializedObject(type)).Type;
        if (EventMapper.NotShown.Contains(kind)) { return; }
        if (kind == "ContentPart")
        {
            Assert.Equal(["Text", "Think", "Media"], Map(new ContentEvent(new TextPart("a")), new ContentEvent(new ThinkPart("b")), new ContentEvent(new ImageUrlPart("u"))).Select(e => e.Kind));
            return;
        }

        TurnEvent shown = Assert.Single(Map(Samples.Single(s => s.Type == kind)));
        Assert.Equal(kind, shown.Kind);
        Assert.Equal(kind == "SubagentEvent" ? "SubagentEvent" : kind + "Event", shown.GetType().Name);
        Assert.Equal(("s", 4), (shown.SessionId, shown.Turn));
        Assert.Equal(DateTimeKind.Utc, shown.TimeUtc.Kind);
        Assert.DoesNotContain('\n', shown.Summary);
    }

    [Fact]
    public void Fragments_become_one_event_each_when_complete()
    {
        List<TurnEvent> events = Map(
            new ContentEvent(new ThinkPart("let ")), new ContentEvent(new ThinkPart("me")),
            new ContentEvent(new TextPart("Hel")), new ContentEvent(new TextPart("lo")),
            new Wire.ToolCallEvent(new ToolCall("c1", "ReadFile", "{\"pa")), new ToolCallPartEvent(new ToolCallPart("th\":\"a.txt\"}")),
            new StatusUpdate());
        Assert.Equal(["Think: let me", "Text: Hello", "ToolCall: ReadFile a.txt", "StatusUpdate: no usage reported"], events.Select(e => e.ToString()));
        Kimi.ToolCallEvent call = Assert.IsType<Kimi.ToolCallEvent>(events[2]);
        Assert.Equal("{\"path\":\"a.txt\"}", call.ArgumentsJson);
        Assert.Equal("a.txt", call.Arguments["path"]);
    }

    [Fact]
    public void Fragments_are_shown_on_request_and_the_whole_still_follows()
    {
        EventMapper mapper = new("s", 1, includeDelta: true);
        List<TurnEvent> events = [.. new WireMessage[] { new ContentEvent(new TextPart("a")), new ContentEvent(new ThinkPart("b")), new TurnEnd() }.SelectMany(mapper.Map)];
        Assert.Equal(["TextDelta", "ThinkDelta", "Text", "Think", "TurnEnd"], events.Select(e => e.Kind));
        Assert.Equal([1, 2, 3, 4, 5], events.Select(e => e.Sequence));
    }

    [Fact]
    public void A_result_that_comes_while_the_next_call_is_written_does_not_cut_it()
    {
        List<TurnEvent> events = Map(
            new Wire.ToolCallEvent(new ToolCall("c1", "Glob", "{}")),
            new Wire.ToolCallEvent(new ToolCall("c2", "Grep", "{\"pattern\":")),
            new Wire.ToolResultEvent("c1", ToolReturnValue.Ok("x")),
            new ToolCallPartEvent(new ToolCallPart("\"p\"}")),
            new StatusUpdate());
        Assert.Equal(["ToolCall", "ToolResult", "ToolCall", "StatusUpdate"], events.Select(e => e.Kind));
        Assert.Equal("{\"pattern\":\"p\"}", ((Kimi.ToolCallEvent)events[2]).ArgumentsJson);
    }

    [Fact]
    public void What_a_failed_attempt_wrote_is_not_shown()
    {
        List<TurnEvent> events = Map(
            new ContentEvent(new TextPart("half an ans")), new Wire.StepRetry(1, 2, 3, 0.5, "APIStatusError", 500),
            new ContentEvent(new TextPart("whole")), new TurnEnd());
        Assert.Equal(["StepRetry: Attempt 2 of 3 in 0.5 s: APIStatusError 500", "Text: whole", "TurnEnd: Turn 4"], events.Select(e => e.ToString()));
    }

    [Fact]
    public void A_result_knows_its_call_and_what_was_decided_about_it()
    {
        EventMapper mapper = new("s", 1, includeDelta: false);
        ApprovalRequest request = Request("r1", "c1");
        List<TurnEvent> events = [.. mapper.Map(new Wire.ToolCallEvent(new ToolCall("c1", "Shell", "{\"command\":\"ls\"}"))), .. mapper.Map(request)];
        mapper.Calls.Decide("r1", "c1", "Shell", ApprovalDecision.NoOneToAsk);
        events.AddRange(mapper.Map(new ApprovalResponse("r1", ApprovalResponseKind.Reject, "no")));
        events.AddRange(mapper.Map(new Wire.ToolResultEvent("c1", ToolReturnValue.Error("refused", "Rejected"))));

        ApprovalRequestEvent asked = Assert.Single(events.OfType<ApprovalRequestEvent>());
        Assert.Equal("ls -la\n", asked.Detail + "\n");
        ApprovalResponseEvent answered = Assert.Single(events.OfType<ApprovalResponseEvent>());
        Assert.Equal(("Shell", "c1", "reject", ApprovalDecision.NoOneToAsk), (answered.Tool, answered.ToolCallId, answered.Response, answered.Decision));
        Kimi.ToolResultEvent result = Assert.Single(events.OfType<Kimi.ToolResultEvent>());
        Assert.Equal(("Shell", true, ApprovalDecision.NoOneToAsk), (result.Tool, result.IsError, result.Decision));
        Assert.NotNull(result.Duration);

        TurnResult outcome = mapper.Result(s_totals);
        Assert.Equal(1, outcome.DeniedCount);
        Assert.Equal("Shell (error)", Assert.Single(outcome.ToolCalls).ToString());
        Assert.Equal(events[^1].Sequence + 1, outcome.Sequence);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("[1]")]
    [InlineData("")]
    [InlineData("{\"a\":")]
    public void Broken_arguments_are_kept_as_text_and_give_no_members(string json)
    {
        Kimi.ToolCallEvent call = (Kimi.ToolCallEvent)Map(new Wire.ToolCallEvent(new ToolCall("c", "T", json)), new TurnEnd())[0];
        Assert.Equal(json, call.ArgumentsJson);
        Assert.Empty(call.Arguments);
        Assert.Equal("T", call.Summary);
    }

    [Fact]
    public void A_summary_is_one_short_line()
    {
        TurnEvent text = Map(new ContentEvent(new TextPart(new string('x', 500) + "\u001b[31m")), new TurnEnd())[0];
        Assert.Equal(200, text.Summary.Length);
        Assert.EndsWith("…", text.Summary, StringComparison.Ordinal);
        Assert.Equal("a b c", Map(new ContentEvent(new TextPart(" a\r\n\tb\u001b c")), new TurnEnd())[0].Summary);
    }

    private static List<TurnEvent> Map(params WireMessage[] messages)
    {
        EventMapper mapper = new("s", 4, includeDelta: false);
        return [.. messages.SelectMany(mapper.Map), .. mapper.Flush()];
    }

    private static IEnumerable<Type> Types() => typeof(WireMessage).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(WireMessage)) && !t.IsAbstract);

    private static ApprovalRequest Request(string id, string callId) => new()
    {
        Id = id,
        ToolCallId = callId,
        Sender = "Shell",
        Action = "run command",
        Description = "Run command `ls -la`",
        Display = [new ShellBlock("bash", "ls -la")],
    };

    private static WireMessage[] Samples =>
    [
        new TurnBegin(new UserInput("hi")), new TurnEnd(), new StepBegin(1), new StepInterrupted(), new StepRetry(1, 2, 3, 1, "APIConnectionError", null),
        new SteerInput(new UserInput([new TextPart("x"), new ImageUrlPart("data:")])), new CompactionBegin(), new CompactionEnd(),
        new McpLoadingBegin(), new McpLoadingEnd(),
        new StatusUpdate { ContextUsage = 0.5, TokenUsage = new(1, 2), McpStatus = new(false, 1, 2, 3, [new("s", "connected", ["t"])]) },
        new Wire.ToolCallEvent(new ToolCall("c", "T", null)), new Wire.ToolResultEvent("c", ToolReturnValue.Ok("o")),
        Request("r", "c"), new ApprovalResponse("r", ApprovalResponseKind.Approve, ""),
        new QuestionRequest("c", [new("Which?", "", [new("A")])]) { Id = "q" },
        new PlanDisplay("# Plan", "/p.md"), new BtwBegin("b", "?"), new BtwEnd("b", "!", null),
        new HookTriggered("Stop", "", 1), new HookResolved("Stop", "", "allow", "", 3),
        new Wire.NotificationEvent
        {
            Id = "n", Category = "task", NotificationType = "task.completed", SourceKind = "background_task", SourceId = "b1",
            Title = "Done", Body = "it is", Severity = "success", CreatedAt = 1700000000.5, Payload = default,
        },
        new Wire.SubagentEvent("c", "a1", "coder", new StepBegin(1)),
    ];
}
