using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools;
using Kimi.Engine.Turns.Background;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Background;

/// <summary>The worker runs real commands; some of them in a real process of its own.</summary>
public sealed class BackgroundWorkerTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_file_cannot_name_all_processes(int pid) => Assert.False(DetachedProcess.Wake(pid));

    [Fact]
    public async Task A_command_runs_in_a_process_of_its_own_to_its_end()
    {
        using BackgroundFixture fixture = new();
        BackgroundTaskInfo started = await fixture.Tasks.StartShellAsync("echo out; echo err >&2; echo $SHELL; pwd; cat", "say it", 60, BackgroundFixture.Call(), Stop);
        Assert.Matches("^bash-[0-9a-z]{8}$", started.Id);
        Assert.Equal("bash", started.Kind);
        Assert.True(started.Status is "starting" or "running" or "completed", started.Status);
        Assert.Equal("echo out; echo err >&2; echo $SHELL; pwd; cat", started.Command);

        BackgroundTaskInfo ended = await fixture.Tasks.WaitAsync(started.Id, s_patience, Stop);
        Assert.Equal(("completed", 0, null, false, false), (ended.Status, ended.ExitCode, ended.Reason, ended.Interrupted, ended.TimedOut));
        Assert.Equal($"out\nerr\n{fixture.Settings.Shell.Path}\n{fixture.Work}\n", fixture.Output(started.Id));
        JsonElement runtime = fixture.Json(started.Id, "runtime.json");
        Assert.NotEqual(Environment.ProcessId, runtime.GetProperty("worker_pid").GetInt32());
        Assert.Equal(runtime.GetProperty("child_pid").GetInt32(), runtime.GetProperty("child_pgid").GetInt32());
        Assert.True(runtime.GetProperty("started_at").GetDouble() <= runtime.GetProperty("finished_at").GetDouble());
        Assert.Equal(
            ["consumer.json", "control.json", "output.log", "runtime.json", "spec.json"],
            Directory.EnumerateFiles(Path.Join(fixture.Session, "tasks", started.Id)).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        JsonElement spec = fixture.Json(started.Id, "spec.json");
        Assert.Equal(("s1", "call-1", "root", 60), (spec.GetProperty("session_id").GetString(), spec.GetProperty("tool_call_id").GetString(), spec.GetProperty("owner_role").GetString(), spec.GetProperty("timeout_s").GetInt32()));
        Assert.True(await BackgroundFixture.IsGoneAsync(runtime.GetProperty("worker_pid").GetInt32(), Stop));
    }

    [Fact]
    public async Task A_stopped_command_is_gone_with_all_it_started()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs POSIX processes");
        using BackgroundFixture fixture = new();
        BackgroundTaskInfo started = await fixture.Tasks.StartShellAsync(
            "sleep 300 & echo $! > child.tmp; mv child.tmp child; wait", "a tree", 600, BackgroundFixture.Call(), Stop);
        int child = await ReadPidAsync(fixture, "child");

        BackgroundTaskInfo asked = await fixture.Tasks.StopAsync(started.Id, "Stopped by TaskStop", Stop);
        Assert.False(asked is { IsTerminal: true, Status: not "killed" });
        JsonElement control = fixture.Json(started.Id, "control.json");
        Assert.Equal(("Stopped by TaskStop", false), (control.GetProperty("kill_reason").GetString(), control.GetProperty("force").GetBoolean()));
        Assert.True(control.GetProperty("kill_requested_at").GetDouble() > 1);

        BackgroundTaskInfo ended = await fixture.Tasks.WaitAsync(started.Id, s_patience, Stop);
        Assert.Equal(("killed", -15, "Stopped by TaskStop", true, false), (ended.Status, ended.ExitCode, ended.Reason, ended.Interrupted, ended.TimedOut));
        Assert.True(await BackgroundFixture.IsGoneAsync(child, Stop));
    }

    [Fact]
    public async Task What_ignores_the_request_is_killed_after_the_grace_period()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs POSIX processes");
        using BackgroundFixture fixture = new();
        BackgroundTaskInfo started = await fixture.Tasks.StartShellAsync(
            "trap '' TERM; sleep 300 & echo $! > child.tmp; mv child.tmp child; while true; do wait; done", "stubborn", 600, BackgroundFixture.Call(), Stop);
        int child = await ReadPidAsync(fixture, "child");
        await fixture.Tasks.StopAsync(started.Id, "enough", Stop);
        BackgroundTaskInfo ended = await fixture.Tasks.WaitAsync(started.Id, s_patience, Stop);
        Assert.Equal(("killed", -9, "enough"), (ended.Status, ended.ExitCode, ended.Reason));
        Assert.True(await BackgroundFixture.IsGoneAsync(child, Stop));
    }

    [Fact]
    public async Task What_left_the_session_of_the_command_is_stopped_too()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs setsid");
        using BackgroundFixture fixture = new();
        BackgroundTaskInfo started = await fixture.Tasks.StartShellAsync(
            "setsid sh -c 'echo $$ > child.tmp; mv child.tmp child; exec sleep 300' & wait", "runaway", 600, BackgroundFixture.Call(), Stop);
        int child = await ReadPidAsync(fixture, "child");
        await fixture.Tasks.StopAsync(started.Id, "enough", Stop);
        Assert.Equal("killed", (await fixture.Tasks.WaitAsync(started.Id, s_patience, Stop)).Status);
        Assert.True(await BackgroundFixture.IsGoneAsync(child, Stop));
    }

    [Fact]
    public async Task A_command_outlives_the_worker_but_not_the_request_to_end()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs POSIX processes");
        ManualTimeProvider time = new(DateTimeOffset.UtcNow);
        using BackgroundFixture fixture = new(time, BackgroundFixture.Quick with { WorkerHeartbeatIntervalMs = 600_000 });
        BackgroundTaskInfo started = await fixture.Tasks.StartShellAsync("echo $$ > child.tmp; mv child.tmp child; sleep 300", "orphan", 600, BackgroundFixture.Call(), Stop);
        int child = await ReadPidAsync(fixture, "child");
        int worker = await ReadWorkerAsync(fixture, started.Id);
        System.Diagnostics.Process.GetProcessById(worker).Kill();
        Assert.True(await BackgroundFixture.IsGoneAsync(worker, Stop));

        await fixture.Tasks.StopAsync(started.Id, "by hand", Stop);
        Assert.True(await BackgroundFixture.IsGoneAsync(child, Stop));
        time.Advance(TimeSpan.FromMinutes(1));
        fixture.Tasks.Reconcile();
        BackgroundTaskInfo lost = fixture.Tasks.Find(started.Id)!;
        Assert.Equal(("killed", null, "by hand", true), (lost.Status, lost.ExitCode, lost.Reason, lost.Interrupted));
    }

    [Theory]
    [InlineData("exit 0", "completed", 0, null)]
    [InlineData("exit 3", "failed", 3, "Command failed with exit code 3")]
    [InlineData("kill -9 $$", "failed", -9, "Command failed with exit code -9")]
    public async Task The_exit_code_decides(string command, string status, int code, string? reason)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals");
        using BackgroundFixture fixture = new();
        TaskRuntime runtime = await fixture.WorkAsync(fixture.Spec("bash-1", command), stop: Stop);
        Assert.Equal((status, code, reason, false, false), (runtime.Status, runtime.ExitCode, runtime.FailureReason, runtime.Interrupted, runtime.TimedOut));
        Assert.Equal(Environment.ProcessId, runtime.WorkerPid);
        Assert.NotNull(runtime.FinishedAt);
    }

    [Fact]
    public async Task A_command_has_its_time_and_no_more()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals");
        using BackgroundFixture fixture = new();
        TaskRuntime runtime = await fixture.WorkAsync(fixture.Spec("bash-1", "echo early; sleep 300", timeout: 1), stop: Stop);
        Assert.Equal(
            ("failed", -15, "Command timed out after 1s", true, true), (runtime.Status, runtime.ExitCode, runtime.FailureReason, runtime.Interrupted, runtime.TimedOut));
        Assert.Equal("early\n", fixture.Output("bash-1"));
        Assert.True(runtime.HeartbeatAt > runtime.StartedAt);
    }

    [Theory]
    [InlineData("not any more", "not any more")]
    [InlineData(null, "Killed before command start")]
    public async Task A_request_to_end_may_come_before_the_start(string? given, string reason)
    {
        using BackgroundFixture fixture = new();
        TaskRuntime runtime = await fixture.WorkAsync(fixture.Spec("bash-1", "echo never"), new TaskControl(5, given), Stop);
        Assert.Equal(("killed", reason, true, null), (runtime.Status, runtime.FailureReason, runtime.Interrupted, runtime.ChildPid));
        Assert.Equal("", fixture.Output("bash-1"));
    }

    [Fact]
    public async Task A_worker_that_is_told_to_end_ends_its_command()
    {
        using BackgroundFixture fixture = new();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        Task<TaskRuntime> run = fixture.WorkAsync(fixture.Spec("bash-1", "echo > here; sleep 300"), stop: stop.Token);
        await WaitForFileAsync(fixture, "here");
        await stop.CancelAsync();
        TaskRuntime runtime = await run;
        Assert.Equal(("killed", "Killed", true), (runtime.Status, runtime.FailureReason, runtime.Interrupted));
    }

    [Fact]
    public async Task An_incomplete_task_fails()
    {
        using BackgroundFixture fixture = new();
        TaskRuntime runtime = await fixture.WorkAsync(fixture.Spec("bash-1") with { Command = null }, stop: Stop);
        Assert.Equal(("failed", "Task spec is incomplete for bash worker"), (runtime.Status, runtime.FailureReason));
    }

    [Fact]
    public async Task A_shell_that_is_not_there_fails_the_task()
    {
        using BackgroundFixture fixture = new();
        TaskRuntime runtime = await fixture.WorkAsync(fixture.Spec("bash-1") with { ShellPath = "/no/such/shell" }, stop: Stop);
        Assert.Equal("failed", runtime.Status);
        Assert.Contains("/no/such/shell", runtime.FailureReason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_state_that_is_final_stays()
    {
        using BackgroundFixture fixture = new();
        TaskSpec spec = fixture.Spec("bash-1");
        TaskFiles files = fixture.Put("bash-1", new TaskRuntime { Status = TaskStates.Lost, FailureReason = "gone", UpdatedAt = 5 }, spec);
        await BackgroundWorker.RunAsync(files.Directory, TimeSpan.FromSeconds(1), TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100), Stop);
        Assert.Equal(("lost", "gone"), (files.ReadRuntime().Status, files.ReadRuntime().FailureReason));
    }

    [Theory]
    [InlineData]
    [InlineData("--task-dir", "/no/such/directory")]
    [InlineData("--task-dir", ".", "--heartbeat-interval-ms", "soon")]
    [InlineData("--task-dir", ".", "--what")]
    [InlineData("--what", "1", "--task-dir", ".")]
    public async Task Wrong_arguments_are_refused(params string[] arguments) => Assert.Equal(2, await BackgroundWorker.RunAsync(arguments, Stop));

    private static async Task<int> ReadPidAsync(BackgroundFixture fixture, string name)
    {
        await WaitForFileAsync(fixture, name);
        return int.Parse(await File.ReadAllTextAsync(Path.Join(fixture.Work, name), Stop), CultureInfo.InvariantCulture);
    }

    private static async Task WaitForFileAsync(BackgroundFixture fixture, string name)
    {
        TaskCompletionSource made = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using FileSystemWatcher watcher = new(fixture.Work);
        void Look(object sender, FileSystemEventArgs e)
        {
            if (e.Name == name)
            {
                made.TrySetResult();
            }
        }

        watcher.Created += Look;
        watcher.Renamed += Look;
        watcher.EnableRaisingEvents = true;
        if (!File.Exists(Path.Join(fixture.Work, name)))
        {
            await made.Task.WaitAsync(s_patience, Stop);
        }
    }

    // The command may have begun before the worker has written down what it knows.
    private static async Task<int> ReadWorkerAsync(BackgroundFixture fixture, string id)
    {
        TaskFiles files = new(Path.Join(fixture.Session, "tasks", id));
        TaskCompletionSource running = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using FileSystemWatcher watcher = new(files.Directory, "runtime.json");
        void Look(object? sender, EventArgs e)
        {
            if (files.ReadRuntime() is { Status: TaskStates.Running })
            {
                running.TrySetResult();
            }
        }

        watcher.Renamed += Look;
        watcher.EnableRaisingEvents = true;
        Look(null, EventArgs.Empty);
        await running.Task.WaitAsync(s_patience, Stop);
        return files.ReadRuntime().WorkerPid!.Value;
    }
}
