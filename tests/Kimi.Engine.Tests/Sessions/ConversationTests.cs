using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Sessions;

public sealed class ConversationTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Lines_are_written_in_the_order_and_form_of_the_specification()
    {
        using (Conversation conversation = new(_directory.Path))
        {
            conversation.SetSystemPrompt("Größe ✓");
            conversation.Checkpoint();
            conversation.Append(new Message(Role.User, "Größe?"));
            conversation.SetTokenCount(120);
            conversation.Append(new Message(Role.Assistant, [new ThinkPart("hm"), new TextPart("x")], [new ToolCall("c1", "Shell", "{\"a\": 1}"), new ToolCall("c2", "Think", null)]));
            conversation.Append(new Message(Role.Tool, "<system>ok</system>") is { } tool ? new Message(Role.Tool, tool.Content, toolCallId: "c1") : null!);
        }

        Assert.Equal(
            [
                """{"role": "_system_prompt", "content": "Gr\u00f6\u00dfe \u2713"}""",
                """{"role": "_checkpoint", "id": 0}""",
                """{"role":"user","content":"Größe?"}""",
                """{"role": "_usage", "token_count": 120}""",
                """{"role":"assistant","content":[{"type":"think","think":"hm","encrypted":null},{"type":"text","text":"x"}],"tool_calls":[{"type":"function","id":"c1","function":{"name":"Shell","arguments":"{\"a\": 1}"}},{"type":"function","id":"c2","function":{"name":"Think"}}]}""",
                """{"role":"tool","content":"<system>ok</system>","tool_call_id":"c1"}""",
            ],
            File.ReadAllLines(_directory["context.jsonl"]));
    }

    [Fact]
    public void A_step_is_appended_whole()
    {
        using Conversation conversation = new(_directory.Path);
        conversation.AppendStep(new Message(Role.Assistant, [new TextPart("x")], [new ToolCall("c1", "Think", null)]), 70, [new Message(Role.Tool, [new TextPart("eight888")], toolCallId: "c1")]);
        conversation.AppendStep(new Message(Role.Assistant, "four"), null, []);
        Assert.Equal(
            [
                """{"role":"assistant","content":"x","tool_calls":[{"type":"function","id":"c1","function":{"name":"Think"}}]}""",
                """{"role": "_usage", "token_count": 70}""",
                """{"role":"tool","content":"eight888","tool_call_id":"c1"}""",
                """{"role":"assistant","content":"four"}""",
            ],
            File.ReadAllLines(_directory["context.jsonl"]));
        Assert.Equal((70, 73), (conversation.TokenCount, conversation.EstimatedTokenCount));
        Assert.Equal(3, conversation.History.Count);
    }

    [Fact]
    public void Nothing_is_written_after_the_end()
    {
        Conversation conversation = new(_directory.Path);
        conversation.Append(new Message(Role.User, "a"));
        conversation.Dispose();
        Assert.Throws<SessionStorageException>(() => conversation.Append(new Message(Role.User, "late")));
        Assert.Single(File.ReadAllLines(_directory["context.jsonl"]));

        List<string> reports = [];
        WireLog log = new(_directory["wire.jsonl"], TimeProvider.System) { Report = reports.Add };
        log.Record(new StepBegin(1));
        log.Dispose();
        log.Record(new StepBegin(2));
        log.Dispose();
        Assert.Equal(2, File.ReadAllLines(_directory["wire.jsonl"]).Length);
        Assert.Empty(reports);
    }

    [Fact]
    public void A_record_that_cannot_be_written_is_reported_once()
    {
        List<string> reports = [];
        using WireLog log = new(_directory["none/wire.jsonl"], TimeProvider.System) { Report = reports.Add };
        log.Record(new StepBegin(1));
        log.Record(new StepBegin(2));
        Assert.Contains("wire.jsonl", Assert.Single(reports), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_with_half_a_character_are_read()
    {
        File.WriteAllText(_directory["context.jsonl"], "{\"\\ud800\": 1, \"role\": \"user\", \"content\": \"a\\ud83d\\ude00b\\udc00c\\\\ud800\"}\n");
        using Conversation conversation = new(_directory.Path);
        conversation.Restore();
        Assert.Equal("a\ud83d\ude00b\ufffdc\\ud800", Assert.Single(conversation.History).ExtractText());
    }

    [Fact]
    public void Restoring_skips_what_cannot_be_used_and_keeps_it_in_the_file()
    {
        string[] lines =
        [
            """{"role": "_system_prompt", "content": "P"}""",
            "",
            "not json",
            """{"role": "_checkpoint", "id": 4}""",
            """{"role":"user","content":"eight888"}""",
            """{"role":"user"}""",
            """{"role":"user","content":[{"type":"hologram"}]}""",
            """{"role":"assistant","content":null}""",
            """{"role":"nobody","content":"x"}""",
            """{"role": "_usage", "token_count": 70}""",
            "{\"role\":\"user\",\"content\":\"tab\there\"}",
            "{\"role\":\"user\",\"content\":\"torn",
        ];
        File.WriteAllText(_directory["context.jsonl"], string.Join('\n', lines));
        List<string> reports = [];
        using Conversation conversation = new(_directory.Path) { Report = reports.Add };
        conversation.Restore();

        Assert.Equal("P", conversation.SystemPrompt);
        Assert.Equal(5, conversation.NextCheckpoint);
        Assert.Equal(["eight888", "", "tab\there"], conversation.History.Select(static message => message.ExtractText()));
        Assert.Equal(70, conversation.TokenCount);
        Assert.Equal(72, conversation.EstimatedTokenCount);
        Assert.Equal(5, reports.Count);
        Assert.Contains("Line 3 ", reports[0], StringComparison.Ordinal);

        conversation.Append(new Message(Role.User, "next"));
        Assert.Equal([.. lines, """{"role":"user","content":"next"}"""], File.ReadAllLines(_directory["context.jsonl"]));
    }

    [Fact]
    public void Requests_merge_adjacent_user_messages_but_never_notifications()
    {
        using Conversation conversation = new(_directory.Path);
        conversation.Append(new Message(Role.User, "a"));
        conversation.Append(new Message(Role.User, "b"));
        conversation.Append(new Message(Role.User, "<notification id=\"n1\">x</notification>"));
        conversation.Append(new Message(Role.User, "c"));
        conversation.Append(new Message(Role.Assistant, "d"));
        conversation.Append(new Message(Role.User, "e"));

        Assert.Equal(["a|b", "<notification id=\"n1\">x</notification>", "c", "d", "e"], conversation.RequestHistory.Select(static message => message.ExtractText("|")));
        Assert.Equal(6, conversation.History.Count);
    }

    [Fact]
    public void Reverting_sets_the_file_aside_and_keeps_everything_before_the_checkpoint()
    {
        using Conversation conversation = new(_directory.Path) { AnnouncesCheckpoints = true };
        conversation.SetSystemPrompt("P");
        conversation.Checkpoint();
        conversation.Append(new Message(Role.User, "one"));
        conversation.Checkpoint();
        conversation.Append(new Message(Role.Assistant, "two"));
        conversation.RevertTo(1);

        Assert.Equal(["<system>CHECKPOINT 0</system>", "one"], conversation.History.Select(static message => message.ExtractText()));
        Assert.Equal(1, conversation.NextCheckpoint);
        Assert.Equal(7, File.ReadAllLines(_directory["context_1.jsonl"]).Length);
        conversation.Checkpoint();
        Assert.Equal("""{"role": "_checkpoint", "id": 1}""", File.ReadAllLines(_directory["context.jsonl"])[^2]);
    }

    [Fact]
    public void Clearing_rewrites_the_prompt_and_numbers_the_old_files()
    {
        using Conversation conversation = new(_directory.Path);
        conversation.SetSystemPrompt("P");
        conversation.Append(new Message(Role.User, "one"));
        conversation.Clear();
        conversation.Clear();

        Assert.Equal(["""{"role": "_system_prompt", "content": "P"}"""], File.ReadAllLines(_directory["context.jsonl"]));
        Assert.True(File.Exists(_directory["context_1.jsonl"]));
        Assert.True(File.Exists(_directory["context_2.jsonl"]));
        Assert.Empty(conversation.History);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["context.jsonl"]) & (UnixFileMode)0b111_000_000);
        }
    }

    [Fact]
    public void A_prompt_is_put_in_front_of_a_file_that_has_none()
    {
        File.WriteAllText(_directory["context.jsonl"], """{"role":"user","content":"old"}""" + "\n");
        using Conversation conversation = new(_directory.Path);
        conversation.Restore();
        conversation.SetSystemPrompt("P");
        conversation.Append(new Message(Role.User, "new"));

        Assert.Equal(
            ["""{"role": "_system_prompt", "content": "P"}""", """{"role":"user","content":"old"}""", """{"role":"user","content":"new"}"""],
            File.ReadAllLines(_directory["context.jsonl"]));
        Assert.False(File.Exists(_directory["context.tmp"]));
    }

    [Fact]
    public void The_estimate_counts_code_points_of_text_and_nothing_else()
    {
        using Conversation conversation = new(_directory.Path);
        conversation.Append(new Message(Role.User, "😀😀😀😀")); // four code points, eight UTF-16 units
        Assert.Equal(1, conversation.EstimatedTokenCount);
        conversation.Append(new Message(Role.Assistant, [new ThinkPart(new string('t', 400)), new ImageUrlPart("data:x")]));
        Assert.Equal(1, conversation.EstimatedTokenCount);
        conversation.SetTokenCount(50);
        conversation.Append(new Message(Role.User, "abc"));
        Assert.Equal(50, conversation.EstimatedTokenCount);
    }

    [Fact]
    public void Replacing_keeps_the_old_file_and_writes_the_new_one_whole()
    {
        using Conversation conversation = new(_directory.Path) { AnnouncesCheckpoints = true };
        conversation.SetSystemPrompt("P");
        conversation.Checkpoint();
        conversation.Append(new Message(Role.User, "one"));
        string old = File.ReadAllText(_directory["context.jsonl"]);
        conversation.Replace([new Message(Role.User, "sum"), new Message(Role.Assistant, "kept")], 42);

        Assert.Equal(old, File.ReadAllText(_directory["context_1.jsonl"]));
        string[] expected =
        [
            """{"role": "_system_prompt", "content": "P"}""", """{"role": "_checkpoint", "id": 0}""", """{"role":"user","content":"<system>CHECKPOINT 0</system>"}""",
            """{"role":"user","content":"sum"}""", """{"role":"assistant","content":"kept"}""", """{"role": "_usage", "token_count": 42}""",
        ];
        Assert.Equal(expected, File.ReadAllLines(_directory["context.jsonl"]));
        Assert.Equal((42, 1, 3), (conversation.EstimatedTokenCount, conversation.NextCheckpoint, conversation.History.Count));
        Assert.False(File.Exists(_directory["context.tmp"]));
        conversation.Append(new Message(Role.User, "more"));
        Assert.Equal([.. expected, """{"role":"user","content":"more"}"""], File.ReadAllLines(_directory["context.jsonl"]));
    }

    [Fact]
    public void A_replacement_that_was_cut_off_is_finished_by_the_next_opening()
    {
        File.WriteAllText(_directory["context_1.jsonl"], """{"role":"user","content":"old"}""" + "\n");
        File.WriteAllText(_directory["context.tmp"], """{"role":"user","content":"new"}""" + "\n");
        using Conversation conversation = new(_directory.Path);
        conversation.Restore();
        Assert.Equal("new", Assert.Single(conversation.History).ExtractText());
        Assert.True(File.Exists(_directory["context.jsonl"]));
        Assert.False(File.Exists(_directory["context.tmp"]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData((1 << 16) - 1)]
    [InlineData(1 << 16)]
    [InlineData((1 << 16) + 1)]
    [InlineData(300_000)]
    public void Lines_of_any_length_are_read_whole_and_stay_valid(int length)
    {
        string[] lines = [new('a', length), "", new('b', length), .. Enumerable.Range(0, 5000).Select(static i => $"line {i}"), new('c', length), "torn"];
        string path = _directory["lines.jsonl"];
        File.WriteAllText(path, string.Join('\n', lines));
        ReadOnlyMemory<byte>[] read = [.. JsonLinesFile.ReadLines(path)];
        Assert.Equal(lines, read.Select(static line => System.Text.Encoding.UTF8.GetString(line.Span)));
        File.AppendAllText(path, "\n");
        Assert.Equal(lines.Length, JsonLinesFile.ReadLines(path).Count());
    }

    [Fact]
    public void No_more_of_a_file_is_read_than_is_asked_for()
    {
        string path = _directory["long.jsonl"];
        File.WriteAllText(path, "{\"x\":1}\n" + new string('y', 50_000_000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(7, JsonLinesFile.ReadLines(path).First().Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_replaced()
    {
        string path = Path.Join(_directory.Path, "context.jsonl");
        File.WriteAllBytes(path, [.. "{\"role\":\"user\",\"content\":\"bad "u8, 0xff, .. "\"}\n{\"\\ud800\":1,\"role\":\"user\",\"content\":\"half \\udc00\"}\n"u8]);
        using Conversation conversation = new(_directory.Path);
        conversation.Restore();
        Assert.Equal(["bad \ufffd", "half \ufffd"], conversation.History.Select(static message => message.ExtractText()));
    }
}
