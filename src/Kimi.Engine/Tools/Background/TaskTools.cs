using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Tools.Approvals;

namespace Kimi.Engine.Tools.Background;

/// <summary>What the tools for background tasks share.</summary>
internal abstract class TaskTool(ToolServices services) : Tool
{
    protected ToolServices Services { get; } = services;

    public sealed override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (Services.IsSubagent || Services.BackgroundTasks is not { } tasks)
        {
            return ToolReturnValue.Error("Background tasks can only be managed by the root agent.", "Background task unavailable");
        }

        try
        {
            return await CallAsync(new ToolArguments(arguments), tasks, context, cancellationToken).ConfigureAwait(false);
        }
        catch (UnknownTaskException e)
        {
            return ToolReturnValue.Error(e.Message, "Task not found");
        }
    }

    protected abstract Task<ToolReturnValue> CallAsync(ToolArguments read, IBackgroundTasks tasks, ToolCallContext context, CancellationToken cancellationToken);

    protected static BackgroundTaskInfo Find(IBackgroundTasks tasks, string id) => tasks.Find(id) ?? throw new UnknownTaskException(id);

    private sealed class UnknownTaskException(string id) : Exception($"Task not found: {id}");
}

/// <summary><c>TaskList</c>: the background tasks of the session.</summary>
internal sealed class TaskListTool(ToolServices services) : TaskTool(services)
{
    private static readonly byte[] s_schema = """
        {"properties":{"active_only":{"default":true,"description":"Only tasks that have not ended.","type":"boolean"},"limit":{"default":20,"description":"Most tasks listed.","maximum":100,"minimum":1,"type":"integer"}},"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "TaskList",
        "List background tasks, newest first. Use it when you no longer know a task id, such as after a compaction; then look at a task with TaskOutput.",
        s_schema);

    public override bool IsReadOnly => true;

    protected override Task<ToolReturnValue> CallAsync(ToolArguments read, IBackgroundTasks tasks, ToolCallContext context, CancellationToken cancellationToken)
    {
        bool activeOnly = read.Flag("active_only", true);
        int limit = read.Whole("limit", 20, 1, 100);
        read.Check();
        List<BackgroundTaskInfo> listed = [.. tasks.List().Where(task => !activeOnly || !task.IsTerminal).Take(limit)];
        StringBuilder text = new();
        text.Append(activeOnly ? "active_background_tasks: " : "background_tasks: ").Append(listed.Count.ToString(CultureInfo.InvariantCulture));
        if (listed.Count == 0)
        {
            text.Append("\n[no tasks]");
        }

        for (int i = 0; i < listed.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n\n[{i + 1}]\n").Append(TaskText.Format(listed[i]));
        }

        return Task.FromResult(new ToolReturnValue
        {
            IsError = false,
            OutputText = text.ToString(),
            Message = "Task list retrieved.",
            Display = [.. listed.Select(TaskText.Block)],
        });
    }
}

/// <summary><c>TaskOutput</c>: state and output of a background task.</summary>
internal sealed class TaskOutputTool(ToolServices services) : TaskTool(services)
{
    private const int PreviewBytes = 32_768;

    private static readonly byte[] s_schema = """
        {"properties":{"task_id":{"description":"The task.","type":"string"},"block":{"default":false,"description":"Wait for the task to end.","type":"boolean"},"timeout":{"default":30,"description":"Most seconds to wait when blocking.","maximum":3600,"minimum":0,"type":"integer"}},"required":["task_id"],"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "TaskOutput",
        "Get a snapshot of a background task: its state and the end of its output, and the path of the whole output for ReadFile. Does not wait unless block=true; you are notified anyway when a task ends, so do not poll.",
        s_schema);

    public override bool IsReadOnly => true;

    protected override async Task<ToolReturnValue> CallAsync(ToolArguments read, IBackgroundTasks tasks, ToolCallContext context, CancellationToken cancellationToken)
    {
        string id = read.Text("task_id");
        bool block = read.Flag("block", false);
        int timeout = read.Whole("timeout", 30, 0, 3600);
        read.Check();
        BackgroundTaskInfo task = Find(tasks, id);
        if (block && !task.IsTerminal)
        {
            task = await tasks.WaitAsync(id, TimeSpan.FromSeconds(timeout), cancellationToken).ConfigureAwait(false);
        }

        (string tail, long size, bool truncated) = tasks.ReadTail(id, PreviewBytes);
        tasks.MarkViewed(id, size);
        string status = task.IsTerminal ? "success" : block ? "timeout" : "not_ready";
        return new ToolReturnValue
        {
            IsError = false,
            OutputText = Describe(task, status, tail, size, truncated),
            Message = status == "not_ready" ? "Task snapshot retrieved." : "Task output retrieved.",
            Display = [TaskText.Block(task)],
        };
    }

