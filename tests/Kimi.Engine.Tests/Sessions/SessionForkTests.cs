using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;

namespace Kimi.Engine.Tests.Sessions;

public sealed class SessionForkTests : IDisposable
{
    private readonly TemporaryDirectory _share = new();
    private readonly SessionStore _store;
    private readonly SessionLocation _source;

    public SessionForkTests()
    {
        _store = new SessionStore(_share["sessions"], _share["kimi.json"], "/srv/app");
        _source = _store.Create();
        File.WriteAllText(Path.Join(_source.Directory, "context.jsonl"), string.Join('\n',
        [
            """{"role": "_system_prompt", "content": "P"}""",
            """{"role": "_checkpoint", "id": 0}""",
            """{"role":"user","content":"<system>CHECKPOINT 0</system>"}""",
            """{"role":"user","content":"one"}""",
            """{"role":"user","content":"<system-reminder>\nr\n</system-reminder>"}""",
            """{"role":"assistant","content":"1"}""",
            """{"role": "_checkpoint", "id": 1}""",
            """{"role":"user","content":"two see film.mp4"}""",
            """{"role":"assistant","content":"2"}""",
            """{"role": "_checkpoint", "id": 2}""",
            """{"role":"user","content":"three"}""",
            """{"role":"assistant","content":"3"}""",
        ]) + "\n");
        File.WriteAllText(Path.Join(_source.Directory, "wire.jsonl"), string.Join('\n',
        [
            """{"type": "metadata", "protocol_version": "1.9"}""",
            Record("TurnBegin", """{"user_input": "one"}"""), Record("StepBegin", """{"n": 1}"""), Record("TurnEnd", "{}"),
            Record("TurnBegin", """{"user_input": [{"type": "text", "text": "two see film.mp4"}]}"""), Record("TurnEnd", "{}"), Record("Notification", "{}"),
            Record("TurnBegin", """{"user_input": "three"}"""), Record("TurnEnd", "{}"),
        ]) + "\n");
        new SessionState(_source.Directory).SaveOwn(static state => state.CustomTitle = "numbers");
        Directory.CreateDirectory(Path.Join(_source.Directory, "uploads"));
        File.WriteAllText(Path.Join(_source.Directory, "uploads", "film.mp4"), "f");
        File.WriteAllText(Path.Join(_source.Directory, "uploads", "other.mp4"), "o");
    }

    public void Dispose() => _share.Dispose();

    [Fact]
    public void A_fork_has_the_turns_up_to_one()
    {
        ForkedSession fork = new SessionFork(_store).Fork(_source.Id, 1);

        Assert.Null(fork.Input);
        string[] wire = File.ReadAllLines(Path.Join(fork.Session.Directory, "wire.jsonl"));
        Assert.Equal(File.ReadAllLines(Path.Join(_source.Directory, "wire.jsonl"))[..6], wire);
        Assert.Equal(File.ReadAllLines(Path.Join(_source.Directory, "context.jsonl"))[..10], File.ReadAllLines(Path.Join(fork.Session.Directory, "context.jsonl")));
        SessionState state = new(fork.Session.Directory);
        state.Load();
        Assert.Equal("Fork: numbers", state.CustomTitle);
        Assert.True(state.TitleGenerated);
        Assert.NotNull(state.WireModified);
        Assert.True(File.Exists(Path.Join(fork.Session.Directory, "uploads", "film.mp4")));
        Assert.False(File.Exists(Path.Join(fork.Session.Directory, "uploads", "other.mp4")));
        Assert.True(Guid.TryParse(fork.Session.Id, out _));
    }

    [Fact]
    public void A_fork_of_all_turns_has_everything()
    {
        ForkedSession fork = new SessionFork(_store).Fork(_source.Id);
        Assert.Equal(File.ReadAllText(Path.Join(_source.Directory, "wire.jsonl")), File.ReadAllText(Path.Join(fork.Session.Directory, "wire.jsonl")));
        Assert.Equal(File.ReadAllText(Path.Join(_source.Directory, "context.jsonl")), File.ReadAllText(Path.Join(fork.Session.Directory, "context.jsonl")));
    }

