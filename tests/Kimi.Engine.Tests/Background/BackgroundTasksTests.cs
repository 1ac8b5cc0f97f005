using Kimi.Engine.Tools;
using Kimi.Engine.Turns.Background;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Background;

/// <summary>The store of tasks, their limits and their recovery.</summary>
public sealed class BackgroundTasksTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_files_of_a_command_have_the_layout_that_others_read()
    {
        using BackgroundFixture fixture = new();
        TaskFiles files = fixture.Put("bash-1", new TaskRuntime { UpdatedAt = 1000 }, fixture.Spec("bash-1", "echo é") with { ShellName = "bash", ShellPath = "/bin/bash", WorkingDirectory = "/w" });
        Assert.Equal(
            """
            {
              "version": 1,
              "id": "bash-1",
              "kind": "bash",
              "session_id": "s1",
              "description": "a task",
              "tool_call_id": "call-1",
              "owner_role": "root",
              "created_at": 1000.0,
              "command": "echo é",
              "shell_name": "bash",
              "shell_path": "/bin/bash",
              "cwd": "/w",
              "timeout_s": 60,
              "kind_payload": null
            }
            """.ReplaceLineEndings("\n"),
            File.ReadAllText(Path.Join(files.Directory, "spec.json")));
        Assert.Equal(
            """
            {
              "status": "created",
              "worker_pid": null,
              "child_pid": null,
              "child_pgid": null,
              "started_at": null,
              "heartbeat_at": null,
              "updated_at": 1000.0,
              "finished_at": null,
              "exit_code": null,
              "interrupted": false,
              "timed_out": false,
              "failure_reason": null
            }
            """.ReplaceLineEndings("\n"),
            File.ReadAllText(Path.Join(files.Directory, "runtime.json")));
        Assert.Equal("{\n  \"kill_requested_at\": null,\n  \"kill_reason\": null,\n  \"force\": false\n}", File.ReadAllText(Path.Join(files.Directory, "control.json")));
        Assert.Equal("{\n  \"last_seen_output_size\": 0,\n  \"last_viewed_at\": null\n}", File.ReadAllText(Path.Join(files.Directory, "consumer.json")));
        Assert.Equal("", File.ReadAllText(files.OutputPath));
    }

    [Fact]
    public void The_files_of_an_agent_say_which()
    {
        using BackgroundFixture fixture = new();
        TaskSpec spec = fixture.Spec("agent-1") with { Command = null, Payload = new AgentTaskPayload("a1234", "coder", "do it", "fast") };
        TaskFiles files = fixture.Put("agent-1", new TaskRuntime(), spec);
        Assert.Contains(
            """
              "kind_payload": {
                "agent_id": "a1234",
                "subagent_type": "coder",
                "prompt": "do it",
                "model_override": "fast",
                "launch_mode": "background"
              }
            """.ReplaceLineEndings("\n"), File.ReadAllText(Path.Join(files.Directory, "spec.json")), StringComparison.Ordinal);
        Assert.Equal(spec.Payload, files.ReadSpec()!.Payload);
    }

    [Fact]
    public void What_cannot_be_read_is_skipped_or_has_its_defaults()
    {
        using BackgroundFixture fixture = new();
        TaskFiles good = fixture.Put("bash-good", new TaskRuntime { Status = TaskStates.Completed, UpdatedAt = 5 });
        foreach (string file in new[] { "runtime.json", "control.json", "consumer.json" })
        {
            File.WriteAllText(Path.Join(good.Directory, file), "{ not json");
        }

        fixture.Put("bash-unknown", new TaskRuntime());
        File.WriteAllText(Path.Join(fixture.Session, "tasks", "bash-unknown", "runtime.json"), """{"status": "dancing", "updated_at": 9}""");
        fixture.Put("bash-other", new TaskRuntime(), fixture.Spec("bash-elsewhere"));
        fixture.Put("bash-legacy", new TaskRuntime());
        string legacy = Path.Join(fixture.Session, "tasks", "bash-legacy", "spec.json");
        File.WriteAllText(legacy, File.ReadAllText(legacy).Replace("\"root\"", "\"fixed_subagent\", \"novelty\": 3", StringComparison.Ordinal));
        File.WriteAllText(Path.Join(Directory.CreateDirectory(Path.Join(fixture.Session, "tasks", "bash-kind")).FullName, "spec.json"), """{"id": "bash-kind", "kind": "film"}""");
        Directory.CreateDirectory(Path.Join(fixture.Session, "tasks", "bash-empty"));
        File.WriteAllText(Path.Join(fixture.Session, "tasks", "a-file"), "");

        Assert.Equal(["bash-good", "bash-legacy", "bash-unknown"], Reopen(fixture).List().Select(static task => task.Id).Order(StringComparer.Ordinal));
        Assert.Equal(new TaskRuntime(), good.ReadRuntime());
        Assert.Equal(new TaskControl(), good.ReadControl());
        Assert.Equal(new TaskConsumer(), good.ReadConsumer());
        Assert.Equal("created", Reopen(fixture).Find("bash-unknown")!.Status);
        Assert.Equal("subagent", new TaskFiles(Path.Join(fixture.Session, "tasks", "bash-legacy")).ReadSpec()!.OwnerRole);
    }

    [Fact]
    public void The_task_updated_last_comes_first()
    {
        using BackgroundFixture fixture = new();
        fixture.Put("bash-1", new TaskRuntime { UpdatedAt = 10 });
        fixture.Put("bash-2", new TaskRuntime { UpdatedAt = 30 });
        fixture.Put("bash-3", new TaskRuntime { UpdatedAt = 20 });
        Assert.Equal(["bash-2", "bash-3", "bash-1"], Reopen(fixture).List().Select(static task => task.Id));
    }

    [Theory]
    [InlineData("bash-12345678", true)]
    [InlineData("b1", true)]
    [InlineData("b", false)]
    [InlineData("-b", false)]
    [InlineData("bash-1234567890123456789012", false)]
    [InlineData("../other", false)]
    [InlineData("Bash-1", false)]
    public void An_id_can_be_no_path(string id, bool valid)
    {
        Assert.Equal(valid, TaskStore.IsValidId(id));
        TaskStore store = new("/nowhere");
        if (!valid)
        {
            Assert.Equal($"Invalid task_id: {id}", Assert.Throws<ArgumentException>(() => store.Files(id)).Message);
        }
    }

    [Fact]
    public async Task Only_the_root_agent_of_a_local_session_starts_tasks_and_not_too_many()
    {
        using BackgroundFixture remote = new(host: "elsewhere");
        Assert.Equal("Background tasks are only supported on local sessions.", await RefusalAsync(remote));

        using BackgroundFixture fixture = new(config: BackgroundFixture.Quick with { MaxRunningTasks = 2 });
        Assert.Equal(
            "Background tasks are only supported from the root agent.",
            await RefusalAsync(fixture, BackgroundFixture.Call(new CallSource(CallSource.ForegroundTurn, "x", "a1", "coder"))));
        Assert.False(Directory.Exists(Path.Join(fixture.Session, "tasks")));

        double now = StoredJson.Seconds(TimeProvider.System);
        fixture.Put("bash-1", new TaskRuntime { Status = TaskStates.Running, HeartbeatAt = now, UpdatedAt = now });
        fixture.Put("bash-2", new TaskRuntime { Status = TaskStates.Completed, UpdatedAt = now });
        TaskFiles third = fixture.Put("bash-3", new TaskRuntime { Status = TaskStates.Starting, UpdatedAt = now });
        BackgroundTasks tasks = Reopen(fixture);
        Assert.Equal("Too many background tasks are already running.", await RefusalAsync(tasks));
        third.Update(static runtime => runtime with { Status = TaskStates.Killed });
        Assert.Equal("completed", (await tasks.WaitAsync((await StartAsync(tasks)).Id, TimeSpan.FromSeconds(30), Stop)).Status);
    }

    [Fact]
    public async Task A_worker_that_cannot_be_started_fails_the_task_and_the_call()
    {
        using BackgroundFixture fixture = new(worker: ["/no/such/program"]);
        InvalidOperationException error = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(fixture.Tasks));
        Assert.StartsWith("Failed to launch worker: ", error.Message, StringComparison.Ordinal);
        BackgroundTaskInfo task = Assert.Single(fixture.Tasks.List());
        Assert.Equal(("failed", error.Message), (task.Status, task.Reason));
    }

    [Fact]
    public void A_worker_that_is_silent_too_long_is_lost()
    {
        ManualTimeProvider time = new();
        double now = StoredJson.Seconds(time);
        using BackgroundFixture fixture = new(time);
        fixture.Put("bash-never", new TaskRuntime { Status = TaskStates.Starting, UpdatedAt = now });
        fixture.Put("bash-once", new TaskRuntime { Status = TaskStates.Running, StartedAt = now - 60, HeartbeatAt = now, UpdatedAt = now });
        fixture.Put("bash-asked", new TaskRuntime { Status = TaskStates.Running, HeartbeatAt = now, UpdatedAt = now }).WriteControl(new TaskControl(now, "please"));
        fixture.Put("bash-forced", new TaskRuntime { Status = TaskStates.Running, HeartbeatAt = now, UpdatedAt = now }).WriteControl(new TaskControl(now));
        fixture.Put("bash-alive", new TaskRuntime { Status = TaskStates.Running, HeartbeatAt = now + 10, UpdatedAt = now + 10 });
        BackgroundTasks tasks = Reopen(fixture);

        time.Advance(TimeSpan.FromSeconds(15));
        tasks.Reconcile();
        Assert.All(tasks.List(), static task => Assert.False(task.IsTerminal));

        time.Advance(TimeSpan.FromMilliseconds(1));
        tasks.Reconcile();
        Assert.Equal(("lost", "Background worker never heartbeat after startup"), StateOf(tasks, "bash-never"));
        Assert.Equal(("lost", "Background worker heartbeat expired"), StateOf(tasks, "bash-once"));
        Assert.Equal(("killed", "please"), StateOf(tasks, "bash-asked"));
        Assert.Equal(("killed", "Killed during recovery"), StateOf(tasks, "bash-forced"));
        Assert.Equal(("running", null), StateOf(tasks, "bash-alive"));
        Assert.Equal(4, tasks.Notifications.Claim(NotificationSinks.Wire, 10).Count);
        tasks.Reconcile();
        Assert.Empty(tasks.Notifications.Claim(NotificationSinks.Wire, 10));
        Assert.Equal(4, Directory.GetDirectories(Path.Join(fixture.Session, "notifications")).Length);
    }

    [Fact]
    public void An_agent_of_another_process_is_lost()
    {
        using BackgroundFixture fixture = new();
        AgentTaskPayload payload = new("a12345678", "coder", "x", null);
        double now = StoredJson.Seconds(TimeProvider.System);
        fixture.Put("agent-1", new TaskRuntime { Status = TaskStates.Running, UpdatedAt = now }, fixture.Spec("agent-1") with { Payload = payload });
        BackgroundTasks tasks = Reopen(fixture);
        tasks.Reconcile();
        Assert.Equal(("lost", "In-process background agent is no longer running"), StateOf(tasks, "agent-1"));
        Assert.Equal([payload], fixture.Lost);
    }

    [Fact]
    public void A_task_that_has_ended_is_not_stopped()
    {
        using BackgroundFixture fixture = new();
        TaskFiles files = fixture.Put("bash-1", new TaskRuntime { Status = TaskStates.Completed, ExitCode = 0 });
        Assert.Equal("completed", Reopen(fixture).Stop("bash-1", "why not").Runtime.Status);
        Assert.Null(files.ReadControl().KillRequestedAt);
    }

    [Fact]
    public void Output_is_read_from_a_place_on_or_from_the_end()
    {
        using BackgroundFixture fixture = new();
        TaskFiles files = fixture.Put("bash-1", new TaskRuntime());
        File.WriteAllText(files.OutputPath, "eins\nzwei\ndrei\nfünf\n");
        Assert.Equal(("zwei\n", 10L, false), TaskOutput.Read(files.OutputPath, 5, 5));
        Assert.Equal(("drei\nfünf\n", 21L, true), TaskOutput.Read(files.OutputPath, 10, 100));
        Assert.Equal(("", 21L, true), TaskOutput.Read(files.OutputPath, 1000, 100));
        Assert.Equal("eins\n", TaskOutput.Read(files.OutputPath, -7, 5).Text);
        Assert.Equal(("fünf\n", 21L, true), TaskOutput.Tail(files.OutputPath, 6));
        Assert.Equal("drei\nfünf\n", TaskOutput.Tail(files.OutputPath, 100, 2));
        Assert.Equal("fünf\n", TaskOutput.Tail(files.OutputPath, 100, 1));
        Assert.Equal("i\nfünf\n", TaskOutput.Tail(files.OutputPath, 8, 20));
        Assert.Equal("\uFFFDnf\n", TaskOutput.Tail(files.OutputPath, 4).Text);
        Assert.Equal(("", 0L, false), TaskOutput.Tail(files.OutputPath + "x", 4));
        BackgroundTasks tasks = Reopen(fixture);
        Assert.Equal(("fünf\n", 21L, true), tasks.ReadTail("bash-1", 6));
        tasks.MarkViewed("bash-1", 21);
        Assert.Equal(21, files.ReadConsumer().LastSeenOutputSize);
        Assert.NotNull(files.ReadConsumer().LastViewedAt);
    }

    [Fact]
    public async Task Waiting_ends_with_the_task_or_with_the_time()
    {
        ManualTimeProvider time = new() { IsImmediate = true };
        using BackgroundFixture fixture = new(time);
        double now = StoredJson.Seconds(time);
        fixture.Put("bash-1", new TaskRuntime { Status = TaskStates.Running, HeartbeatAt = now + 1000, UpdatedAt = now });
        BackgroundTasks tasks = Reopen(fixture);
        Assert.Equal("running", (await tasks.WaitAsync("bash-1", TimeSpan.FromSeconds(1), Stop)).Status);
        Assert.Equal(20, time.Waits.Count);
        Assert.All(time.Waits, static wait => Assert.Equal(TimeSpan.FromMilliseconds(50), wait));
    }

    [Fact]
    public void Without_tasks_nothing_is_looked_for()
    {
        using BackgroundFixture fixture = new();
        Assert.False(fixture.Tasks.Exist);
        Directory.CreateDirectory(Path.Join(fixture.Session, "tasks"));
        Assert.Empty(fixture.Tasks.List());
        Assert.False(fixture.Tasks.Exist);
        Assert.True(Reopen(fixture).Exist);
    }

    private static BackgroundTasks Reopen(BackgroundFixture fixture) => new(fixture.Settings);

    private static (string, string?) StateOf(BackgroundTasks tasks, string id) => tasks.Find(id) is { } task ? (task.Status, task.Reason) : default;

    private static Task<BackgroundTaskInfo> StartAsync(BackgroundTasks tasks, ToolCallContext? context = null) =>
        tasks.StartShellAsync("true", "a task", 60, context ?? BackgroundFixture.Call(), Stop);

    private static Task<string> RefusalAsync(BackgroundFixture fixture, ToolCallContext? context = null) => RefusalAsync(fixture.Tasks, context);

    private static async Task<string> RefusalAsync(BackgroundTasks tasks, ToolCallContext? context = null) =>
        (await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(tasks, context))).Message;
}