    private static string Describe(BackgroundTaskInfo task, string status, string tail, long size, bool truncated)
    {
        StringBuilder text = new();
        text.Append("retrieval_status: ").Append(status)
            .Append("\ntask_id: ").Append(task.Id)
            .Append("\nkind: ").Append(task.Kind)
            .Append("\nstatus: ").Append(task.Status)
            .Append("\ndescription: ").Append(task.Description);
        TaskText.AppendAgent(text, task);
        if (!string.IsNullOrEmpty(task.Command))
        {
            text.Append("\ncommand: ").Append(task.Command);
        }

        text.Append("\ninterrupted: ").Append(task.Interrupted ? "true" : "false")
            .Append("\ntimed_out: ").Append(task.TimedOut ? "true" : "false");
        if (task.IsTerminal)
        {
            text.Append("\nterminal_reason: ").Append(task.TimedOut ? "timed_out" : task.Status);
        }

        TaskText.AppendEnd(text, task);
        bool hasFile = task.OutputPath is not null;
        text.Append(CultureInfo.InvariantCulture, $"\n\noutput_path: {task.OutputPath}\noutput_size_bytes: {size}\noutput_preview_bytes: {Math.Min(size, PreviewBytes)}\noutput_truncated: {(truncated ? "true" : "false")}");
        text.Append("\n\nfull_output_available: ").Append(hasFile ? "true" : "false")
            .Append("\nfull_output_tool: ReadFile\nfull_output_hint: ")
            .Append(hasFile
                ? $"Use ReadFile(path=\"{task.OutputPath}\", line_offset=1, n_lines=300) to read the whole output page by page."
                : "No output file is currently available for this task.");
        text.Append("\n\n[output]\n");
        if (truncated)
        {
            text.Append("[Truncated. Full output: ").Append(task.OutputPath).Append("]\n\n");
        }

        string shown = tail.TrimEnd('\n');
        return text.Append(shown.Length > 0 ? shown : "[no output available]").ToString();
    }
}

/// <summary><c>TaskStop</c>: ends a background task.</summary>
internal sealed class TaskStopTool(ToolServices services) : TaskTool(services)
{
    private const string DefaultReason = "Stopped by TaskStop";

    private static readonly byte[] s_schema = """
        {"properties":{"task_id":{"description":"The task.","type":"string"},"reason":{"default":"Stopped by TaskStop","description":"Short reason, kept with the task.","type":"string"}},"required":["task_id"],"type":"object"}
        """u8.ToArray();

    public override bool AsksPermission => true;

    public override ToolDefinition Definition { get; } = new(
        "TaskStop",
        "Stop a background task that must not go on. To let it end by itself and read what it wrote, use TaskOutput.",
        s_schema);

    protected override async Task<ToolReturnValue> CallAsync(ToolArguments read, IBackgroundTasks tasks, ToolCallContext context, CancellationToken cancellationToken)
    {
        string id = read.Text("task_id");
        string reason = read.Text("reason", DefaultReason).Trim();
        read.Check();
        if (Services.PlanMode.IsActive)
        {
            return ToolReturnValue.Error("TaskStop is not available in plan mode.", "Blocked in plan mode");
        }

        BackgroundTaskInfo task = Find(tasks, id);
        if (await Services.Approvals.AskAsync(
            context, ApprovalActions.StopTask, $"Stop background task `{id}`", [TaskText.Block(task)], cancellationToken, id).ConfigureAwait(false) is { } rejected)
        {
            return rejected;
        }

        if (!task.IsTerminal)
        {
            task = await tasks.StopAsync(id, reason.Length > 0 ? reason : DefaultReason, cancellationToken).ConfigureAwait(false);
        }

        return new ToolReturnValue
        {
            IsError = false,
            OutputText = TaskText.Format(task),
            Message = "Task stop requested.",
            Display = [TaskText.Block(task)],
        };
    }
}
