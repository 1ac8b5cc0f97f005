using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Approvals;

namespace Kimi.Engine.Turns.Background;

/// <summary>How the run of a background agent ended; null is success, otherwise the text of the failure.</summary>
internal readonly record struct AgentTaskEnd(string? Failure);

/// <summary>A subagent that runs as a background task, inside this process.</summary>
internal sealed class AgentTask : IDisposable
{
    private readonly TaskFiles _files;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _waiting = [];

    public AgentTask(TaskSpec spec, TaskFiles files, TimeProvider time)
    {
        Spec = spec;
        _files = files;
        _time = time;
    }

    public TaskSpec Spec { get; }

    /// <summary>Where the run writes its transcript.</summary>
    public string OutputPath => _files.OutputPath;

    /// <summary>Whether somebody ended the run, in contrast to its limit.</summary>
    public bool WasStopped { get; private set; }

    /// <summary>Completes when the run has ended and the files say so.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Starts the run.</summary>
    public void Start(Func<AgentTask, CancellationToken, Task<AgentTaskEnd>> run, Action<AgentTask> ended) =>
        Completion = Task.Run(async () =>
        {
            try
            {
                await RunAsync(run).ConfigureAwait(false);
            }
            finally
            {
                ended(this);
            }
        });

    /// <summary>Marks the task killed, at once; then <see cref="Cancel"/> ends the run.</summary>
    public void MarkKilled(string reason) => Update(runtime => runtime with { Status = TaskStates.Killed, Interrupted = true, FailureReason = reason }, ends: true);

    /// <summary>Ends the run.</summary>
    public void Cancel()
    {
        WasStopped = true;
        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended meanwhile.
        }
    }

    /// <summary>Permission for the tools of this agent: while somebody is asked, the task's state says so.</summary>
    public IApprovals Watch(IApprovals inner) => new WatchedApprovals(inner, this);

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(Func<AgentTask, CancellationToken, Task<AgentTaskEnd>> run)
    {
        int seconds = Spec.TimeoutSeconds ?? 0;
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(seconds), _time);
        using CancellationTokenSource both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
        try
        {
            Update(static runtime => runtime with { Status = TaskStates.Running }, ends: false);
            AgentTaskEnd end = await run(this, both.Token).ConfigureAwait(false);
            Update(
                runtime => end.Failure is null
                    ? runtime with { Status = TaskStates.Completed, FailureReason = null }
                    : runtime with { Status = TaskStates.Failed, FailureReason = end.Failure },
                ends: true);
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            Update(
                runtime => WasStopped
                    ? runtime with { Status = TaskStates.Killed, Interrupted = true, FailureReason = "Killed" }
                    : runtime with { Status = TaskStates.Failed, Interrupted = true, TimedOut = true, FailureReason = $"Agent task timed out after {seconds}s" },
                ends: true);
        }
        catch (Exception e)
        {
            Update(runtime => runtime with { Status = TaskStates.Failed, FailureReason = e.Message }, ends: true);
        }
    }

    private void Update(Func<TaskRuntime, TaskRuntime> change, bool ends)
    {
        double now = StoredJson.Seconds(_time);
        lock (_gate)
        {
            try
            {
                _files.Update(runtime => change(runtime) with { UpdatedAt = now, FinishedAt = ends ? now : runtime.FinishedAt });
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The session's directory is gone, or full: the run itself goes on.
            }
        }
    }

    private void BeginWaiting(string description)
    {
        lock (_gate)
        {
            _waiting.Add(description);
            ShowWaiting();
        }
    }

    private void EndWaiting(string description)
    {
        lock (_gate)
        {
            _waiting.Remove(description);
            ShowWaiting();
        }
    }

    private void ShowWaiting() => Update(
        runtime => _waiting.Count > 0
            ? runtime with { Status = TaskStates.AwaitingApproval, FailureReason = _waiting[^1] }
            : runtime with { Status = TaskStates.Running, FailureReason = null },
        ends: false);

    private sealed class WatchedApprovals(IApprovals inner, AgentTask task) : IApprovals
    {
        public bool IsAfk => inner.IsAfk;

        public bool IsAutoApprove => inner.IsAutoApprove;

        public SilentCall? Hinders(string tool, JsonElement arguments) => inner.Hinders(tool, arguments);

        public async Task<ToolReturnValue?> AskAsync(
            ToolCallContext context, string action, string description, IReadOnlyList<DisplayBlock> display, CancellationToken cancellationToken, string? target = null)
        {
            Task<ToolReturnValue?> answer = inner.AskAsync(context, action, description, display, cancellationToken, target);
            if (answer.IsCompleted)
            {
                return await answer.ConfigureAwait(false);
            }

            task.BeginWaiting(description);
            try
            {
                return await answer.ConfigureAwait(false);
            }
            finally
            {
                task.EndWaiting(description);
            }
        }
    }
}
