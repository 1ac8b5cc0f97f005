using System.Runtime.CompilerServices;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Hooks;
using Kimi.Engine.Sessions;
using Kimi.Engine.Tools;
using Kimi.Engine.Turns;
using Kimi.Engine.Turns.Answers;
using Kimi.Engine.Turns.Background;
using Kimi.Engine.Turns.Commands;
using Kimi.Engine.Wire;

namespace Kimi.Engine;

/// <summary>
/// The door of the engine: a conversation with an agent in a work directory. Open one, run turns, steer or cancel them, close
/// it. Everything it says comes as <see cref="WireMessage"/>s; everything it knows is on disk.
/// </summary>
public sealed class KimiSession : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly SessionParts _parts;
    private readonly Lock _gate = new();
    private CancellationTokenSource? _running;
    private Task _runEnded = Task.CompletedTask;
    private bool _closed;

    internal KimiSession(SessionParts parts) => _parts = parts;

    /// <summary>The session's id: any text.</summary>
    public string Id => _parts.Location.Id;

    /// <summary>The session's directory.</summary>
    public string Directory => _parts.Location.Directory;

    /// <summary>The work directory, canonical.</summary>
    public string WorkDirectory => _parts.Workspace.WorkDirectory;

    /// <summary>Whether the session existed before it was opened.</summary>
    public bool IsResumed => _parts.Location.IsResumed;

    /// <summary>Name of the model in the configuration, or its id; null when there is no usable model.</summary>
    public string? ModelName => _parts.Agent.Model?.Name;

    /// <summary>Whether the embedded demo model serves because nothing is configured.</summary>
    public bool UsesDemoModel => _parts.UsesDemoModel;

    /// <summary>Size of the model's context window in tokens; 0 when unknown.</summary>
    public long MaxContextSize => _parts.Agent.Model?.MaxContextSize ?? 0;

    /// <summary>Tokens in the context, estimated where the model has not counted them yet.</summary>
    public long ContextTokens => _parts.Agent.Conversation.EstimatedTokenCount;

    /// <summary>The title; null while there is none.</summary>
    public string? Title => _parts.State.CustomTitle;

    /// <summary>When the session was opened.</summary>
    public DateTimeOffset OpenedAt { get; private init; }

    /// <summary>The stream of everything the session says, from open to close.</summary>
    public WireHub Hub => _parts.Hub;

    /// <summary>The commands a prompt may be.</summary>
    public IReadOnlyList<SlashCommandInfo> SlashCommands => _parts.Commands.List;

    /// <summary>The conversation so far.</summary>
    public IReadOnlyList<Message> History => [.. _parts.Agent.Conversation.History];

    /// <summary>The system prompt of the conversation.</summary>
    public string SystemPrompt => _parts.Agent.Conversation.SystemPrompt ?? "";

    /// <summary>The tools offered to the model.</summary>
    public IReadOnlyList<ToolDefinition> ToolDefinitions => _parts.Agent.Tools.Definitions;

    /// <summary>The MCP servers of the session; null when none is configured.</summary>
    public Mcp.McpManager? Mcp => _parts.Mcp;

    /// <summary>Whether a turn is running.</summary>
    public bool IsBusy
    {
        get
        {
            lock (_gate)
            {
                return _running is not null;
            }
        }
    }

    /// <summary>Opens a session.</summary>
    /// <exception cref="KimiStartupException">The configuration, the model, the agent or the session cannot be used.</exception>
    public static async Task<KimiSession> OpenAsync(KimiSessionOptions options, CancellationToken cancellationToken)
    {
        DistantWorkspace? distant = await DistantWorkspace.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        SessionParts parts;
        try
        {
            parts = SessionBuilder.Build(options, distant);
        }
        catch when (distant is not null)
        {
            await distant.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        KimiSession session = new(parts) { OpenedAt = options.Time.GetUtcNow() };
        try
        {
            await parts.Hooks.TriggerAsync(
                HookEvent.SessionStart, parts.Location.IsResumed ? "resume" : "startup", HookPayload.SessionStart(parts.Location.IsResumed), cancellationToken).ConfigureAwait(false);
            return session;
        }
        catch
        {
            // Nobody gets the session, so nobody else can end its servers and give it free.
            await session.CloseAsync(succeeded: false).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>
    /// Runs one input to its end. Failures of the run are part of the outcome; they do not throw.
    /// </summary>
    /// <exception cref="SessionBusyException">A turn is running.</exception>
    /// <exception cref="ObjectDisposedException">The session is closed.</exception>
    public async Task<TurnOutcome> RunAsync(UserInput input, TurnOptions? options, CancellationToken cancellationToken)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationTokenSource running = Begin(ended.Task, cancellationToken);
        RunTally tally = new();
        TurnResult? result = null;
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding); // a caller that serves others gets on at once
        try
        {
            result = await RunCoreAsync(input, options ?? new TurnOptions(), tally, running.Token).ConfigureAwait(false);
            return Outcome(TurnStatus.Finished, tally, result);
        }
        catch (OperationCanceledException) when (running.IsCancellationRequested)
        {
            return Outcome(TurnStatus.Cancelled, tally, result);
        }
        catch (MaxStepsReachedException e)
        {
            return Outcome(TurnStatus.MaxStepsReached, tally, result) with { Steps = e.Steps };
        }
        catch (Exception e)
        {
            _parts.Log("Error", $"The turn failed: {e}");
            return Outcome(TurnStatus.Failed, tally, result) with { Error = e };
        }
        finally
        {
            End(running);
            ended.SetResult();
        }
    }

    /// <summary>
    /// Runs one input and yields what is said meanwhile, the end of the turn included. Leaving the enumeration early cancels
    /// the turn.
    /// </summary>
    /// <param name="input">What the user says.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="completed">Gets the outcome, before the enumeration ends.</param>
    /// <param name="cancellationToken">Cancels the turn; the enumeration then ends normally, after TurnEnd.</param>
    /// <param name="merged">Whether fragments come merged into whole parts.</param>
    public async IAsyncEnumerable<WireMessage> RunTurnAsync(
        UserInput input, TurnOptions? options, Action<TurnOutcome>? completed, [EnumeratorCancellation] CancellationToken cancellationToken, bool merged = false)
    {
        using WireSubscription subscription = Hub.Subscribe(merged);
        using CancellationTokenSource left = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<TurnOutcome> run = Task.Run(() => RunAsync(input, options, left.Token), CancellationToken.None);
        Task closed = run.ContinueWith(_ => subscription.Complete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            while (await subscription.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
            {
                while (subscription.TryRead(out WireMessage? message))
                {
                    yield return message;
                }
            }

            completed?.Invoke(await run.ConfigureAwait(false));
        }
        finally
        {
            await left.CancelAsync().ConfigureAwait(false);
            subscription.Dispose();
            await Task.WhenAny(closed, Task.Delay(s_patience, CancellationToken.None)).ConfigureAwait(false);
        }
    }

    /// <summary>Takes what a driving client says of itself: tools, hooks, abilities.</summary>
    /// <exception cref="SessionBusyException">A turn is running.</exception>
    public ClientRegistrationResult Register(ClientRegistration registration) =>
        IsBusy ? throw new SessionBusyException() : _parts.ClientDesk.Register(registration);

    /// <summary>Offers a tool of the caller, from the next step on; one of the same name gives way to it.</summary>
    /// <exception cref="InvalidOperationException">The name belongs to a tool of the agent.</exception>
    public void AddTool(Tool tool)
    {
        if (_parts.Toolset.Find(tool.Name) is not null && !_parts.CallerTools.Contains(tool.Name))
        {
            throw new InvalidOperationException($"The name '{tool.Name}' belongs to a tool of the agent; choose another.");
        }

        _parts.CallerTools.Add(tool.Name);
        _parts.Toolset.Add(tool);
    }

    /// <summary>Takes a tool of the caller away; false when there is none of that name.</summary>
    public bool RemoveTool(string name) => _parts.CallerTools.Remove(name) && _parts.Toolset.Remove(name);

    /// <summary>Adds a hook that the caller answers itself, with the same decisions as command hooks.</summary>
    /// <param name="hookEvent">Name of the event, such as <c>PreToolUse</c>.</param>
    /// <param name="matcher">Regular expression searched in the event's target; empty matches all.</param>
    /// <param name="timeoutSeconds">Seconds to wait for the answer; then the action is allowed.</param>
    /// <param name="handler">Gets the payload that a command hook would get.</param>
    /// <returns>Takes the hook away when disposed.</returns>
    /// <exception cref="ArgumentException">There is no such event.</exception>
    public IDisposable AddHook(string hookEvent, string matcher, int timeoutSeconds, Func<JsonElement, CancellationToken, Task<HookAnswer>> handler)
    {
        HookEvent known = HookEvents.Find(hookEvent)
            ?? throw new ArgumentException($"There is no hook event '{hookEvent}': use one of {string.Join(", ", Configuration.HookConfig.EventNames)}.", nameof(hookEvent));
        LocalHook hook = new(known, matcher, timeoutSeconds, handler);
        _parts.Hooks.Engine.Add(hook);
        return new Removal(() => _parts.Hooks.Engine.Remove(hook));
    }

    /// <summary>The hooks of the session, for people: for each event their number, then matcher and command of each.</summary>
    public string DescribeHooks() => _parts.Hooks.Engine.Describe();

    /// <summary>Approval requests that wait for an answer.</summary>
    public IReadOnlyList<ApprovalRequest> PendingApprovals => _parts.Approvals.Pending;

    /// <summary>Path of the session's record, for replays.</summary>
    public string WireLogPath => _parts.WireLog.FilePath;

    /// <summary>The background tasks of the session.</summary>
    public SessionBackground Background => _parts.Background;

    /// <summary>Gives the running turn another input; false when no turn is running.</summary>
    public bool Steer(UserInput input) => _parts.Agent.Steers.TryAdd(input);

    /// <summary>Cancels the running turn; false when none is running.</summary>
    public bool Cancel()
    {
        CancellationTokenSource? running;
        lock (_gate)
        {
            running = _running;
        }

        try
        {
            running?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        return running is not null;
    }

    /// <summary>Turns plan mode on or off by hand.</summary>
    public async Task SetPlanModeAsync(bool enabled, CancellationToken cancellationToken)
    {
        _parts.Plan.Set(enabled);
        await Hub.SendAsync(new StatusUpdate { PlanMode = enabled }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sets the title.</summary>
    public void Rename(string title)
    {
        _parts.State.SaveOwn(state =>
        {
            state.CustomTitle = Text.CodePoints.Take(title.Trim(), 200);
            state.TitleGenerated = true;
        });
    }

    /// <summary>
    /// Ends the session: cancels a running turn, ends background work and servers, deletes the session when it is empty.
    /// </summary>
    /// <param name="succeeded">Whether the program ends well: only then is this the last session of the work directory.</param>
    /// <returns>Whether the session is kept and can be resumed.</returns>
    public async Task<bool> CloseAsync(bool succeeded)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return false;
            }

            _closed = true;
        }

        Cancel();
        await Task.WhenAny(_runEnded, Task.Delay(s_patience)).ConfigureAwait(false);
        return await _parts.CloseAsync(succeeded).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await CloseAsync(succeeded: true).ConfigureAwait(false);

    private CancellationTokenSource Begin(Task ended, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_running is not null)
            {
                throw new SessionBusyException();
            }

            _runEnded = ended;
            _parts.Agent.Steers.Open(); // who is told that a turn runs may steer it
            return _running = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        }
    }

    private void End(CancellationTokenSource running)
    {
        lock (_gate)
        {
            _running = null;
        }

        running.Dispose();
    }

    private async Task<TurnResult?> RunCoreAsync(UserInput input, TurnOptions options, RunTally tally, CancellationToken cancellationToken)
    {
        CallSource source = new(CallSource.ForegroundTurn, Guid.NewGuid().ToString("N"));
        SessionRun run = new(_parts.Agent, _parts.Commands, tally, source);
        _parts.Agent.Tally = tally;
        FinalAnswer? answer = options.ResponseSchema is JsonElement schema ? new FinalAnswer(schema, _parts.Agent.Model?.Provider.SupportsResponseSchema == true) : null;
        _parts.Agent.Answer = answer;
        if (answer is { IsNative: false })
        {
            _parts.Toolset.Add(answer.Tool);
        }

        _parts.Agent.RunLimits = options.Limits;
        await using (_parts.WatchNotifications().ConfigureAwait(false))
        {
            try
            {
                TurnResult? result = await run.RunAsync(input, options.IsSynthetic, cancellationToken).ConfigureAwait(false);
                if (run.WasPlainTurn && _parts.State.CustomTitle is null && SessionTitle.FromInput(input) is string title)
                {
                    SaveTitle(title);
                }

                return result;
            }
            finally
            {
                if (answer is { IsNative: false })
                {
                    _parts.Toolset.Remove(answer.Tool.Name);
                }

                await _parts.Approvals.EndTurnAsync(source.Id, cancellationToken).ConfigureAwait(false);
                Hub.Synchronize(_parts.WireLog.Flush);
            }
        }
    }

    // The answer is there and on disk: that a title could not be kept does not undo it.
    private void SaveTitle(string title)
    {
        try
        {
            _parts.State.SaveOwn(state => state.CustomTitle = title);
        }
        catch (SessionStorageException e)
        {
            _parts.Log("Warning", $"The title is not kept: {e.Message}");
        }
    }

    private TurnOutcome Outcome(TurnStatus status, RunTally tally, TurnResult? result) => new()
    {
        Status = status,
        StopReason = result?.Reason,
        Data = _parts.Agent.Answer?.Data,
        FinalMessage = result?.FinalMessage,
        Usage = tally.Usage,
        Cost = tally.Cost,
        StepCount = tally.Steps,
    };

    private sealed class Removal(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
