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
        Assert.False(Finish(store, empty, succeeded: true));
        Assert.False(Directory.Exists(empty.Directory));

        SessionLocation used = store.Create();
        using (Conversation conversation = new(used.Directory))
        {
            conversation.Append(new Message(Role.User, "hi"));
        }

        Assert.True(Finish(store, used, succeeded: false));
        Assert.Null(store.OpenLast());
        Assert.True(Finish(store, used, succeeded: true));
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
        using (Store().Lock(session))
        {
            SessionStorageException error = Assert.Throws<SessionStorageException>(() => Store().Lock(session));
            Assert.Contains("open in another process", error.Message, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(Path.Join(session.Directory, SessionLock.FileName)));
        Store().Lock(session).Dispose();
    }

    [Fact]
    public async Task Of_many_who_open_and_close_one_session_two_never_hold_it()
    {
        SessionLocation session = Store().Create();
        int holders = 0;
        int most = 0;
        int taken = 0;
        await Parallel.ForEachAsync(Enumerable.Range(0, 8), TestContext.Current.CancellationToken, (_, _) =>
        {
            for (int i = 0; i < 50; i++)
            {
                try
                {
                    using (Store().Lock(session))
                    {
                        int now = Interlocked.Increment(ref holders);
                        most = Math.Max(most, now);
                        Interlocked.Increment(ref taken);
                        Thread.Yield();
                        Interlocked.Decrement(ref holders);
                    }
                }
                catch (SessionStorageException)
                {
                    // open elsewhere
                }
            }

            return ValueTask.CompletedTask;
        });

        Assert.Equal(1, most);
        Assert.NotEqual(0, taken);
    }

    [Fact]
    public async Task What_one_process_writes_into_the_list_another_does_not_lose()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, 40), TestContext.Current.CancellationToken, (number, _) =>
        {
            SessionStore store = Store($"/srv/app{number}");
            SessionLocation session = store.Create();
            File.WriteAllText(Path.Join(session.Directory, "context.jsonl"), "{\"role\":\"user\",\"content\":\"x\"}\n");
            Finish(store, session, succeeded: true);
            return ValueTask.CompletedTask;
        });

        WorkDirectories list = WorkDirectories.Load(_share["kimi.json"]);
        Assert.All(Enumerable.Range(0, 40), number => Assert.NotNull(list.LastSession($"/srv/app{number}", WorkDirectories.LocalHost)));
    }

    [Fact]
    public void Who_waits_too_long_for_the_list_is_told_so()
    {
        using (StoreLock.Take(_share["kimi.json"]))
        {
            SessionStorageException error = Assert.Throws<SessionStorageException>(() => StoreLock.Take(_share["kimi.json"], TimeSpan.Zero));
            Assert.Contains("kimi.json.lock' is held by another process", error.Message, StringComparison.Ordinal);
        }

        StoreLock.Take(_share["kimi.json"], TimeSpan.Zero).Dispose();
    }

    [Fact]
    public void A_session_that_was_deleted_before_it_is_locked_is_made_again()
    {
        SessionStore store = Store();
        SessionLocation session = store.Create();
        SessionLocation same = Store().Open(session.Id);
        Assert.False(Finish(store, session, succeeded: true));
        using (Store().Lock(same))
        {
            Assert.True(File.Exists(Path.Join(same.Directory, "context.jsonl")));
        }
    }

    [Fact]
    public void The_work_directory_of_a_session_is_found_by_its_folder()
    {
        SessionLocation session = Store("/srv/other").Create();
        Assert.Equal("/srv/other", Store().WorkDirectoryOf(Store().FindAnywhere(session.Id)!));
        File.Delete(_share["kimi.json"]);
        Assert.Null(Store().WorkDirectoryOf(session.Directory));
    }

    [Fact]
    public void A_record_goes_on_after_a_failure_to_write()
    {
        string directory = _share["records"];
        string path = Path.Join(directory, "wire.jsonl");
        List<string> said = [];
        using WireLog log = new(path, TimeProvider.System) { Report = said.Add };
        log.Record(new TurnBegin(new UserInput("lost")));
        log.Record(new StepBegin(1));
        Assert.NotNull(log.Failure);
        Directory.CreateDirectory(directory);
        log.Record(new TurnEnd());
        log.Record(new TurnEnd());

        Assert.Null(log.Failure);
        string[] lines = File.ReadAllLines(path);
        Assert.Equal("""{"type": "metadata", "protocol_version": "1.10"}""", lines[0]);
        Assert.Equal(3, lines.Length);
        Assert.Collection(
            said,
            static line => Assert.StartsWith("The record of the session has a gap from here on: ", line, StringComparison.Ordinal),
            static line => Assert.Equal("The record of the session goes on; 2 messages are missing in it.", line));
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

    private static bool Finish(SessionStore store, SessionLocation session, bool succeeded) =>
        store.Finish(session, new SessionState(session.Directory), store.Lock(session), succeeded);
}