    [Fact]
    public void Undoing_a_turn_keeps_those_before_and_returns_its_input()
    {
        ForkedSession undone = new SessionFork(_store).Undo(_source.Id, 1);
        Assert.Equal("two see film.mp4", Assert.IsType<TextPart>(Assert.Single(undone.Input!.Parts!)).Text);
        Assert.Equal(4, File.ReadAllLines(Path.Join(undone.Session.Directory, "wire.jsonl")).Length);
        Assert.Equal(File.ReadAllLines(Path.Join(_source.Directory, "context.jsonl"))[..7], File.ReadAllLines(Path.Join(undone.Session.Directory, "context.jsonl")));

        ForkedSession all = new SessionFork(_store).Undo(_source.Id, 0);
        Assert.Equal("one", all.Input!.Text);
        Assert.Single(File.ReadAllLines(Path.Join(all.Session.Directory, "wire.jsonl")));
        Assert.Equal("", File.ReadAllText(Path.Join(all.Session.Directory, "context.jsonl")));
        SessionState state = new(all.Session.Directory);
        state.Load();
        Assert.Equal("Undo: numbers", state.CustomTitle);
    }

    [Fact]
    public void Turns_that_do_not_exist_are_refused()
    {
        SessionFork fork = new(_store);
        Assert.Throws<SessionStorageException>(() => fork.Fork(_source.Id, 3));
        Assert.Throws<SessionStorageException>(() => fork.Fork(_source.Id, -1));
        Assert.Throws<SessionStorageException>(() => fork.Undo(_source.Id, 3));
        Assert.Throws<SessionStorageException>(() => fork.Undo(_source.Id, -1));
        Assert.Throws<SessionStorageException>(() => fork.Fork("none"));
        Assert.Single(Directory.GetDirectories(_store.Root));
    }

    [Fact]
    public void Nested_turns_and_turns_that_were_cut_off_have_ends_too()
    {
        File.WriteAllText(Path.Join(_source.Directory, "wire.jsonl"), string.Join('\n',
        [
            """{"type": "metadata", "protocol_version": "1.10"}""",
            Record("TurnBegin", """{"user_input": "/flow:x"}"""), Record("TurnBegin", """{"user_input": "a"}"""), Record("TurnEnd", "{}"), Record("TurnEnd", "{}"),
            Record("TurnBegin", """{"user_input": "killed"}"""), Record("StepBegin", """{"n": 1}"""),
            Record("TurnBegin", """{"user_input": "last"}"""), Record("TurnEnd", "{}"),
        ]) + "\n");
        int Lines(int turn) => File.ReadAllLines(Path.Join(new SessionFork(_store).Fork(_source.Id, turn).Session.Directory, "wire.jsonl")).Length;
        Assert.Equal([5, 4, 7, 9], [Lines(0), Lines(1), Lines(2), Lines(3)]);
    }

