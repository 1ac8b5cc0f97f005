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
    public void Servers_that_a_turn_waits_for_are_shown()
    {
        using StringWriter output = new() { NewLine = "\n" };
        TurnRenderer renderer = new(output, styled: false);
        renderer.Show(new StatusUpdate { McpStatus = new McpStatus(true, 0, 1, 0, [new McpServerStatus("a", "connecting", [])]) });
        renderer.Show(new McpLoadingBegin());
        renderer.Show(new StatusUpdate { McpStatus = new McpStatus(false, 1, 1, 1, [new McpServerStatus("a", "connected", ["t"])]) });
        renderer.Show(new McpLoadingEnd());
        renderer.End();
        Assert.Equal("MCP Servers: 0/1 connected, 0 tools\n  • a (connecting)\nConnecting to MCP servers...\n", output.ToString());
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

    [Theory]
    [InlineData("plain äöü 😀\n\tx", "plain äöü 😀\n\tx")]
    [InlineData("a\r\nb", "a\nb")]
    [InlineData("rm -rf /\rls", "rm -rf /␍ls")]
    [InlineData("\u001b[2K\u0007x\u007f\u009b1m", "␛[2K␇x␡\ufffd1m")]
    [InlineData("a\u202eb\u2066c", "a\ufffdb\ufffdc")]
    public void What_a_terminal_would_obey_is_shown(string text, string visible) => Assert.Equal(visible, TerminalText.Visible(text));

    [Fact]
    public void A_turn_shows_control_characters_of_answers_and_results()
    {
        using StringWriter output = new() { NewLine = "\n" };
        TurnRenderer renderer = new(output, styled: false);
        renderer.Show(new ContentEvent(new TextPart("a\u001b[31m")));
        renderer.Show(new ToolCallEvent(new ToolCall("c", "Shell\u001b]0;t\u0007", "{}")));
        renderer.Show(new ToolResultEvent("c", ToolReturnValue.Error("\u001bc", "")));
        renderer.End();
        Assert.Equal("a␛[31m\n* Shell␛]0;t␇ {}\n  failed: ␛c\n", output.ToString());
    }

    [Theory]
    [InlineData("# Title\nx", "<b># Title</b>\nx")]
    [InlineData("####### no", "####### no")]
    [InlineData("#tag", "#tag")]
    [InlineData("a **b** c * d", "a **<b>b**</b> c * d")]
    [InlineData("use `ls **x` now", "use <c>`ls **x`</c> now")]
    [InlineData("open ` tick\nnext", "open <c>` tick</c>\nnext")]
    [InlineData("open **strong\nnext", "open **<b>strong</b>\nnext")]
    [InlineData("```sh\n# not **a** title\n```\nend", "<c>```sh\n# not **a** title\n```</c>\nend")]
    [InlineData("```\ncut", "<c>```\ncut</c>")]
    [InlineData("# a `b` **c**", "<b># a <c>`b`</c> **c**</b>")]
    public void Markdown_is_coloured_as_it_streams_and_keeps_every_character(string text, string styled)
    {
        string expected = styled.Replace("<b>", "\u001b[1m", StringComparison.Ordinal).Replace("</b>", "\u001b[22m", StringComparison.Ordinal)
            .Replace("<c>", "\u001b[36m", StringComparison.Ordinal).Replace("</c>", "\u001b[39m", StringComparison.Ordinal);
        foreach (int size in new[] { 1, 3, 100 })
        {
            using StringWriter output = new() { NewLine = "\n" };
            MarkdownStyler markdown = new(output);
            foreach (char[] piece in text.Chunk(size))
            {
                markdown.Write(new string(piece));
            }

            markdown.End();
            Assert.Equal(expected, output.ToString());
        }
    }
}
