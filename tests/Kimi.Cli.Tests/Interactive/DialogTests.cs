using Kimi.Cli.Interactive;
using Kimi.Engine.Chat;
using Kimi.Engine.Wire;

namespace Kimi.Cli.Tests.Interactive;

public sealed class DialogTests
{
    [Theory]
    [InlineData("y", ApprovalResponseKind.Approve, "")]
    [InlineData("YES", ApprovalResponseKind.Approve, "")]
    [InlineData("a", ApprovalResponseKind.ApproveForSession, "")]
    [InlineData("n", ApprovalResponseKind.Reject, "")]
    [InlineData("", ApprovalResponseKind.Reject, "")]
    [InlineData(null, ApprovalResponseKind.Reject, "")]
    [InlineData("use Make instead", ApprovalResponseKind.Reject, "use Make instead")]
    public void A_typed_line_decides(string? typed, ApprovalResponseKind kind, string feedback) =>
        Assert.Equal(new ApprovalAnswer(kind, feedback), ConsoleDialog.ReadDecision(typed));

    [Theory]
    [InlineData(false, "2", "Blue")]
    [InlineData(false, "3", "3")]
    [InlineData(false, "1, 2", "1, 2")]
    [InlineData(true, "1, 2", "Red, Blue")]
    [InlineData(true, " 2 ,green", "Blue, green")]
    public void Numbers_stand_for_labels(bool several, string typed, string answer) =>
        Assert.Equal(answer, ConsoleDialog.ReadChoice(new Question("Which?", "", [new QuestionOption("Red"), new QuestionOption("Blue")], several), typed));

    [Fact]
    public void A_turn_is_shown_as_it_streams()
    {
        using StringWriter output = new() { NewLine = "\n" };
        TurnRenderer renderer = new(output, styled: false);
        WireMessage[] messages =
        [
            new TurnBegin(new UserInput("x")), new StepBegin(1), new ContentEvent(new ThinkPart("hm")), new ContentEvent(new TextPart("Hel")), new ContentEvent(new TextPart("lo")),
            new ToolCallEvent(new ToolCall("c", "Shell", "{\"com")), new ToolCallPartEvent(new ToolCallPart("mand\":\n1}")), new StatusUpdate(),
            new ToolResultEvent("c", ToolReturnValue.Error("No way", "")), new StepRetry(2, 2, 3, 1, "APIStatusError", 429), new ContentEvent(new TextPart("end")), new TurnEnd(),
        ];
        foreach (WireMessage message in messages)
        {
            renderer.Show(message);
        }

        renderer.End();
        Assert.Equal("hm\nHello\n* Shell {\"command\": 1}\n  failed: No way\n  APIStatusError: trying again (2 of 3)\nend\n", output.ToString());
    }

    [Fact]
    public void Thinking_is_faint_where_the_terminal_can()
    {
        using StringWriter output = new() { NewLine = "\n" };
        TurnRenderer renderer = new(output, styled: true);
        renderer.Show(new ContentEvent(new ThinkPart("a")));
        renderer.Show(new ContentEvent(new ThinkPart("b")));
        renderer.Show(new ContentEvent(new TextPart("c")));
        renderer.End();
        Assert.Equal("\u001b[2mab\u001b[0m\nc\n", output.ToString());
    }
}
