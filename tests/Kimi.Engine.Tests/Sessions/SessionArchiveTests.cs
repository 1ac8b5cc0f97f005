using System.IO.Compression;
using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Sessions;
using Kimi.Engine.Sessions.Archives;

namespace Kimi.Engine.Tests.Sessions;

/// <summary>ZIP export, archiving and the oldest metadata.</summary>
public sealed class SessionArchiveTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ShareDirectory _share;

    public SessionArchiveTests()
    {
        Directory.CreateDirectory(_directory["cwd"]);
        _share = new ShareDirectory(_directory["share"], _directory["home"]);
        Directory.CreateDirectory(_share.Root);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void The_archive_holds_the_session_its_manifest_and_recent_logs()
    {
        SessionLocation session = Make("/srv/app", "mine");
        Directory.CreateDirectory(Path.Join(session.Directory, "tasks", "bash-1"));
        File.WriteAllText(Path.Join(session.Directory, "tasks", "bash-1", "output.log"), "out");
        Directory.CreateDirectory(_share.LogsDirectory);
        WriteLog("kimi.log", DateTime.UtcNow);
        WriteLog("kimi.old.log", DateTime.UtcNow.AddDays(-5));
        WriteLog("kimi.then.log", DateTimeOffset.FromUnixTimeSeconds(1763629200).UtcDateTime.AddDays(1));
        using (Store("/srv/app").Lock(session))
        {
            WrittenArchive written = Zip("/srv/app").Write(Zip("/srv/app").Find("mine"), null, _directory["cwd"]);
            Assert.Equal(Path.Join(_directory["cwd"], "session-mine.zip"), written.Path);
            Assert.Equal(2, written.LogFiles);
            Assert.Contains("2 recent log files", written.Note, StringComparison.Ordinal);
        }

        using ZipArchive zip = ZipFile.OpenRead(Path.Join(_directory["cwd"], "session-mine.zip"));
        Assert.Equal(
            ["manifest.json", "context.jsonl", "tasks/bash-1/output.log", "wire.jsonl", "logs/kimi.log", "logs/kimi.then.log"],
            zip.Entries.Select(static entry => entry.FullName));
        using Stream manifest = zip.GetEntry("manifest.json")!.Open();
        JsonElement value = JsonDocument.Parse(manifest).RootElement;
        Assert.Equal(
            ["session_id", "exported_at", "kimi_cli_version", "python_version", "os", "platform", "session_first_activity", "session_last_activity"],
            value.EnumerateObject().Select(static member => member.Name));
        Assert.Equal("mine", value.GetProperty("session_id").GetString());
        Assert.Equal(EngineInfo.Version, value.GetProperty("kimi_cli_version").GetString());
        Assert.Equal("2025-11-20T09:00:00.250000+00:00", value.GetProperty("session_first_activity").GetString());
        Assert.Equal("2025-11-20T09:00:10.000000+00:00", value.GetProperty("session_last_activity").GetString());
    }

    [Fact]
    public void An_archive_brings_no_permissions_along()
    {
        SessionLocation session = Make("/srv/app", "mine");
        SessionState state = new(session.Directory) { Yolo = true, Afk = true, AutoApproveActions = ["run command"], AdditionalDirectories = ["/"], CustomTitle = "kept" };
        state.Save();
        SessionZip zip = Zip("/srv/app");
        string archive = zip.Write(zip.Find("mine"), null, _directory["cwd"]).Path;
        SessionLocation copy = SessionUnzip.Restore(archive, new SessionStore(_share.SessionsDirectory, _share.MetadataFile, "/srv/app"), "copy");
        SessionState restored = new(copy.Directory);
        restored.Load();
        Assert.Equal((false, false, "kept"), (restored.Yolo, restored.Afk, restored.CustomTitle));
        Assert.Empty(restored.AutoApproveActions);
        Assert.Empty(restored.AdditionalDirectories);
    }

    [Fact]
    public void The_target_may_be_a_file_or_a_directory()
    {
        Make("/srv/app", "mine");
        SessionZip zip = Zip("/srv/app");
        Assert.Equal(Path.Join(_directory["cwd"], "sub", "x.zip"), zip.Write(zip.Find("mine"), "sub/x.zip", _directory["cwd"]).Path);
        Assert.Equal(Path.Join(_directory["cwd"], "sub", "session-mine.zip"), zip.Write(zip.Find("mine"), "sub", _directory["cwd"]).Path);
        Assert.Null(zip.Write(zip.Find("mine"), "y.zip", _directory["cwd"]).Note);
        Assert.Equal(3, Directory.GetFiles(_directory["cwd"], "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void Sessions_are_looked_up_here_first_then_everywhere()
    {
        Make("/srv/other", "both");
        string here = Make("/srv/app", "both").Directory;
        string there = Make("/srv/other", "theirs").Directory;
        Assert.Equal(here, Zip("/srv/app").Find("both").Directory);
        Assert.Equal(there, Zip("/srv/app").Find("theirs").Directory);
        Assert.Equal("Error: session 'none' not found.", Assert.Throws<SessionArchiveException>(() => Zip("/srv/app").Find("none")).Message);
        Assert.Equal("Error: session '../x' not found.", Assert.Throws<SessionArchiveException>(() => Zip("/srv/app").Find("../x")).Message);
    }

    [Fact]
    public void The_last_session_of_the_directory_is_the_default()
    {
        Assert.Equal("Error: no previous session found for the working directory.", Assert.Throws<SessionArchiveException>(() => Zip("/srv/app").FindLast()).Message);
        SessionLocation session = Make("/srv/app", "mine");
        Store("/srv/app").Finish(session, new SessionState(session.Directory), Store("/srv/app").Lock(session), succeeded: true);
        SessionToArchive last = Zip("/srv/app").FindLast();
        Assert.Equal("mine", last.Id);
        Assert.Equal("hi", last.Title);
        Directory.Delete(session.Directory, recursive: true);
        Assert.Throws<SessionArchiveException>(() => Zip("/srv/app").FindLast());
    }

    [Fact]
    public void A_session_without_files_is_refused()
    {
        SessionLocation session = Make("/srv/app", "mine");
        SessionToArchive found = Zip("/srv/app").Find("mine");
        File.Delete(Path.Join(session.Directory, "context.jsonl"));
        File.Delete(Path.Join(session.Directory, "wire.jsonl"));
        Assert.Equal("Error: session 'mine' has no files.", Assert.Throws<SessionArchiveException>(() => Zip("/srv/app").Write(found, null, _directory["cwd"])).Message);
        Assert.Empty(Directory.GetFiles(_directory["cwd"]));
    }

    [Fact]
    public void Old_sessions_are_archived_unless_they_are_exempt()
    {
        SessionStore store = Store("/srv/app");
        DateTime old = DateTime.UtcNow.AddDays(-15).AddMinutes(-1);
        foreach (string id in (string[])["old", "young", "exempt"])
        {
            File.SetLastWriteTimeUtc(Path.Join(Make("/srv/app", id).Directory, "context.jsonl"), id == "young" ? old.AddDays(1) : old);
        }

        Clock clock = new();
        SessionArchiving archiving = new(store, clock);
        archiving.Set("exempt", true);
        archiving.Set("exempt", false);
        Assert.Equal(["old"], archiving.Sweep());
        SessionState state = new(store.Find("old")!);
        state.Load();
        Assert.True(state.Archived);
        Assert.NotNull(state.ArchivedAt);
        Assert.False(state.AutoArchiveExempt);
        SessionState exempt = new(store.Find("exempt")!);
        exempt.Load();
        Assert.False(exempt.Archived);
        Assert.Null(exempt.ArchivedAt);
        Assert.True(exempt.AutoArchiveExempt);

        File.SetLastWriteTimeUtc(Path.Join(store.Find("young")!, "context.jsonl"), old);
        clock.Now += TimeSpan.FromSeconds(299);
        Assert.Empty(archiving.Sweep());
        clock.Now += TimeSpan.FromSeconds(1);
        Assert.Equal(["young"], archiving.Sweep());
    }

    [Fact]
    public void The_oldest_metadata_moves_into_the_state()
    {
        SessionLocation session = Make("/srv/app", "mine");
        string file = Path.Join(session.Directory, "metadata.json");
        File.WriteAllText(file, """{"title": "Old title", "title_generated": true, "title_generate_attempts": 2, "archived": true, "archived_at": 5.5, "auto_archive_exempt": true, "wire_mtime": 7.5}""");
        SessionListing listed = Assert.Single(Store("/srv/app").List());
        Assert.Equal("Old title", listed.Title);
        Assert.True(listed.IsArchived);
        Assert.False(File.Exists(file));
        SessionState state = new(session.Directory);
        state.Load();
        Assert.Equal((true, 2L, 5.5, true, 7.5), (state.TitleGenerated, state.TitleGenerateAttempts, state.ArchivedAt, state.AutoArchiveExempt, state.WireModified));
    }

    [Fact]
    public void Metadata_changes_only_what_has_its_default_and_is_left_alone_when_unreadable()
    {
        SessionLocation session = Make("/srv/app", "mine");
        new SessionState(session.Directory).SaveOwn(static state => state.CustomTitle = "New title");
        string file = Path.Join(session.Directory, "metadata.json");
        File.WriteAllText(file, """{"title": "Untitled", "archived": false}""");
        SessionState state = new(session.Directory);
        state.Load();
        Assert.Equal("New title", state.CustomTitle);
        Assert.False(File.Exists(file));

        File.WriteAllText(file, "{not json");
        state.Load();
        Assert.True(File.Exists(file));
        Assert.Equal("New title", state.CustomTitle);
    }

    private SessionStore Store(string workDirectory) => new(_share.SessionsDirectory, _share.MetadataFile, workDirectory);

    private SessionZip Zip(string workDirectory) => new(_share, workDirectory, TimeProvider.System);

    private SessionLocation Make(string workDirectory, string id)
    {
        SessionLocation session = Store(workDirectory).Open(id);
        File.WriteAllText(Path.Join(session.Directory, "context.jsonl"), """{"role":"user","content":"hi"}""" + "\n");
        File.WriteAllText(
            Path.Join(session.Directory, "wire.jsonl"),
            """
            {"type": "metadata", "protocol_version": "1.10"}
            {"timestamp": 1763629200.25, "message": {"type": "TurnBegin", "payload": {"user_input": "hi"}}}
            {"timestamp": 1763629210.0, "message": {"type": "TurnEnd", "payload": {}}}

            """);
        return session;
    }

    private void WriteLog(string name, DateTime written)
    {
        File.WriteAllText(Path.Join(_share.LogsDirectory, name), "log");
        File.SetLastWriteTimeUtc(Path.Join(_share.LogsDirectory, name), written);
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = DateTimeOffset.UtcNow;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
