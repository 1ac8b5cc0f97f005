using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Turns.Background;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Background;

/// <summary>What is said of tasks that have ended, to whom, and how often.</summary>
public sealed class NotificationTests : IDisposable
{
    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2026, 3, 4, 5, 6, 7, TimeSpan.Zero));
    private readonly BackgroundFixture _fixture;

    public NotificationTests() => _fixture = new BackgroundFixture(_time);

    [Theory]
    [InlineData("completed", false, "task.completed", "success", "Background task completed: a task")]
    [InlineData("failed", false, "task.failed", "error", "Background task failed: a task")]
    [InlineData("failed", true, "task.timed_out", "error", "Background task timed out: a task")]
    [InlineData("killed", false, "task.killed", "warning", "Background task stopped: a task")]
    [InlineData("lost", false, "task.lost", "warning", "Background task lost: a task")]
    public void Every_end_has_its_words(string status, bool timedOut, string type, string severity, string title)
    {
        Notification notification = TaskNotifications.Of(View(new TaskRuntime { Status = status, TimedOut = timedOut }), _time);
        Assert.Equal(("task", type, severity, title), (notification.Category, notification.Type, notification.Severity, notification.Title));
        Assert.Equal(("background_task", "bash-1"), (notification.SourceKind, notification.SourceId));
        Assert.Equal($"background_task:bash-1:{type[5..]}", notification.DedupeKey);
        Assert.Equal(["llm", "wire", "shell"], notification.Targets);
        Assert.Matches("^n[0-9a-f]{8}$", notification.Id);
    }

    [Fact]
    public void The_body_says_how_it_went()
    {
        double now = StoredJson.Seconds(_time);
        string clock = TimeZoneInfo.ConvertTime(_time.GetUtcNow(), _time.LocalTimeZone).ToString("yyyy-MM-dd HH:mm:ss", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(
            $"Task ID: bash-1\nStatus: completed (Completed at: {clock}, Duration: 1m 30s)\nDescription: a task\nExit code: 0",
            Body(new TaskRuntime { Status = "completed", StartedAt = now - 90, FinishedAt = now, ExitCode = 0 }));
        Assert.Equal(
            $"Task ID: bash-1\nStatus: failed (Finished at: {clock}, Duration: <1s)\nDescription: a task\nTerminal reason: timed_out\nExit code: -15\nFailure reason: Command timed out after 1s",
            Body(new TaskRuntime { Status = "failed", TimedOut = true, StartedAt = now, FinishedAt = now, ExitCode = -15, FailureReason = "Command timed out after 1s" }));
        Assert.Equal(
            $"Task ID: bash-1\nStatus: killed (Finished at: {clock})\nDescription: a task\nFailure reason: why",
            Body(new TaskRuntime { Status = "killed", FinishedAt = now, FailureReason = "why" }));
        Assert.Equal("Task ID: bash-1\nStatus: lost\nDescription: a task", Body(new TaskRuntime { Status = "lost" }));

        string Body(TaskRuntime runtime) => TaskNotifications.Of(View(runtime), _time).Body;
    }

    [Theory]
    [InlineData(0.4, "<1s")]
    [InlineData(5.9, "5s")]
    [InlineData(90, "1m 30s")]
    [InlineData(3661, "1h 1m 1s")]
    [InlineData(7200, "2h 0m 0s")]
    public void Durations_are_short(double seconds, string text) => Assert.Equal(text, TaskNotifications.DurationText(seconds));

    [Fact]
    public void The_facts_come_along()
    {
        JsonElement payload = TaskNotifications.Of(
            View(new TaskRuntime { Status = "failed", StartedAt = 10, FinishedAt = 12.5, ExitCode = 3, FailureReason = "Command failed with exit code 3" }), _time).Payload;
        Assert.Equal(
            """{"task_id":"bash-1","task_kind":"bash","status":"failed","description":"a task","exit_code":3,"interrupted":false,"timed_out":false,"terminal_reason":"failed","failure_reason":"Command failed with exit code 3","finished_at":12.5,"duration_s":2.5}""",
            payload.GetRawText());
        payload = TaskNotifications.Of(View(new TaskRuntime { Status = "completed", FinishedAt = 12.5 }), _time).Payload;
        Assert.Equal(JsonValueKind.Null, payload.GetProperty("duration_s").ValueKind);
        Assert.Equal(JsonValueKind.Null, payload.GetProperty("exit_code").ValueKind);
    }

    [Fact]
    public void The_model_reads_it_with_the_end_of_the_output()
    {
        TaskView task = View(new TaskRuntime { Status = "failed", ExitCode = 3, FailureReason = "Command failed with exit code 3" });
        File.WriteAllText(task.Files.OutputPath, string.Concat(Enumerable.Range(1, 40).Select(static n => $"line {n}\n")));
        Notification notification = TaskNotifications.Of(task, _time);
        Message message = TaskNotifications.ToMessage(notification, task, BackgroundFixture.Quick with { NotificationTailLines = 2 });
        Assert.Equal(Role.User, message.Role);
        Assert.Equal(
            $"""
            <notification id="{notification.Id}" category="task" type="task.failed" source_kind="background_task" source_id="bash-1">
            Title: Background task failed: a task
            Severity: error
            {notification.Body}
            <task-notification>
            Task ID: bash-1
            Task Type: bash
            Description: a task
            Status: failed
            Exit code: 3
            Failure reason: Command failed with exit code 3
            Output tail:
            line 39
            line 40
            </task-notification>
            </notification>
            """.ReplaceLineEndings("\n"), Assert.IsType<TextPart>(Assert.Single(message.Content)).Text);
        Assert.Equal(notification.Id, TaskNotifications.IdOf(message));

        File.WriteAllText(task.Files.OutputPath, "");
        string silent = TaskNotifications.ToMessage(notification, task, BackgroundFixture.Quick).ExtractText();
        Assert.DoesNotContain("Output tail", silent, StringComparison.Ordinal);
        string strange = TaskNotifications.ToMessage(notification, null, BackgroundFixture.Quick).ExtractText();
        Assert.EndsWith($"{notification.Body}\n</notification>", strange, StringComparison.Ordinal);
    }

    [Fact]
    public void The_files_have_the_layout_that_others_read()
    {
        NotificationStore store = Store();
        Notification added = store.Publish(Event("n1", "k") with { Title = "naïve" });
        string directory = Path.Join(_fixture.Session, "notifications", "n1");
        Assert.Equal(
            """
            {
              "version": 1,
              "id": "n1",
              "category": "system",
              "type": "t",
              "source_kind": "k",
              "source_id": "s",
              "title": "naïve",
              "body": "b",
              "severity": "info",
              "created_at": 0.0,
              "payload": {},
              "targets": [
                "llm",
                "wire",
                "shell"
              ],
              "dedupe_key": "k"
            }
            """.ReplaceLineEndings("\n"), File.ReadAllText(Path.Join(directory, "event.json")));
        Assert.Equal(added, Assert.Single(store.Claim(NotificationSinks.Wire, 5)));
        store.Acknowledge(NotificationSinks.Wire, "n1");
        JsonElement sinks = Kimi.Engine.Text.LenientJson.Parse(File.ReadAllText(Path.Join(directory, "delivery.json"))).GetProperty("sinks");
        Assert.Equal("""{"status":"pending","claimed_at":null,"acked_at":null}""", Compact(sinks.GetProperty("llm")));
        double now = StoredJson.Seconds(_time);
        Assert.Equal(
            ("acked", now, now),
            (sinks.GetProperty("wire").GetProperty("status").GetString(), sinks.GetProperty("wire").GetProperty("claimed_at").GetDouble(), sinks.GetProperty("wire").GetProperty("acked_at").GetDouble()));

        static string Compact(JsonElement value) => Kimi.Engine.Text.JsonWriter.Compose(writer => writer.Element(value));
    }

    [Fact]
    public void A_key_is_published_once()
    {
        Notification first = Store().Publish(Event("n1", "same"));
        NotificationStore other = Store();
        Assert.Equal(first.Id, other.Publish(Event("n2", "same")).Id);
        Assert.Equal("n3", other.Publish(Event("n3", null)).Id);
        Assert.Equal("n4", other.Publish(Event("n4", null)).Id);
        Assert.Equal(3, Directory.GetDirectories(Path.Join(_fixture.Session, "notifications")).Length);
    }

    [Fact]
    public void Claims_are_oldest_first_limited_for_one_sink_and_free_again_when_stale()
    {
        NotificationStore store = Store();
        store.Publish(Event("n1", "a") with { CreatedAt = 20 });
        store.Publish(Event("n2", "b") with { CreatedAt = 10 });
        store.Publish(Event("n3", "c") with { CreatedAt = 30, Targets = ["llm"] });
        store = Store();
        Assert.Equal(["n2", "n1"], Ids(store.Claim(NotificationSinks.Model, 2)));
        Assert.Equal(["n3"], Ids(store.Claim(NotificationSinks.Model, 2)));
        Assert.Empty(store.Claim(NotificationSinks.Model, 2));
        Assert.Equal(["n2", "n1"], Ids(store.Claim(NotificationSinks.Shell, 9)));
        store.Acknowledge(NotificationSinks.Model, "n2");

        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.False(store.HasPending(NotificationSinks.Model));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(store.HasPending(NotificationSinks.Model));
        Assert.Equal(["n1", "n3"], Ids(Store().Claim(NotificationSinks.Model, 9)));
    }

    [Fact]
    public void What_cannot_be_read_is_no_notification()
    {
        Store().Publish(Event("n1", "a"));
        string root = Path.Join(_fixture.Session, "notifications");
        File.WriteAllText(Path.Join(root, "n1", "delivery.json"), "[");
        File.WriteAllText(Path.Join(Directory.CreateDirectory(Path.Join(root, "n2")).FullName, "event.json"), "{}");
        Directory.CreateDirectory(Path.Join(root, "n3"));
        Directory.Move(Directory.CreateDirectory(Path.Join(root, "N4")).FullName, Path.Join(root, "N-4"));
        Assert.Equal(["n1"], Ids(Store().Claim(NotificationSinks.Wire, 9)));
    }

    public void Dispose() => _fixture.Dispose();

    private static List<string> Ids(List<Notification> notifications) => notifications.ConvertAll(static notification => notification.Id);

    private static Notification Event(string id, string? key) => new()
    {
        Id = id,
        Category = "system",
        Type = "t",
        SourceKind = "k",
        SourceId = "s",
        Title = "title",
        Body = "b",
        DedupeKey = key,
    };

    private NotificationStore Store() => new(Path.Join(_fixture.Session, "notifications"), _time, TimeSpan.FromSeconds(15), static (_, _) => { });

    private TaskView View(TaskRuntime runtime)
    {
        TaskFiles files = _fixture.Put("bash-1", runtime);
        return new TaskView(files.ReadSpec()!, files.ReadRuntime(), files);
    }
}
