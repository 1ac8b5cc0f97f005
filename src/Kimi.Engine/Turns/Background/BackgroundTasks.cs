using System.Collections.Concurrent;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns.Background;

/// <summary>The background tasks of a session: commands in worker processes, subagents in this one.</summary>
internal sealed class BackgroundTasks : IBackgroundTasks
{
    private readonly BackgroundSettings _settings;
    private readonly TaskStore _store;
    private readonly Lock _creating = new();
    private readonly Lock _reconciling = new();
    private readonly HashSet<string> _published = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, AgentTask> _agents = new(StringComparer.Ordinal);
    private readonly string _root;
    private volatile bool _exist;

    public BackgroundTasks(BackgroundSettings settings)
    {
        _settings = settings;
        _root = Path.Join(settings.SessionDirectory, "tasks");
        _store = new TaskStore(_root);
        Notifications = new NotificationStore(
            Path.Join(settings.SessionDirectory, "notifications"), settings.Time, TimeSpan.FromMilliseconds(settings.Notifications.ClaimStaleAfterMs), settings.Log);
        _exist = Directory.Exists(_root);
    }

    /// <summary>What was said of tasks that have ended.</summary>
    public NotificationStore Notifications { get; }

    public BackgroundSettings Settings => _settings;

    /// <summary>Whether the session has any tasks; without, nothing is ever looked for.</summary>
    public bool Exist => _exist;

    /// <summary>Called after the first task was made.</summary>
    public Action? Appeared { get; set; }

    /// <summary>Throws when another task may not be made.</summary>
    /// <exception cref="InvalidOperationException">Says why.</exception>
    public void CheckLimits()
    {
        if (_settings.HostName != "local")
        {
            throw new InvalidOperationException("Background tasks are only supported on local sessions.");
        }

        Reconcile();
        if (Active().Count >= _settings.Config.MaxRunningTasks)
        {
            throw new InvalidOperationException("Too many background tasks are already running.");
        }
    }

    /// <inheritdoc/>
    public Task<BackgroundTaskInfo> StartShellAsync(string command, string description, int timeoutSeconds, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (context.Source.IsSubagent)
        {
            throw new InvalidOperationException("Background tasks are only supported from the root agent.");
        }

        lock (_creating)
        {
            CheckLimits();
            cancellationToken.ThrowIfCancellationRequested();
            double now = Now();
            TaskSpec spec = new()
            {
                Id = TaskStore.NewId(TaskSpec.Shell),
                Kind = TaskSpec.Shell,
                SessionId = _settings.SessionId,
                Description = description,
                ToolCallId = context.Call.Id,
                CreatedAt = now,
                Command = command,
                ShellName = _settings.Shell.Name,
                ShellPath = _settings.Shell.Path,
                WorkingDirectory = _settings.WorkDirectory,
                TimeoutSeconds = timeoutSeconds,
            };
            TaskFiles files = Create(spec, now);
            try
            {
                // From here on the worker alone writes how the task is doing.
                WorkerLauncher.Launch(_settings.WorkerCommand, files, _settings.Config, _settings.WorkDirectory);
            }
            catch (Exception e)
            {
                files.Update(runtime => runtime with
                {
                    Status = TaskStates.Failed,
                    FailureReason = $"Failed to launch worker: {e.Message}",
                    FinishedAt = Now(),
                    UpdatedAt = Now(),
                });
                throw e is IOException ? new InvalidOperationException($"Failed to launch worker: {e.Message}", e) : e;
            }

            return Task.FromResult(Require(spec.Id).ToInfo());
        }
    }

