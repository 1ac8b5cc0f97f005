using System.Text;
using System.Text.Json;
using Kimi.Cli.Printing;
using Kimi.Engine.Chat;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Tests.Printing;

public sealed class PrinterTests
{
    private static readonly NotificationEvent s_note = new()
    {
        Id = "n1",
        Category = "task",
        NotificationType = "task.completed",
        SourceKind = "background_task",
        SourceId = "b",
        Title = "t",
        Body = "x",
        Severity = "info",
        CreatedAt = 1.5,
        Payload = JsonDocument.Parse("{}").RootElement,
    };

    private const string NoteLine =
        """{"id":"n1","category":"task","type":"task.completed","source_kind":"background_task","source_id":"b","title":"t","body":"x","severity":"info","created_at":1.5,"payload":{}}""";

    [Fact]
    public void An_assistant_message_is_one_line_and_text_joins_across_a_call() => Expect(
        [new StepBegin(1), Text("a"), Call("c1"), Text("b"), Result("c1", "out"), new StepBegin(2), Text("done"), new TurnEnd()],
        """{"role":"assistant","content":"ab","tool_calls":[{"type":"function","id":"c1","function":{"name":"T","arguments":"{}"}}]}""",
        """{"role":"tool","content":"out","tool_call_id":"c1"}""",
        """{"role":"assistant","content":"done"}""");

    [Fact]
    public void A_message_without_text_has_an_empty_array() => Expect(
        [new StepBegin(1), Call("c1"), Result("c1", "out")],
        """{"role":"assistant","content":[],"tool_calls":[{"type":"function","id":"c1","function":{"name":"T","arguments":"{}"}}]}""",
        """{"role":"tool","content":"out","tool_call_id":"c1"}""");

    [Fact]
    public void A_result_between_two_calls_splits_the_message() => Expect(
        [new StepBegin(1), Call("c1"), Result("c1", "out"), Call("c2"), Result("c2", "out")],
        """{"role":"assistant","content":[],"tool_calls":[{"type":"function","id":"c1","function":{"name":"T","arguments":"{}"}}]}""",
        """{"role":"tool","content":"out","tool_call_id":"c1"}""",
        """{"role":"assistant","content":[],"tool_calls":[{"type":"function","id":"c2","function":{"name":"T","arguments":"{}"}}]}""",
        """{"role":"tool","content":"out","tool_call_id":"c2"}""");

    [Fact]
    public void A_retry_discards_what_the_attempt_said() => Expect(
        [new StepBegin(1), Text("half"), s_note, new StepRetry(1, 2, 3, 1, "APIStatusError", 429), Text("whole")],
        NoteLine,
        """{"role":"assistant","content":"whole"}""");

    [Fact]
    public void A_notification_waits_for_the_message_around_it() => Expect(
        [s_note, Text("a"), s_note, Text("b"), new StepBegin(2)],
        NoteLine,
        """{"role":"assistant","content":"ab"}""",
        NoteLine);

    [Fact]
    public void A_plan_follows_the_message_before_it() => Expect(
        [Text("a"), new PlanDisplay("# P", "/p.md")],
        """{"role":"assistant","content":"a"}""",
        """{"content":"# P","file_path":"/p.md"}""");

    [Fact]
    public void After_an_interruption_nothing_more_is_shown() => Expect(
        [Text("a"), new StepInterrupted(), Text("b"), s_note, new TurnEnd()],
        """{"role":"assistant","content":"a"}""");

    [Fact]
    public void Thinking_is_kept_apart() => Expect(
        [new ContentEvent(new ThinkPart("hm")), Text("é")],
        """{"role":"assistant","content":[{"type":"think","think":"hm","encrypted":null},{"type":"text","text":"é"}]}""");

    [Theory]
    [InlineData(false, "All good")]
    [InlineData(true, """{"role":"assistant","content":"All good"}""")]
    public void Only_the_text_of_the_last_step_is_final(bool asJson, string line)
    {
        WireMessage[] messages =
        [
            new StepBegin(1), Text("working"), Call("c"), Result("c", "x"), new StepBegin(2), Text("wrong"), new StepRetry(2, 2, 3, 1, "APIStatusError", 500),
            new ContentEvent(new ThinkPart("x")), Text("All "), Text("good"), new TurnEnd(),
        ];
        Assert.Equal(line + "\n", Print(output => new FinalMessagePrinter(output, asJson), messages));
    }

