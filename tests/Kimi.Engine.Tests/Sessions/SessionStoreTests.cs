using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Sessions;

public sealed class SessionStoreTests : IDisposable
{
    private readonly TemporaryDirectory _share = new();

    public void Dispose() => _share.Dispose();

    private SessionStore Store(string workDirectory = "/srv/app") => new(_share["sessions"], _share["kimi.json"], workDirectory);

    [Fact]
    public void Work_directories_are_named_by_their_hash()
    {
        Assert.Equal("8d9fbf108f79c6229f0b59258b273b63", WorkDirectories.FolderName("/srv/app", "local"));
        Assert.Equal("ssh_8d9fbf108f79c6229f0b59258b273b63", WorkDirectories.FolderName("/srv/app", "ssh"));
    }

    [Fact]
    public void A_new_session_is_a_directory_with_an_empty_conversation_and_an_entry()
    {
        SessionLocation session = Store().Create();

        Assert.True(Guid.TryParse(session.Id, out _));
        Assert.Equal(0, new FileInfo(Path.Join(session.Directory, "context.jsonl")).Length);
        Assert.Equal("{\n  \"work_dirs\": [\n    {\n      \"path\": \"/srv/app\",\n      \"kaos\": \"local\",\n      \"last_session_id\": null\n    }\n  ]\n}", File.ReadAllText(_share["kimi.json"]));
    }

    [Fact]
    public void A_line_of_another_program_with_an_empty_role_hides_no_session()
    {
        SessionLocation session = Store().Create();
        File.WriteAllText(Path.Join(session.Directory, "context.jsonl"), "{\"role\": \"\"}\n");
        Assert.Equal(session.Id, Assert.Single(Store().List()).Id);
    }

    [Fact]
    public void An_empty_session_is_deleted_and_a_used_one_becomes_the_last_only_after_success()
    {
        SessionStore store = Store();
        SessionLocation empty = store.Create();
        Assert.False(store.Finish(empty, new SessionState(empty.Directory), succeeded: true));
        Assert.False(Directory.Exists(empty.Directory));

        SessionLocation used = store.Create();
        using (Conversation conversation = new(used.Directory))
        {
            conversation.Append(new Message(Role.User, "hi"));
        }

        Assert.True(store.Finish(used, new SessionState(used.Directory), succeeded: false));
        Assert.Null(store.OpenLast());
        Assert.True(store.Finish(used, new SessionState(used.Directory), succeeded: true));
        Assert.Equal(used.Id, store.OpenLast()!.Id);
    }

    [Fact]
    public void An_existing_conversation_is_never_truncated()
    {
        string directory = Path.Join(Store().Root, "mine");
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Join(directory, "context.jsonl"), "{\"role\":\"user\",\"content\":\"x\"}\n");

        SessionLocation session = Store().Open("mine");

        Assert.False(session.IsNew);
        Assert.NotEqual(0, new FileInfo(Path.Join(directory, "context.jsonl")).Length);
    }

    [Fact]
    public void The_oldest_layout_is_moved_into_a_directory()
    {
        Directory.CreateDirectory(Store().Root);
        File.WriteAllText(Path.Join(Store().Root, "old.jsonl"), "{\"role\":\"user\",\"content\":\"x\"}\n");

        Assert.Equal("old", Assert.Single(Store().List()).Id);
        Assert.True(File.Exists(Path.Join(Store().Root, "old", "context.jsonl")));
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData(" ")]
    public void An_id_that_cannot_name_a_directory_is_refused(string id) =>
        Assert.Contains("session id", Assert.Throws<SessionStorageException>(() => Store().Open(id)).Message, StringComparison.Ordinal);

    [Fact]
    public void Unknown_members_of_the_list_survive()
    {
        File.WriteAllText(_share["kimi.json"], """{"thinking": true, "work_dirs": []}""");
        Store().Create();
        Assert.Contains("\"thinking\": true", File.ReadAllText(_share["kimi.json"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_is_open_only_once()
    {
        SessionLocation session = Store().Create();
        using (SessionLock.Take(session.Directory, session.Id))
        {
            SessionStorageException error = Assert.Throws<SessionStorageException>(() => SessionLock.Take(session.Directory, session.Id));
            Assert.Contains("open in another process", error.Message, StringComparison.Ordinal);
        }

        SessionLock.Take(session.Directory, session.Id).Dispose();
    }

    [Fact]
    public void The_record_has_a_header_and_whole_parts()
    {
        SessionLocation session = Store().Create();
        string path = Path.Join(session.Directory, "wire.jsonl");
        using (WireLog log = new(path, TimeProvider.System))
        {
            log.Record(new TurnBegin(new UserInput("hi")));
            log.Record(new ContentEvent(new TextPart("a")));
            log.Record(new ContentEvent(new TextPart("b")));
            log.Record(new ApprovalResponse("x", ApprovalResponseKind.Reject, ""));
            log.Record(new TurnEnd());
        }

        string[] lines = File.ReadAllLines(path);
        Assert.Equal("""{"type": "metadata", "protocol_version": "1.10"}""", lines[0]);
        Assert.EndsWith("""  "message": {"type": "ContentPart", "payload": {"type": "text", "text": "ab"}}}"""[1..], lines[2], StringComparison.Ordinal);
        Assert.Equal(4, lines.Length);
        Assert.False(WireLog.IsEmpty(path));
    }

    [Fact]
    public void An_empty_record_file_gets_the_header_of_the_first_protocol()
    {
        string path = _share["wire.jsonl"];
        File.WriteAllText(path, "");
        using (WireLog log = new(path, TimeProvider.System))
        {
            log.Record(new TurnEnd());
        }

        Assert.Equal("""{"type": "metadata", "protocol_version": "1.1"}""", File.ReadAllLines(path)[0]);
    }
}
