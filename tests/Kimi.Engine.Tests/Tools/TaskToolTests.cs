using Kimi.Engine.Chat;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Tools.Background;
using Kimi.Engine.Tools.Shells;

namespace Kimi.Engine.Tests.Tools;

public sealed class TaskToolTests : IDisposable
{
    private const string Id = "bash-0a1b2c3d";

    private readonly ToolBench _bench = new();
    private readonly FakeTasks _tasks = new();

    public TaskToolTests() => _bench.BackgroundTasks = _tasks;

    public void Dispose() => _bench.Dispose();

    private static BackgroundTaskInfo Running => new(Id, "bash", "running", "build", "make", null, null, false, false, false, null, null, "/t/output.log");

    private static BackgroundTaskInfo Ended => Running with { Status = "failed", ExitCode = 2, Reason = "Command failed with exit code 2", IsTerminal = true };

    private static BackgroundTaskInfo AgentTask =>
        new("agent-00000000", "agent", "completed", "look", null, null, null, false, false, true, "a7", "explore", null);

    private Task<ToolReturnValue> Output(string arguments) => _bench.Call(new TaskOutputTool(_bench.Services), arguments);

    private Task<ToolReturnValue> Stop(string arguments) => _bench.Call(new TaskStopTool(_bench.Services), arguments);

    [Fact]
    public async Task Tasks_are_listed()
    {
        _tasks.Tasks.AddRange([Running, Ended, AgentTask]);
        ToolReturnValue active = await _bench.Call(new TaskListTool(_bench.Services), "{}");
        active.IsOk($"active_background_tasks: 1\n\n[1]\ntask_id: {Id}\nkind: bash\nstatus: running\ndescription: build\ncommand: make", "Task list retrieved.");
        Assert.Equal([new BackgroundTaskBlock(Id, "bash", "running", "build")], active.Display);
        ToolReturnValue all = await _bench.Call(new TaskListTool(_bench.Services), "{\"active_only\":false}");
        all.IsOk(
            $"background_tasks: 3\n\n[1]\ntask_id: {Id}\nkind: bash\nstatus: running\ndescription: build\ncommand: make\n\n[2]\ntask_id: {Id}\nkind: bash\nstatus: failed\ndescription: build\ncommand: make\nexit_code: 2\nreason: Command failed with exit code 2"
            + "\n\n[3]\ntask_id: agent-00000000\nkind: agent\nstatus: completed\ndescription: look\nagent_id: a7\nsubagent_type: explore",
            "Task list retrieved.");
        _tasks.Tasks.Clear();
        (await _bench.Call(new TaskListTool(_bench.Services), "{}")).IsOk("active_background_tasks: 0\n[no tasks]", "Task list retrieved.");
        (await _bench.Call(new TaskListTool(_bench.Services), "{\"limit\":101}")).IsInvalid("limit");
    }

    [Fact]
    public async Task A_running_task_is_shown_without_waiting()
    {
        _tasks.Tasks.Add(Running);
        _tasks.Tail = ("one\ntwo\n", 8, false);
        ToolReturnValue result = await Output($"{{\"task_id\":\"{Id}\"}}");
        result.IsOk(
            $"retrieval_status: not_ready\ntask_id: {Id}\nkind: bash\nstatus: running\ndescription: build\ncommand: make\ninterrupted: false\ntimed_out: false"
            + "\n\noutput_path: /t/output.log\noutput_size_bytes: 8\noutput_preview_bytes: 8\noutput_truncated: false"
            + "\n\nfull_output_available: true\nfull_output_tool: ReadFile\nfull_output_hint: Use ReadFile(path=\"/t/output.log\", line_offset=1, n_lines=300) to read the whole output page by page."
            + "\n\n[output]\none\ntwo",
            "Task snapshot retrieved.");
        Assert.Equal([new BackgroundTaskBlock(Id, "bash", "running", "build")], result.Display);
        Assert.Equal((Id, 8), _tasks.Viewed);
    }