    /// <summary>Starts a subagent as a task.</summary>
    /// <param name="payload">The agent.</param>
    /// <param name="description">What it does.</param>
    /// <param name="toolCallId">The call that starts it.</param>
    /// <param name="timeoutSeconds">Its limit; the configured one when null.</param>
    /// <param name="prepare">Called with the task's id when nothing stands in the way any more.</param>
    /// <param name="run">The run.</param>
    /// <exception cref="InvalidOperationException">Says why it cannot be started.</exception>
    public BackgroundTaskInfo StartAgent(
        AgentTaskPayload payload, string description, string toolCallId, int? timeoutSeconds, Action<string> prepare, Func<AgentTask, CancellationToken, Task<AgentTaskEnd>> run)
    {
        lock (_creating)
        {
            CheckLimits();
            double now = Now();
            TaskSpec spec = new()
            {
                Id = TaskStore.NewId(TaskSpec.Agent),
                Kind = TaskSpec.Agent,
                SessionId = _settings.SessionId,
                Description = description,
                ToolCallId = toolCallId,
                CreatedAt = now,
                TimeoutSeconds = timeoutSeconds ?? _settings.Config.AgentTaskTimeoutS,
                Payload = payload,
            };
            prepare(spec.Id);
            AgentTask task = new(spec, new TaskFiles(Path.Join(_root, spec.Id)), _settings.Time);
            _agents[spec.Id] = task;
            try
            {
                Create(spec, now);
            }
            catch
            {
                _agents.TryRemove(spec.Id, out _);
                throw;
            }

            BackgroundTaskInfo started = Require(spec.Id).ToInfo();
            task.Start(run, ended =>
            {
                _agents.TryRemove(ended.Spec.Id, out _);
                ended.Dispose();
            });
            return started;
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<BackgroundTaskInfo> List() => [.. Views().Select(static view => view.ToInfo())];

    /// <inheritdoc/>
    public BackgroundTaskInfo? Find(string id) => _exist ? _store.Find(id)?.ToInfo() : null;

    /// <inheritdoc/>
    public async Task<BackgroundTaskInfo> WaitAsync(string id, TimeSpan timeout, CancellationToken cancellationToken)
    {
        TimeProvider time = _settings.Time;
        TimeSpan poll = TimeSpan.FromMilliseconds(_settings.Config.WaitPollIntervalMs);
        long start = time.GetTimestamp();
        while (true)
        {
            TaskView view = Require(id);
            TimeSpan left = timeout - time.GetElapsedTime(start);
            if (view.IsTerminal || left <= TimeSpan.Zero)
            {
                return view.ToInfo();
            }

            await Task.Delay(left < poll ? left : poll, time, cancellationToken).ConfigureAwait(false);
            Reconcile();
        }
    }

    /// <inheritdoc/>
    public Task<BackgroundTaskInfo> StopAsync(string id, string reason, CancellationToken cancellationToken) => Task.FromResult(Stop(id, reason).ToInfo());

    /// <summary>Asks a task to end; returns its state at that moment.</summary>
    public TaskView Stop(string id, string reason)
    {
        TaskView view = Require(id);
        if (view.IsTerminal)
        {
            return view;
        }

        if (view.Spec.Kind == TaskSpec.Agent)
        {
            StopAgent(view, reason);
            return Require(id);
        }

        TaskControl control = view.Files.ReadControl();
        if (control.KillRequestedAt is null)
        {
            view.Files.WriteControl(new TaskControl(Now(), reason));
        }

        TaskRuntime runtime = view.Files.ReadRuntime();
        if (!(runtime.WorkerPid is int worker && DetachedProcess.Wake(worker)) && runtime is { IsTerminal: false, ChildPid: int child })
        {
            // The worker is gone; what it started may not be.
            DetachedProcess.Terminate(child, runtime.ChildGroup);
        }

        return Require(id);
    }

    /// <inheritdoc/>
    public (string Tail, long Size, bool Truncated) ReadTail(string id, int maxBytes) => TaskOutput.Tail(Require(id).Files.OutputPath, maxBytes);

    /// <inheritdoc/>
    public void MarkViewed(string id, long outputSize) => Require(id).Files.WriteConsumer(new TaskConsumer(outputSize, Now()));

    /// <summary>All tasks, the one updated last first.</summary>
    public List<TaskView> Views() => _exist ? _store.List() : [];

    /// <summary>The tasks that have not ended.</summary>
    public List<TaskView> Active() => Views().FindAll(static view => !view.IsTerminal);

    /// <summary>One task; null when there is none of that id.</summary>
    public TaskView? FindView(string id) => _exist ? _store.Find(id) : null;

    /// <summary>Finds tasks that are no longer there, and tells of every task that has ended.</summary>
    public void Reconcile()
    {
        if (!_exist)
        {
            return;
        }

        lock (_reconciling)
        {
            foreach (TaskView view in _store.List())
            {
                TaskView current = view.IsTerminal ? view : Recover(view);
                if (current.IsTerminal && !_published.Contains(current.Spec.Id))
                {
                    try
                    {
                        Notifications.Publish(TaskNotifications.Of(current, _settings.Time));
                        _published.Add(current.Spec.Id);
                    }
                    catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                    {
                        _settings.Log("Warning", $"The end of the task '{current.Spec.Id}' cannot be noted: {e.Message}");
                    }
                }
            }
        }
    }

    /// <summary>Ends the runs of this process and waits for them.</summary>
    public async Task EndAgentsAsync(TimeSpan patience)
    {
        AgentTask[] agents = [.. _agents.Values];
        foreach (AgentTask agent in agents)
        {
            agent.Cancel();
        }

        if (agents.Length > 0)
        {
            await Task.WhenAny(Task.WhenAll(agents.Select(static agent => agent.Completion)), Task.Delay(patience)).ConfigureAwait(false);
        }
    }

    private TaskFiles Create(TaskSpec spec, double now)
    {
        TaskFiles files = _store.Create(spec, now);
        files.Update(static runtime => runtime with { Status = TaskStates.Starting });
        _exist = true;
        Appeared?.Invoke();
        return files;
    }

    private TaskView Recover(TaskView view)
    {
        try
        {
            return view.Spec.Kind == TaskSpec.Agent ? RecoverAgent(view) : RecoverShell(view);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _settings.Log("Warning", $"The task '{view.Spec.Id}' cannot be updated: {e.Message}");
            return view;
        }
    }

    private TaskView RecoverAgent(TaskView view)
    {
        if (_agents.ContainsKey(view.Spec.Id))
        {
            return view;
        }

        // It may have ended between the two looks.
        TaskRuntime runtime = Finish(view, static runtime => runtime with
        {
            Status = TaskStates.Lost,
            FailureReason = "In-process background agent is no longer running",
        });
        if (runtime.Status == TaskStates.Lost && view.Spec.Payload is AgentTaskPayload payload)
        {
            _settings.AgentLost?.Invoke(payload);
        }

        return Require(view.Spec.Id);
    }

    private TaskView RecoverShell(TaskView view)
    {
        if (!IsStale(view.Runtime, view.Spec) || !IsStale(view.Files.ReadRuntime(), view.Spec))
        {
            return view;
        }

        TaskControl control = view.Files.ReadControl();
        Finish(view, runtime => control.KillRequestedAt is null
            ? runtime with
            {
                Status = TaskStates.Lost,
                FailureReason = runtime.HeartbeatAt is null ? "Background worker never heartbeat after startup" : "Background worker heartbeat expired",
            }
            : runtime with { Status = TaskStates.Killed, Interrupted = true, FailureReason = control.KillReason ?? "Killed during recovery" });
        return Require(view.Spec.Id);
    }

    private bool IsStale(TaskRuntime runtime, TaskSpec spec) =>
        !runtime.IsTerminal && Now() - (runtime.LastProgress ?? spec.CreatedAt) > _settings.Config.WorkerStaleAfterMs / 1000.0;

    private TaskRuntime Finish(TaskView view, Func<TaskRuntime, TaskRuntime> change)
    {
        double now = Now();
        return view.Files.Update(runtime => change(runtime) with { FinishedAt = now, UpdatedAt = now });
    }

    private void StopAgent(TaskView view, string reason)
    {
        if (_agents.TryGetValue(view.Spec.Id, out AgentTask? task))
        {
            task.MarkKilled(reason);
            _settings.CancelApprovals(view.Spec.Id);
            task.Cancel();
            return;
        }

        Finish(view, runtime => runtime with { Status = TaskStates.Killed, Interrupted = true, FailureReason = reason });
    }

    private TaskView Require(string id) => _store.Find(id) ?? throw new ArgumentException($"Task not found: {id}");

    private double Now() => StoredJson.Seconds(_settings.Time);
}
