using Kimi.Engine.Turns.Background;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Background;

/// <summary>What becomes of tasks when a session ends, and how long a run without a person waits for them.</summary>
public sealed class BackgroundEndTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tasks_are_named_and_killed()
    {
        using BackgroundFixture fixture = new();
        string longText = new string('x', 58) + "yzw";
        string id = (await fixture.Tasks.StartShellAsync("sleep 300", longText, 600, BackgroundFixture.Call(), Stop)).Id;
        List<string> lines = [];
        await BackgroundEnd.RunAsync(fixture.Tasks, lines.Add);
        Assert.Equal(["⚠  Killing 1 background tasks:", $"  {id}  {new string('x', 57)}..."], lines.Take(2));
        Assert.Equal("CLI session ended", fixture.Json(id, "control.json").GetProperty("kill_reason").GetString());
        Assert.Equal("killed", (await fixture.Tasks.WaitAsync(id, TimeSpan.FromSeconds(30), Stop)).Status);
    }

    [Fact]
    public async Task What_does_not_end_is_reported_and_what_was_asked_before_is_not_named()
    {
        using BackgroundFixture fixture = new(config: BackgroundFixture.Quick with { KillGracePeriodMs = 100 });
        double now = StoredJson.Seconds(TimeProvider.System);
        TaskRuntime running = new() { Status = TaskStates.Running, HeartbeatAt = now + 1000, UpdatedAt = now };
        fixture.Put("bash-1", running, fixture.Spec("bash-1", description: new string('d', 60)));
        fixture.Put("bash-2", running).WriteControl(new TaskControl(now, "before"));
        fixture.Put("bash-3", new TaskRuntime { Status = TaskStates.Completed });
        List<string> lines = [];
        await BackgroundEnd.RunAsync(new BackgroundTasks(fixture.Settings), lines.Add);
        Assert.Equal(["⚠  Killing 1 background tasks:", $"  bash-1  {new string('d', 60)}", "  (2 tasks still terminating)"], lines);
        Assert.Equal("before", new TaskFiles(Path.Join(fixture.Session, "tasks", "bash-2")).ReadControl().KillReason);
    }

    [Fact]
    public async Task Tasks_may_outlive_the_session()
    {
        using BackgroundFixture fixture = new(config: BackgroundFixture.Quick with { KeepAliveOnExit = true });
        double now = StoredJson.Seconds(TimeProvider.System);
        TaskFiles files = fixture.Put("bash-1", new TaskRuntime { Status = TaskStates.Running, HeartbeatAt = now, UpdatedAt = now });
        BackgroundTasks tasks = new(fixture.Settings);
        List<string> lines = [];
        await BackgroundEnd.RunAsync(tasks, lines.Add);
        Assert.Empty(lines);
        Assert.Null(files.ReadControl().KillRequestedAt);
        Assert.Null(new SessionBackground(tasks, null!).BeginWait());
    }

    [Fact]
    public async Task A_run_without_a_person_waits_and_hands_over_the_results()
    {
        ManualTimeProvider time = new();
        using BackgroundFixture fixture = new(time);
        TaskFiles files = Running(fixture, time, "bash-1", 100);
        BackgroundTasks tasks = new(fixture.Settings);
        BackgroundWait wait = new(tasks);
        Task<BackgroundFollowUp?> next = wait.NextAsync(Stop);
        files.Update(static runtime => runtime with { Status = TaskStates.Completed });
        Assert.False(next.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(
            ("<system-reminder>Background tasks have completed. Process their results.</system-reminder>", null), ((await next)!.Prompt.Text, (await next)!.Notice));
        tasks.Notifications.Acknowledge(NotificationSinks.Model, Assert.Single(tasks.Notifications.Claim(NotificationSinks.Model, 4)).Id);
        Assert.Null(await wait.NextAsync(Stop));
        Assert.False(wait.TimedOut);
        Assert.All(time.Waits, static interval => Assert.Equal(TimeSpan.FromSeconds(1), interval));
    }

    [Fact]
    public async Task A_turn_that_takes_nothing_is_not_repeated_for_ever()
    {
        using BackgroundFixture fixture = new();
        fixture.Put("bash-1", new TaskRuntime { Status = TaskStates.Completed });
        BackgroundWait wait = new(new BackgroundTasks(fixture.Settings));
        Assert.NotNull(await wait.NextAsync(Stop));
        Assert.Null(await wait.NextAsync(Stop));
    }

    [Theory]
    [InlineData(70, 3600, 70)]
    [InlineData(5000, 3600, 3600)]
    [InlineData(null, 3600, 900)]
    public async Task The_wait_has_an_end(int? timeout, int ceiling, int limit)
    {
        ManualTimeProvider time = new() { IsImmediate = true };
        using BackgroundFixture fixture = new(time, BackgroundFixture.Quick with { PrintWaitCeilingS = ceiling });
        Running(fixture, time, "bash-1", 10);
        Running(fixture, time, "bash-2", timeout);
        BackgroundTasks tasks = new(fixture.Settings);
        BackgroundWait wait = new(tasks);
        BackgroundFollowUp last = (await wait.NextAsync(Stop))!;
        Assert.True(wait.TimedOut);
        Assert.Equal($"timed out waiting for background tasks ({limit}s), killed 2 tasks", last.Notice);
        Assert.Contains("  - bash-1: a task (kill requested)\n", last.Prompt.Text, StringComparison.Ordinal);
        Assert.Contains("  - bash-2: a task (kill requested)\n", last.Prompt.Text, StringComparison.Ordinal);
        Assert.Equal("print_wait_timeout", new TaskFiles(Path.Join(fixture.Session, "tasks", "bash-2")).ReadControl().KillReason);
        Assert.Equal(limit, time.Waits.Count);
        Assert.Null(await wait.NextAsync(Stop));
    }

    [Fact]
    public async Task Without_tasks_there_is_nothing_to_wait_for()
    {
        using BackgroundFixture fixture = new();
        Assert.Null(await new BackgroundWait(fixture.Tasks).NextAsync(Stop));
    }

    private static TaskFiles Running(BackgroundFixture fixture, TimeProvider time, string id, int? timeout)
    {
        double now = StoredJson.Seconds(time);
        return fixture.Put(id, new TaskRuntime { Status = TaskStates.Running, HeartbeatAt = now + 100_000, UpdatedAt = now }, fixture.Spec(id) with { TimeoutSeconds = timeout });
    }
}
