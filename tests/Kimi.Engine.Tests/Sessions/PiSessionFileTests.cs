using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;
using Kimi.Engine.Sessions.Pi;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tests.Sessions;

public sealed class PiSessionFileTests : IDisposable
{
    private const string Note = "<system>Previous context has been compacted. Here is the compaction output:</system>";

    private static readonly PiModel s_model = new("moonshot", "kimi-k2", ThinkingLevel: "high");

    private readonly TemporaryDirectory _directory = new();
    private readonly string _session;

    public PiSessionFileTests() => _session = Directory.CreateDirectory(_directory["0a1b2c3d"]).FullName;

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("/home/ana/app", "--home-ana-app--")]
    [InlineData("C:\\src\\x", "--C--src-x--")]
    [InlineData("//server", "---server--")]
    public void Folders_are_named_after_work_directories(string workDirectory, string name) => Assert.Equal(name, PiSessionFile.FolderName(workDirectory));

    [Fact]
    public void Files_are_named_by_time_and_id() => Assert.Equal(
        "2026-03-15T10-22-31-507Z_0b8e.jsonl", PiSessionFile.FileName(new DateTimeOffset(2026, 3, 15, 12, 22, 31, 507, TimeSpan.FromHours(2)), "0b8e"));

    [Fact]
    public void A_conversation_becomes_a_header_settings_and_a_chain_of_messages()
    {
        using (Conversation conversation = new(_session))
        {
            conversation.SetSystemPrompt("You are.");
            conversation.Checkpoint();
            conversation.Append(new Message(Role.User, "Größe?"));
            conversation.Checkpoint();
            conversation.Append(new Message(Role.User, "<system-reminder>\nplan\n</system-reminder>"));
            conversation.SetTokenCount(812);
            conversation.Append(new Message(Role.Assistant, [new ThinkPart("hm", "sig"), new TextPart("Look.")], [new ToolCall("c1", "ReadFile", "{\"path\": \"a.txt\"}")]));
            conversation.SetTokenCount(876);
            conversation.Append(new Message(Role.Tool, [new TextPart("<system>ERROR: no</system>"), new ImageUrlPart("data:image/png;base64,AAEC")], toolCallId: "c1"));
            conversation.Append(new Message(Role.Assistant, "No such file."));
        }

        File.WriteAllText(
            Path.Join(_session, "wire.jsonl"),
            """
            {"type": "metadata", "protocol_version": "1.10"}
            {"timestamp": 1775117762.003, "message": {"type": "TurnBegin", "payload": {"user_input": "Größe?"}}}
            {"timestamp": 1775117763.1, "message": {"type": "ToolCall", "payload": {"type": "function", "id": "c1", "function": {"name": "ReadFile", "arguments": "{}"}, "extras": null}}}
            {"timestamp": 1775117764.2, "message": {"type": "ToolResult", "payload": {"tool_call_id": "c1", "return_value": {}}}}
            {"timestamp": 1775117765.3, "message": {"type": "ContentPart", "payload": {"type": "text", "text": "No such file."}}}

            """);
        new SessionState(_session).SaveOwn(static state => state.CustomTitle = "Sizes");

        string path = PiSessionFile.Export(_session, "/srv/shop", s_model, _directory.Path);
        Assert.Equal(_directory["2026-04-02T08-16-02-003Z_0a1b2c3d.jsonl"], path);
        byte[] bytes = File.ReadAllBytes(path);
        Assert.Equal((byte)'\n', bytes[^1]);
        JsonElement[] entries = Entries(path);
        Assert.Equal(
            """{"type":"session","version":3,"id":"0a1b2c3d","timestamp":"2026-04-02T08:16:02.003Z","cwd":"/srv/shop"}""",
            File.ReadLines(path).First());
        Assert.Equal(
            ["model_change", "thinking_level_change", "session_info", "custom", "message", "custom_message", "message", "message", "message"],
            entries.Select(static entry => entry.StringOrNull("type")));
        string[] ids = [.. entries.Select(static entry => entry.StringOrNull("id")!)];
        Assert.All(ids, static id => Assert.Matches("^[0-9a-f]{8}$", id));
        Assert.Distinct(ids);
        Assert.Equal([null, .. ids[..^1]], entries.Select(static entry => entry.StringOrNull("parentId")));
        Assert.Equal(JsonValueKind.Null, entries[0].GetProperty("parentId").ValueKind);

        Assert.Equal(("moonshot", "kimi-k2"), (entries[0].StringOrNull("provider"), entries[0].StringOrNull("modelId")));
        Assert.Equal("high", entries[1].StringOrNull("thinkingLevel"));
        Assert.Equal("Sizes", entries[2].StringOrNull("name"));
        Assert.Equal("2026-04-02T08:16:03.100Z", entries[6].StringOrNull("timestamp"));
        Assert.Equal("""{"role":"user","content":[{"type":"text","text":"Größe?"}],"timestamp":1775117762003}""", Raw(entries[4], "message"));
        Assert.Equal((false, "kimi-reminder", "<system-reminder>\nplan\n</system-reminder>"), (entries[5].GetProperty("display").GetBoolean(), entries[5].StringOrNull("customType"), entries[5].StringOrNull("content")));
        Assert.Equal(
            """{"role":"assistant","content":[{"type":"thinking","thinking":"hm","thinkingSignature":"sig"},{"type":"text","text":"Look."},{"type":"toolCall","id":"c1","name":"ReadFile","arguments":{"path":"a.txt"}}],"api":"openai-completions","provider":"moonshot","model":"kimi-k2","usage":{"input":812,"output":64,"cacheRead":0,"cacheWrite":0,"totalTokens":876,"cost":{"input":0,"output":0,"cacheRead":0,"cacheWrite":0,"total":0}},"stopReason":"toolUse","timestamp":1775117763100}""",
            Raw(entries[6], "message"));
        Assert.Equal(
            """{"role":"toolResult","toolCallId":"c1","toolName":"ReadFile","content":[{"type":"text","text":"<system>ERROR: no</system>"},{"type":"image","data":"AAEC","mimeType":"image/png"}],"isError":true,"timestamp":1775117764200}""",
            Raw(entries[7], "message"));
        Assert.Equal("stop", entries[8].GetProperty("message").StringOrNull("stopReason"));
        Assert.All(entries[4..], static entry => Assert.False(entry.TryGetProperty("kimi", out _)));

        Assert.Equal(File.ReadAllBytes(path), File.ReadAllBytes(PiSessionFile.Export(_session, "/srv/shop", s_model, _directory["again.jsonl"])));
    }

    [Fact]
    public void Compaction_going_back_and_clearing_make_a_tree_that_is_read_back()
    {
        using (Conversation conversation = new(_session))
        {
            conversation.SetSystemPrompt("P");
            Say(conversation, "one", "1");
            Say(conversation, "two", "2");
            conversation.SetTokenCount(500);
            conversation.Replace([new Message(Role.User, [new TextPart(Note), new TextPart("sum A")]), conversation.History[2], conversation.History[3]], 60);
            Say(conversation, "three", "3");
            int checkpoint = conversation.Checkpoint();
            conversation.Append(new Message(Role.Assistant, "wrong way"));
            conversation.RevertTo(checkpoint);
            conversation.Append(new Message(Role.User, "<system>mail</system>"));
            conversation.Append(new Message(Role.Assistant, "right way"));
            conversation.Replace([new Message(Role.User, [new TextPart(Note), new TextPart("sum B"), new TextPart("more")]), .. conversation.History.TakeLast(2)], 70);
            conversation.Append(new Message(Role.User, "four"));
            conversation.Clear();
            Say(conversation, "five", "5");
        }

        string path = PiSessionFile.Export(_session, "/srv/shop", s_model, _directory["pi.jsonl"]);
        JsonElement[] entries = Entries(path);
        Dictionary<string, JsonElement> byId = entries.ToDictionary(static entry => entry.StringOrNull("id")!);
        JsonElement Find(string text) => entries.Single(entry => entry.TryMember("message", out JsonElement message) && message.GetProperty("content").EnumerateArray().Any(block => block.StringOrNull("text") == text));
        string Id(string text) => Find(text).StringOrNull("id")!;
        string? Parent(string text) => Find(text).StringOrNull("parentId");

        JsonElement[] compactions = [.. entries.Where(static entry => entry.StringOrNull("type") == "compaction")];
        Assert.Equal(2, compactions.Length);
        Assert.Equal(("sum A", Id("2"), Id("two"), 500), (compactions[0].StringOrNull("summary"), compactions[0].StringOrNull("parentId"), compactions[0].StringOrNull("firstKeptEntryId"), compactions[0].LongOr("tokensBefore", 0)));
        Assert.Equal(compactions[0].StringOrNull("id"), Parent("three"));
        Assert.Equal(Id("3"), Parent("wrong way"));
        Assert.Equal(Id("3"), Parent("<system>mail</system>"));
        Assert.Equal(("sum B\n\nmore", Id("right way"), Id("<system>mail</system>")), (compactions[1].StringOrNull("summary"), compactions[1].StringOrNull("parentId"), compactions[1].StringOrNull("firstKeptEntryId")));
        Assert.True(compactions[1].TryGetProperty("kimi", out _));
        Assert.Equal(Parent("one"), Parent("five"));
        Assert.Equal(Id("5"), entries[^1].StringOrNull("id"));
        Assert.All(entries, entry => Assert.True(entry.StringOrNull("parentId") is not string parent || byId.ContainsKey(parent)));

        string copy = Directory.CreateDirectory(_directory["copy"]).FullName;
        PiImport imported = PiSessionFile.Import(path, copy);
        Assert.Equal(("0a1b2c3d", "/srv/shop", s_model, 2, 4), (imported.Id, imported.WorkDirectory, imported.Model, imported.MessageCount, imported.BranchCount));
        string[] files = [.. ContextSnapshot.Files(_session).Select(Path.GetFileName)!];
        Assert.Equal(["context_1.jsonl", "context_2.jsonl", "context_3.jsonl", "context_4.jsonl", "context.jsonl"], files);
        Assert.Equal(files, ContextSnapshot.Files(copy).Select(Path.GetFileName));
        foreach (string file in files)
        {
            Assert.Equal(Messages(Path.Join(_session, file)), Messages(Path.Join(copy, file)));
        }

        string second = Directory.CreateDirectory(_directory["0a1b2c3e"]).FullName;
        PiSessionFile.Import(PiSessionFile.Export(copy, "/srv/shop", s_model, _directory["again.jsonl"]), second);
        Assert.Equal(Messages(Path.Join(_session, "context_3.jsonl")), Messages(Path.Join(second, "context_3.jsonl")));
    }

    [Fact]
    public void What_pi_cannot_say_travels_along_and_comes_back()
    {
        Message[] messages =
        [
            new(Role.System, "note"),
            new(Role.User, [new TextPart("see"), new VideoUrlPart("ms://x", "v1"), new ImageUrlPart("https://x/y.png")], name: "ana"),
            new(Role.Assistant, [new TextPart("a"), new AudioUrlPart("data:audio/wav;base64,AA==")], [new ToolCall("c1", "T", "{broken"), new ToolCall("c2", "T", null, LenientJson.Parse("{\"x\":1}"))], partial: true),
            new(Role.Tool, [new TextPart("r")], toolCallId: "c1"),
            new(Role.Tool, [], toolCallId: "c2"),
            new(Role.User, []),
            new(Role.User, "<notification id=\"n\">x</notification>"),
        ];
        using (Conversation conversation = new(_session))
        {
            conversation.Append(messages);
        }

        string path = PiSessionFile.Export(_session, "/srv/shop", s_model, _directory["pi.jsonl"]);
        string copy = Directory.CreateDirectory(_directory["copy"]).FullName;
        PiSessionFile.Import(path, copy);
        Assert.Equal(messages.Select(static message => System.Text.Encoding.UTF8.GetString(message.Line.Span)), Messages(Path.Join(copy, "context.jsonl")));
    }

    [Fact]
    public void A_cleared_session_goes_on_before_its_first_message()
    {
        using (Conversation conversation = new(_session))
        {
            Say(conversation, "one", "1");
            conversation.Clear();
        }

        string path = PiSessionFile.Export(_session, "/srv/shop", s_model, _directory["pi.jsonl"]);
        JsonElement last = Entries(path)[^1];
        Assert.Equal("custom", last.StringOrNull("type"));
        string copy = Directory.CreateDirectory(_directory["copy"]).FullName;
        PiImport imported = PiSessionFile.Import(path, copy);
        Assert.Equal((0, 1), (imported.MessageCount, imported.BranchCount));
        Assert.Equal(2, Messages(Path.Join(copy, "context_1.jsonl")).Length);
    }

    [Fact]
    public void Sessions_of_pi_are_read_with_all_they_hold()
    {
        string path = Write(
            """{"type":"session","version":3,"id":"6f1c","timestamp":"2026-04-02T08:15:30.120Z","cwd":"/srv/shop"}""",
            """{"type":"model_change","id":"1","parentId":null,"timestamp":"2026-04-02T08:15:30.130Z","provider":"openai","modelId":"gpt-5.2"}""",
            """{"type":"thinking_level_change","id":"2","parentId":"1","timestamp":"2026-04-02T08:15:30.131Z","thinkingLevel":"medium"}""",
            """{"type":"message","id":"3","parentId":"2","timestamp":"2026-04-02T08:16:02.004Z","message":{"role":"user","content":"Why?","timestamp":1}}""",
            "not json",
            """{"type":"message","id":"4","parentId":"3","timestamp":"x","message":{"role":"assistant","content":[{"type":"thinking","thinking":"Need it.","thinkingSignature":"s"},{"type":"toolCall","id":"c|f","name":"read","arguments":{"path":"cart.ps1"}}],"api":"openai-responses","provider":"openai","model":"gpt-5.2","usage":{"input":800,"output":64,"cacheRead":12,"cacheWrite":0,"totalTokens":876},"stopReason":"toolUse","timestamp":2}}""",
            """{"type":"message","id":"5","parentId":"4","timestamp":"x","message":{"role":"toolResult","toolCallId":"c|f","toolName":"read","content":[{"type":"text","text":"gone"}],"isError":true,"timestamp":3}}""",
            """{"type":"message","id":"6","parentId":"5","timestamp":"x","message":{"role":"assistant","content":[{"type":"text","text":"Abandoned."}],"api":"a","provider":"p","model":"m","usage":{},"stopReason":"stop","timestamp":4}}""",
            """{"type":"branch_summary","id":"7","parentId":"5","timestamp":"x","fromId":"5","summary":"It failed."}""",
            """{"type":"custom","id":"8","parentId":"7","timestamp":"x","customType":"todo-list","data":{"open":3}}""",
            """{"type":"custom_message","id":"9","parentId":"8","timestamp":"x","customType":"git-guard","content":"Working tree is dirty.","display":true}""",
            """{"type":"message","id":"a","parentId":"9","timestamp":"x","message":{"role":"bashExecution","command":"make","output":"boom\n","exitCode":2,"cancelled":false,"truncated":false,"timestamp":5}}""",
            """{"type":"message","id":"b","parentId":"a","timestamp":"x","message":{"role":"bashExecution","command":"secret","output":"","cancelled":false,"truncated":false,"excludeFromContext":true,"timestamp":5}}""",
            """{"type":"hologram","id":"c","parentId":"b","timestamp":"x"}""",
            """{"type":"message","id":"d","parentId":"c","timestamp":"x","message":{"role":"assistant","content":[{"type":"toolCall","id":"open","name":"read","arguments":{}}],"api":"a","provider":"openai","model":"gpt-5.2","usage":{},"stopReason":"toolUse","timestamp":6}}""",
            """{"type":"label","id":"e","parentId":"d","timestamp":"x","targetId":"4","label":"mark"}""",
            """{"type":"session_info","id":"f","parentId":"e","timestamp":"x","name":" Cart bug "}""");

        PiImport imported = PiSessionFile.Import(path, _session);
        Assert.Equal("Cart bug", imported.Title);
        Assert.Equal(("openai", "gpt-5.2", "medium"), (imported.Model!.Provider, imported.Model.ModelId, imported.Model.ThinkingLevel));
        Assert.Equal(1, imported.BranchCount);
        Assert.Equal("2026-04-02T08:15:30.120Z", imported.CreatedAt);
        SessionState state = new(_session);
        state.Load();
        Assert.Equal("Cart bug", state.CustomTitle);
        Assert.Equal(
            [
                """{"role":"user","content":"Why?"}""",
                """{"role":"assistant","content":[{"type":"think","think":"Need it.","encrypted":"s"}],"tool_calls":[{"type":"function","id":"c|f","function":{"name":"read","arguments":"{\"path\":\"cart.ps1\"}"}}]}""",
                """{"role":"tool","content":[{"type":"text","text":"<system>ERROR: The tool call failed.</system>"},{"type":"text","text":"gone"}],"tool_call_id":"c|f"}""",
                """{"role":"user","content":"The conversation comes back from another branch, which is summed up here.\n\n<summary>\nIt failed.\n</summary>"}""",
                """{"role":"user","content":"Working tree is dirty."}""",
                """{"role":"user","content":"Ran `make`\n```\nboom\n```\n\nIt ended with exit code 2."}""",
                """{"role":"assistant","content":[],"tool_calls":[{"type":"function","id":"open","function":{"name":"read","arguments":"{}"}}]}""",
                """{"role":"tool","content":"<system>ERROR: The call was interrupted; it has no result.</system>","tool_call_id":"open"}""",
            ],
            Messages(Path.Join(_session, "context.jsonl")));
        Assert.Contains("Abandoned.", Messages(Path.Join(_session, "context_1.jsonl"))[^1], StringComparison.Ordinal);
        string[] lines = File.ReadAllLines(Path.Join(_session, "context.jsonl"));
        Assert.Equal(["""{"role": "_checkpoint", "id": 0}""", """{"role":"user","content":"Why?"}""", """{"role": "_checkpoint", "id": 1}""", """{"role": "_usage", "token_count": 812}"""], lines[..4]);
        Assert.Equal("""{"role": "_usage", "token_count": 876}""", lines[5]);
    }

    [Fact]
    public void Answers_that_failed_are_not_part_of_the_conversation()
    {
        string path = Write(
            """{"type":"session","version":3,"id":"x","timestamp":"t","cwd":"/"}""",
            User("1", null, "a"),
            """{"type":"message","id":"2","parentId":"1","timestamp":"t","message":{"role":"assistant","content":[{"type":"text","text":"par"},{"type":"toolCall","id":"c","name":"read","arguments":{}}],"stopReason":"aborted","timestamp":1}}""",
            """{"type":"message","id":"3","parentId":"2","timestamp":"t","message":{"role":"toolResult","toolCallId":"c","toolName":"read","content":[],"isError":true,"timestamp":1}}""",
            User("4", "3", "b"),
            """{"type":"message","id":"5","parentId":"4","timestamp":"t","message":{"role":"assistant","content":[],"stopReason":"error","errorMessage":"429","timestamp":1}}""");
        Assert.Equal(2, PiSessionFile.Import(path, _session).MessageCount);
        Assert.Equal(["""{"role":"user","content":"a"}""", """{"role":"user","content":"b"}"""], Messages(Path.Join(_session, "context.jsonl")));
    }

    [Fact]
    public void The_signature_of_a_gemini_call_is_the_same_in_both()
    {
        const string Call = """{"role":"assistant","content":[],"tool_calls":[{"type":"function","id":"c","function":{"name":"read","arguments":"{}"},"extras":{"thought_signature_b64":"c2ln"}}]}""";
        string path = Write(
            """{"type":"session","version":3,"id":"x","timestamp":"t","cwd":"/"}""",
            """{"type":"message","id":"1","parentId":null,"timestamp":"t","message":{"role":"assistant","content":[{"type":"toolCall","id":"c","name":"read","arguments":{},"thoughtSignature":"c2ln"}],"stopReason":"toolUse","timestamp":1}}""");
        PiSessionFile.Import(path, _session);
        Assert.Equal(Call, Messages(Path.Join(_session, "context.jsonl"))[0]);
        JsonElement entry = Entries(PiSessionFile.Export(_session, "/", s_model, _directory["pi.jsonl"])).First(static entry => entry.StringOrNull("type") == "message");
        Assert.Equal("""[{"type":"toolCall","id":"c","name":"read","arguments":{},"thoughtSignature":"c2ln"}]""", entry.GetProperty("message").GetProperty("content").GetRawText());
        Assert.False(entry.TryGetProperty("kimi", out _));
    }

    [Fact]
    public void Only_the_last_compaction_of_a_path_counts()
    {
        string path = Write(
            """{"type":"session","version":3,"id":"x","timestamp":"t","cwd":"/"}""",
            User("1", null, "a"), User("2", "1", "b"),
            """{"type":"compaction","id":"3","parentId":"2","timestamp":"t","summary":"first","firstKeptEntryId":"2","tokensBefore":5}""",
            User("4", "3", "c"), User("5", "4", "d"),
            """{"type":"compaction","id":"6","parentId":"5","timestamp":"t","summary":"second","firstKeptEntryId":"5","tokensBefore":5}""",
            User("7", "6", "e"));
        PiSessionFile.Import(path, _session);
        string Summary(string text) => $$"""{"role":"user","content":[{"type":"text","text":"{{Note}}"},{"type":"text","text":"{{text}}"}]}""";
        string Said(string text) => $$"""{"role":"user","content":"{{text}}"}""";
        Assert.Equal([Summary("second"), Said("d"), Said("e")], Messages(Path.Join(_session, "context.jsonl")));
        Assert.Equal([Summary("first"), Said("b"), Said("c"), Said("d")], Messages(Path.Join(_session, "context_2.jsonl")));
        Assert.Equal([Said("a"), Said("b")], Messages(Path.Join(_session, "context_1.jsonl")));
    }

    [Fact]
    public void The_first_version_has_a_line_instead_of_a_tree()
    {
        string path = Write(
            """{"type":"session","id":"x","timestamp":"t","cwd":"/"}""",
            """{"type":"message","timestamp":"t","message":{"role":"user","content":"a","timestamp":1}}""",
            """{"type":"message","timestamp":"t","message":{"role":"hookMessage","content":"b","timestamp":1}}""",
            """{"type":"compaction","timestamp":"t","summary":"s","firstKeptEntryIndex":2,"tokensBefore":5}""",
            """{"type":"message","timestamp":"t","message":{"role":"user","content":"c","timestamp":1}}""");
        Assert.Equal(3, PiSessionFile.Import(path, _session).MessageCount);
        Assert.Equal(["""{"role":"user","content":"b"}""", """{"role":"user","content":"c"}"""], Messages(Path.Join(_session, "context.jsonl"))[1..]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"type\":\"message\",\"id\":\"1\"}\n")]
    [InlineData("# a document\n{\"type\":\"session\",\"version\":3,\"id\":\"x\"}\n")]
    public void Other_files_are_refused_and_stay_as_they_are(string text)
    {
        string path = _directory["file.jsonl"];
        File.WriteAllText(path, text);
        Assert.Contains("is not a pi session file", Assert.Throws<SessionStorageException>(() => PiSessionFile.Import(path, _session)).Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(path));
        Assert.Empty(Directory.GetFiles(_session));
    }

    [Fact]
    public void Circles_and_missing_parents_end_a_path()
    {
        string path = Write("""{"type":"session","version":3,"id":"x","timestamp":"t","cwd":"/"}""", User("1", "2", "a"), User("2", "1", "b"), User("3", "gone", "c"), User("4", "4", "d"));
        PiImport imported = PiSessionFile.Import(path, _session);
        Assert.Equal(1, imported.MessageCount);
    }

    [Fact]
    public void A_session_with_messages_is_not_overwritten()
    {
        using (Conversation conversation = new(_session))
        {
            Say(conversation, "one", "1");
        }

        string path = PiSessionFile.Export(_session, "/", s_model, _directory["pi.jsonl"]);
        Assert.Throws<SessionStorageException>(() => PiSessionFile.Import(path, _session));
    }

    private static void Say(Conversation conversation, string question, string answer)
    {
        conversation.Checkpoint();
        conversation.Append(new Message(Role.User, question));
        conversation.Checkpoint();
        conversation.Append(new Message(Role.Assistant, answer));
    }

    private static string User(string id, string? parent, string text)
    {
        string parentText = parent is null ? "null" : $"\"{parent}\"";
        return "{\"type\":\"message\",\"id\":\"" + id + "\",\"parentId\":" + parentText + ",\"timestamp\":\"t\",\"message\":{\"role\":\"user\",\"content\":\"" + text + "\",\"timestamp\":1}}";
    }

    private string Write(params string[] lines)
    {
        string path = _directory["given.jsonl"];
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        return path;
    }

    private static JsonElement[] Entries(string path) => [.. File.ReadAllLines(path).Skip(1).Select(LenientJson.Parse)];

    private static string Raw(JsonElement entry, string member) => entry.GetProperty(member).GetRawText();

    private static string[] Messages(string path) => [.. File.ReadAllLines(path).Where(static line => !line.Contains("\"role\": \"_", StringComparison.Ordinal))];
}
