using Kimi.Engine.Chat;
using Kimi.Engine.Sessions.Transcripts;

namespace Kimi.Engine.Tests.Sessions;

public sealed class MarkdownTranscriptTests
{
    private static readonly MarkdownTranscriptHead s_head = new("0a1b2c3d-ffff", new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.FromHours(2)), "/srv/app", 1234567);

    [Fact]
    public void A_conversation_is_written_turn_by_turn()
    {
        Message[] history =
        [
            new(Role.User, "<system>CHECKPOINT 0</system>"),
            new(Role.User, "Fix the build,\n\nplease."),
            new(Role.User, "<system-reminder>\nplan\n</system-reminder>"),
            new(
                Role.Assistant,
                [new ThinkPart("Look first."), new TextPart("Looking.")],
                [new ToolCall("c1", "Shell", "{\"command\":\"make  all\",\"timeout\":5}"), new ToolCall("c2", "Think", null)]),
            new(Role.Tool, [new TextPart("<system>Command executed successfully.</system>"), new TextPart("built\n"), new ImageUrlPart("data:x")], toolCallId: "c1"),
            new(Role.Tool, [new TextPart("ok")], toolCallId: "c2"),
            new(Role.Assistant, "Done."),
            new(Role.User, "<notification id=\"n1\">\nx</notification>"),
            new(Role.System, "note"),
            new(Role.User, [new TextPart("And this?"), new ImageUrlPart("https://x/y.png"), new AudioUrlPart("a"), new VideoUrlPart("v")]),
            new(Role.Assistant, "Größe ✓"),
        ];
        string expected = """
            ---
            session_id: 0a1b2c3d-ffff
            exported_at: 2026-03-04T05:06:07+02:00
            work_dir: /srv/app
            message_count: 11
            token_count: 1234567
            ---

            # Kimi Session Export

            ## Overview

            - **Topic**: Fix the build, please.
            - **Conversation**: 2 turns | 2 tool calls | 1,234,567 tokens

            ---

            ## Turn 1

            ### User

            Fix the build,

            please.

            ### Assistant

            <details><summary>Thinking</summary>

            Look first.

            </details>

            Looking.

            #### Tool Call: Shell (`make  all`)
            <!-- call_id: c1 -->
            ```json
            {
              "command": "make  all",
              "timeout": 5
            }
            ```

            #### Tool Call: Think
            <!-- call_id: c2 -->
            ```json
            {}
            ```

            <details><summary>Tool Result: Shell (`make  all`)</summary>

            <!-- call_id: c1 -->
            <system>Command executed successfully.</system>
            built

            [image]

            </details>

            <details><summary>Tool Result: Think</summary>

            <!-- call_id: c2 -->
            ok

            </details>

            Done.

            ### System

            note

            ## Turn 2

            ### User

            And this?

            [image]

            [audio]

            [video]

            ### Assistant

            Größe ✓

            """.ReplaceLineEndings("\n");
        Assert.Equal(expected, MarkdownTranscript.Compose(s_head, history));
    }

    [Fact]
    public void The_topic_is_the_first_text_of_the_user_in_eighty_characters()
    {
        string text = MarkdownTranscript.Compose(s_head, [new(Role.User, "<system-reminder>x"), new(Role.User, [new ImageUrlPart("x")]), new(Role.User, string.Concat(Enumerable.Repeat("😀", 100)))]);
        Assert.Contains($"- **Topic**: {string.Concat(Enumerable.Repeat("😀", 80))}\n", text, StringComparison.Ordinal);
        Assert.Contains("- **Topic**: (empty)\n- **Conversation**: 0 turns | 0 tool calls | 1,234,567 tokens\n", MarkdownTranscript.Compose(s_head, [new(Role.Assistant, "x")]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"name\":\"n\",\"path\":\"p\"}", "p")]
    [InlineData("{\"file_path\":\"\",\"query\":\"q\"}", "q")]
    [InlineData("{\"n\":1,\"title\":\"t\"}", "t")]
    [InlineData("{\"n\":1}", null)]
    [InlineData("[1]", null)]
    [InlineData("{broken", null)]
    [InlineData(null, null)]
    public void Hints_come_from_telling_arguments(string? arguments, string? hint) =>
        Assert.Equal(hint, ToolCallHint.For(new ToolCall("c", "T", arguments)));

    [Fact]
    public void Hints_are_short()
    {
        Assert.Equal(60, ToolCallHint.For(new ToolCall("c", "T", $"{{\"command\":\"{new string('x', 200)}\"}}"))!.Length);
        Assert.Equal("b", ToolCallHint.For(new ToolCall("c", "T", $"{{\"text\":\"{new string('x', 81)}\",\"other\":\"b\"}}")));
    }

    [Fact]
    public void The_default_name_has_the_session_and_the_time() =>
        Assert.Equal("kimi-export-0a1b2c3d-20260304-050607.md", MarkdownTranscript.DefaultFileName(s_head.SessionId, s_head.ExportedAt));
}