    [Fact]
    public async Task A_task_that_has_ended()
    {
        _tasks.Tasks.Add(Ended);
        _tasks.Tail = ("end\n", 99_999, true);
        ToolReturnValue result = await Output($"{{\"task_id\":\"{Id}\",\"block\":true}}");
        Assert.StartsWith($"retrieval_status: success\ntask_id: {Id}\n", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("\nterminal_reason: failed\nexit_code: 2\nreason: Command failed with exit code 2\n\noutput_path: ", result.OutputText, StringComparison.Ordinal);
        Assert.EndsWith("\noutput_truncated: true\n\nfull_output_available: true\nfull_output_tool: ReadFile\nfull_output_hint: Use ReadFile(path=\"/t/output.log\", line_offset=1, n_lines=300) to read the whole output page by page.\n\n[output]\n[Truncated. Full output: /t/output.log]\n\nend", result.OutputText, StringComparison.Ordinal);
        Assert.Equal("Task output retrieved.", result.Message);
    }

    [Fact]
    public async Task The_preview_counts_bytes_of_the_file_whatever_they_were_read_as()
    {
        _tasks.Tasks.Add(Ended);
        foreach ((long size, bool truncated, long preview) in ((long, bool, long)[])[(3, false, 3), (32_768, false, 32_768), (40_003, true, 32_768)])
        {
            _tasks.Tail = ("\ufffd\ufffd\ufffd", size, truncated);
            Assert.Contains($"\noutput_size_bytes: {size}\noutput_preview_bytes: {preview}\n", (await Output($"{{\"task_id\":\"{Id}\"}}")).OutputText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Waiting_may_be_in_vain()
    {
        _tasks.Tasks.Add(Running with { OutputPath = null });
        ToolReturnValue result = await Output($"{{\"task_id\":\"{Id}\",\"block\":true,\"timeout\":7}}");
        Assert.StartsWith("retrieval_status: timeout\n", result.OutputText, StringComparison.Ordinal);
        Assert.EndsWith("\nfull_output_available: false\nfull_output_tool: ReadFile\nfull_output_hint: No output file is currently available for this task.\n\n[output]\n[no output available]", result.OutputText, StringComparison.Ordinal);
        Assert.Equal("Task output retrieved.", result.Message);
        Assert.Equal(TimeSpan.FromSeconds(7), _tasks.Waited);
    }

    [Fact]
    public async Task A_task_is_stopped_after_approval()
    {
        _tasks.Tasks.Add(Running);
        ToolReturnValue result = await Stop($"{{\"task_id\":\"{Id}\",\"reason\":\"  \"}}");
        result.IsOk($"task_id: {Id}\nkind: bash\nstatus: running\ndescription: build\ncommand: make", "Task stop requested.");
        Assert.Equal("Stopped by TaskStop", _tasks.StopReason);
        Assert.Equal(("TaskStop", "stop background task", $"Stop background task `{Id}`"), (_bench.Approvals.Asked[0].Sender, _bench.Approvals.Asked[0].Action, _bench.Approvals.Asked[0].Description));
        Assert.Equal([new BackgroundTaskBlock(Id, "bash", "running", "build")], _bench.Approvals.Asked[0].Display);
        _tasks.StopReason = null;
        _bench.Approvals.Answer = ApprovalService.Rejected("", false);
        (await Stop($"{{\"task_id\":\"{Id}\"}}")).StartsError("The tool call is rejected by the user.", "Rejected by user");
        Assert.Null(_tasks.StopReason);
    }

    [Fact]
    public async Task A_task_that_has_ended_is_not_stopped()
    {
        _tasks.Tasks.Add(Ended);
        ToolReturnValue result = await Stop($"{{\"task_id\":\"{Id}\"}}");
        Assert.Contains("status: failed", result.OutputText, StringComparison.Ordinal);
        Assert.Null(_tasks.StopReason);
    }

    [Fact]
    public async Task What_is_refused()
    {
        (await Output("{\"task_id\":\"bash-x\"}")).IsError("Task not found: bash-x", "Task not found");
        (await Stop("{\"task_id\":\"bash-x\"}")).IsError("Task not found: bash-x", "Task not found");
        _bench.Plan.IsActive = true;
        (await Stop("{\"task_id\":\"bash-x\"}")).IsError("TaskStop is not available in plan mode.", "Blocked in plan mode");
        _bench.IsSubagent = true;
        foreach (Tool tool in (Tool[])[new TaskListTool(_bench.Services), new TaskOutputTool(_bench.Services), new TaskStopTool(_bench.Services)])
        {
            (await _bench.Call(tool, "{\"task_id\":\"x\"}")).IsError("Background tasks can only be managed by the root agent.", "Background task unavailable");
        }
    }

    [Fact]
    public async Task A_command_is_started_in_the_background()
    {
        ToolReturnValue result = await _bench.Call(new ShellTool(_bench.Services), "{\"command\":\"make\",\"run_in_background\":true,\"description\":\" build \",\"timeout\":900}");
        Assert.StartsWith(
            $"task_id: {Id}\nkind: bash\nstatus: running\ndescription: build\ncommand: make\nautomatic_notification: true\nnext_step: You will be automatically notified when it completes.\nnext_step: ",
            result.OutputText, StringComparison.Ordinal);
        Assert.Contains("\nnext_step: Use TaskStop only if the task must be cancelled.\nhuman_shell_hint: ", result.OutputText, StringComparison.Ordinal);
        Assert.Equal("Background task started.", result.Message);
        Assert.Equal([new BriefBlock($"Started {Id}"), new BackgroundTaskBlock(Id, "bash", "running", "build")], result.Display);
        Assert.Equal(("make", "build", 900), _tasks.Started);
        Assert.Equal(("run background command", "Run background command `make`"), (_bench.Approvals.Asked[0].Action, _bench.Approvals.Asked[0].Description));
        _tasks.Refusal = "Too many background tasks are already running.";
        (await _bench.Call(new ShellTool(_bench.Services), "{\"command\":\"make\",\"run_in_background\":true,\"description\":\"b\"}"))
            .IsError("Failed to start background task: Too many background tasks are already running.", "Start failed");
        _bench.BackgroundTasks = null;
        (await _bench.Call(new ShellTool(_bench.Services), "{\"command\":\"make\",\"run_in_background\":true,\"description\":\"b\"}"))
            .IsError("Failed to start background task: Background tasks are only supported from the root agent.", "Start failed");
    }

    private sealed class FakeTasks : IBackgroundTasks
    {
        public List<BackgroundTaskInfo> Tasks { get; } = [];

        public (string, long, bool) Tail { get; set; } = ("", 0, false);

        public (string, long)? Viewed { get; private set; }

        public TimeSpan Waited { get; private set; }

        public string? StopReason { get; set; }

        public string? Refusal { get; set; }

        public (string, string, int) Started { get; private set; }

        public Task<BackgroundTaskInfo> StartShellAsync(string command, string description, int timeoutSeconds, ToolCallContext context, CancellationToken cancellationToken)
        {
            Started = (command, description, timeoutSeconds);
            return Refusal is null ? Task.FromResult(Running) : throw new InvalidOperationException(Refusal);
        }

        public IReadOnlyList<BackgroundTaskInfo> List() => Tasks;

        public BackgroundTaskInfo? Find(string id) => Tasks.Find(task => task.Id == id);

        public Task<BackgroundTaskInfo> WaitAsync(string id, TimeSpan timeout, CancellationToken cancellationToken)
        {
            Waited = timeout;
            return Task.FromResult(Find(id)!);
        }

        public Task<BackgroundTaskInfo> StopAsync(string id, string reason, CancellationToken cancellationToken)
        {
            StopReason = reason;
            return Task.FromResult(Find(id)!);
        }

        public (string Tail, long Size, bool Truncated) ReadTail(string id, int maxBytes) => Tail;

        public void MarkViewed(string id, long outputSize) => Viewed = (id, outputSize);
    }
}