    [Fact]
    public void Commands_inputs_that_steered_and_older_states_of_the_conversation_are_told_apart()
    {
        string[] first =
        [
            """{"role": "_system_prompt", "content": "P"}""",
            Said("user", "one"), Said("assistant", "1"), Said("user", "rather so"), Said("assistant", "1b"),
            Said("user", "two"), Said("assistant", "2"),
        ];
        string[] second =
        [
            """{"role": "_system_prompt", "content": "P"}""",
            """{"role":"user","content":[{"type":"text","text":"<system>Previous context has been compacted. Here is the compaction output:</system>"},{"type":"text","text":"sum"}]}""",
            Said("user", "two"), Said("assistant", "2"), Said("user", "three"), Said("assistant", "3"), Said("user", "four"), Said("assistant", "4"),
        ];
        File.WriteAllLines(Path.Join(_source.Directory, "context_1.jsonl"), first);
        File.WriteAllLines(Path.Join(_source.Directory, "context.jsonl"), second);
        File.WriteAllLines(Path.Join(_source.Directory, "wire.jsonl"),
        [
            """{"type": "metadata", "protocol_version": "1.10"}""",
            Turn("/yolo"), Record("TurnEnd", "{}"),
            Turn("one"), Record("StepBegin", """{"n": 1}"""), Record("SteerInput", """{"user_input": "rather so"}"""), Record("StepBegin", """{"n": 2}"""), Record("TurnEnd", "{}"),
            Turn("two"), Record("StepBegin", """{"n": 1}"""), Record("TurnEnd", "{}"),
            Turn("/compact"), Record("CompactionEnd", "{}"), Record("TurnEnd", "{}"),
            Turn("three"), Record("StepBegin", """{"n": 1}"""), Record("TurnEnd", "{}"),
            Turn("four"), Record("StepBegin", """{"n": 1}"""), Record("TurnEnd", "{}"),
        ]);
        string[] Context(int turn) => File.ReadAllLines(Path.Join(new SessionFork(_store).Fork(_source.Id, turn).Session.Directory, "context.jsonl"));
        Assert.Equal(first[..1], Context(0));
        Assert.Equal(first[..5], Context(1));
        Assert.Equal(first, Context(2));
        Assert.Equal(second[..4], Context(3));
        Assert.Equal(second[..6], Context(4));
        Assert.Equal(second, Context(5));
    }

    [Fact]
    public void A_conversation_that_a_mail_took_back_is_found_as_it_was()
    {
        // The mail of the second turn went back before the first: only the rotated file still has it.
        File.WriteAllText(Path.Join(_source.Directory, "context_1.jsonl"), string.Join('\n',
        [
            Said("user", "one"), Said("assistant", "1"), Said("user", "two"), Said("assistant", "mailing"),
        ]) + "\n");
        File.WriteAllText(Path.Join(_source.Directory, "context.jsonl"), string.Join('\n',
        [
            Said("user", "<system>A D-Mail arrived.</system>"), Said("assistant", "2"), Said("user", "three"), Said("assistant", "3"),
        ]) + "\n");
        File.WriteAllText(Path.Join(_source.Directory, "wire.jsonl"), string.Join('\n',
        [
            """{"type": "metadata", "protocol_version": "1.9"}""",
            Turn("one"), Record("StepBegin", """{"n": 1}"""), Call("a"), Result("a", isError: true), Record("TurnEnd", "{}"),
            Turn("two"), Record("StepBegin", """{"n": 1}"""), Call("b"), Result("other", isError: false), Result("b", isError: false), Record("StepBegin", """{"n": 2}"""), Record("TurnEnd", "{}"),
            Turn("three"), Record("StepBegin", """{"n": 1}"""), Record("TurnEnd", "{}"),
        ]) + "\n");

        Assert.Equal([Said("user", "one"), Said("assistant", "1")], Context(0));
        Assert.Equal([Said("user", "<system>A D-Mail arrived.</system>"), Said("assistant", "2")], Context(1));
        Assert.Equal(File.ReadAllLines(Path.Join(_source.Directory, "context.jsonl")), Context(2));

        string[] Context(int turn) => File.ReadAllLines(Path.Join(new SessionFork(_store).Fork(_source.Id, turn).Session.Directory, "context.jsonl"));
        static string Call(string id) => Record("ToolCall", $"{{\"type\": \"function\", \"id\": \"{id}\", \"function\": {{\"name\": \"SendDMail\", \"arguments\": \"{{}}\"}}}}");
        static string Result(string id, bool isError) => Record("ToolResult", $"{{\"tool_call_id\": \"{id}\", \"return_value\": {{\"is_error\": {(isError ? "true" : "false")}, \"output\": \"\"}}}}");
    }

    private static string Said(string role, string text) => $"{{\"role\":\"{role}\",\"content\":\"{text}\"}}";

    private static string Turn(string input) => Record("TurnBegin", $"{{\"user_input\": \"{input}\"}}");

    private static string Record(string type, string payload) =>
        "{\"timestamp\": 1.5, \"message\": {\"type\": \"" + type + "\", \"payload\": " + payload + "}}";
}