    [Fact]
    public void Without_text_nothing_is_final() =>
        Assert.Equal("", Print(static output => new FinalMessagePrinter(output, false), [new StepBegin(1), Text("x"), new StepInterrupted(), new TurnEnd()]));

    [Fact]
    public void The_debug_form_is_python_like()
    {
        string text = Print(static output => new DebugPrinter(output, 80),
        [
            new TurnBegin(new UserInput("it's \"a\"\n\t\\ \u0001")),
            new TurnBegin(new UserInput([new TextPart("p"), new ImageUrlPart("http://h/i.png")])),
            new SubagentEvent("c1", "a1", "coder", new StepBegin(2)),
            new StepRetry(1, 2, 3, 0.5, "APITimeoutError", null),
            new StatusUpdate { PlanMode = true },
        ]);
        Assert.Equal(
            """
            what?
            TurnBegin(user_input='it\'s "a"\n\t\\ \x01')
            TurnBegin(
                user_input=[
                    TextPart(type='text', text='p'),
                    ImageURLPart(
                        type='image_url',
                        image_url=ImageURL(url='http://h/i.png', id=None)
                    )
                ]
            )
            SubagentEvent(
                parent_tool_call_id='c1',
                agent_id='a1',
                subagent_type='coder',
                event=StepBegin(n=2)
            )
            StepRetry(
                n=1,
                next_attempt=2,
                max_attempts=3,
                wait_s=0.5,
                error_type='APITimeoutError',
                status_code=None
            )
            StatusUpdate(
                context_usage=None,
                context_tokens=None,
                max_context_tokens=None,
                token_usage=None,
                message_id=None,
                plan_mode=True,
                mcp_status=None
            )

            """.ReplaceLineEndings("\n"),
            text);
    }

    [Fact]
    public void Long_lines_are_cut_at_the_width()
    {
        string text = Print(static output => new DebugPrinter(output, 20), [Text(new string('a', 40) + "漢字漢字漢字漢字")], prompt: "");
        Assert.Equal(["", "TextPart(", "    type='text',", "    text='aaaaaaaaaa", new string('a', 20), "aaaaaaaaaa漢字漢字漢", "字漢字'", ")", ""], text.Split('\n'));
    }

    [Theory]
    [InlineData("{\"role\":\"user\",\"content\":\"one\"}", "one")]
    [InlineData("{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"two\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"http://h/i.png\"}},{\"type\":\"text\",\"text\":\"lines\"}]}", "two\nlines")]
    [InlineData("", null)]
    [InlineData("   ", null)]
    [InlineData("garbage", null)]
    [InlineData("[]", null)]
    [InlineData("{\"role\":\"system\",\"content\":\"x\"}", null)]
    [InlineData("{\"role\":\"user\",\"content\":\"\"}", null)]
    [InlineData("{\"role\":\"user\",\"content\":[]}", null)]
    [InlineData("{\"role\":\"user\"}", null)]
    [InlineData("{\"role\":\"user\",\"content\":[{\"type\":\"image_url\",\"image_url\":{\"url\":\"u\"}}]}", null)]
    public void Input_lines_are_messages_of_the_user(string line, string? prompt) => Assert.Equal(prompt, StreamJsonInput.Read(line, out _));

    private static void Expect(WireMessage[] messages, params string[] lines) =>
        Assert.Equal(lines, Print(static output => new StreamJsonPrinter(output), messages).Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private static string Print(Func<OutputStream, IMessagePrinter> make, WireMessage[] messages, string prompt = "what?")
    {
        MemoryStream stream = new();
        using (OutputStream output = new(stream))
        {
            IMessagePrinter printer = make(output);
            printer.Begin(prompt);
            foreach (WireMessage message in messages)
            {
                printer.Print(message);
            }

            printer.End();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static ContentEvent Text(string text) => new(new TextPart(text));

    private static ToolCallEvent Call(string id) => new(new ToolCall(id, "T", "{}"));

    private static ToolResultEvent Result(string id, string output) => new(id, ToolReturnValue.Ok(output));
}
