using System.Security.Cryptography;
using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Hooks;

/// <summary>
/// Runs the hooks of a session. Whatever a hook does, a trigger ends: a hook that fails, hangs, floods or prints garbage counts
/// as no objection.
/// </summary>
internal sealed class HookEngine : IAsyncDisposable
{
    private const int OutputLimit = 1024 * 1024;

    private readonly HookEngineOptions _options;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _closed;
    private readonly HashSet<Task> _running = [];
    private readonly Dictionary<string, HookMatcher> _matchers = new(StringComparer.Ordinal);
    private readonly List<HookEngine> _branches = [];
    private HookSubscription[] _subscriptions = [];
    private LocalHook[] _local = [];

    public HookEngine(HookEngineOptions options)
    {
        _options = options;
        _closed = _closing.Token;
    }

    /// <summary>
    /// The client that answers subscriptions and hears of triggers; null before the wire is initialised and where there is
    /// none.
    /// </summary>
    public IWireSink? Client { get; set; }

    /// <summary>The same hooks for a subagent: what is said to the client goes another way. Ends with this engine.</summary>
    public HookEngine Branch(IWireSink client)
    {
        HookEngine branch = new(_options) { Client = Client is null ? null : client };
        lock (_gate)
        {
            branch._subscriptions = _subscriptions;
            branch._local = _local;
            _branches.Add(branch);
        }

        return branch;
    }

    /// <summary>Adds what a client subscribed to.</summary>
    public void Subscribe(IEnumerable<HookSubscription> subscriptions)
    {
        lock (_gate)
        {
            _subscriptions = [.. _subscriptions, .. subscriptions];
        }
    }

    /// <summary>Adds a hook that code of this process answers; it runs after the configured ones.</summary>
    public void Add(LocalHook hook)
    {
        lock (_gate)
        {
            _local = [.. _local, hook];
        }
    }

    /// <summary>Takes a hook away; false when it was not there.</summary>
    public bool Remove(LocalHook hook)
    {
        lock (_gate)
        {
            int before = _local.Length;
            _local = [.. _local.Where(other => !ReferenceEquals(other, hook))];
            return _local.Length < before;
        }
    }

    /// <summary>How many hooks there are for each event that has any, in the order of the events.</summary>
    public IReadOnlyList<KeyValuePair<string, int>> Count()
    {
        int[] counts = new int[HookConfig.EventNames.Count];
        foreach (HookConfig hook in _options.Hooks)
        {
            if (HookEvents.Find(hook.Event) is { } hookEvent)
            {
                counts[(int)hookEvent]++;
            }
        }

        foreach (HookSubscription subscription in _subscriptions)
        {
            counts[(int)subscription.Event]++;
        }

        foreach (LocalHook hook in _local)
        {
            counts[(int)hook.Event]++;
        }

        var result = new List<KeyValuePair<string, int>>();
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
            {
                result.Add(new(HookConfig.EventNames[i], counts[i]));
            }
        }

        return result;
    }

    /// <summary>The text of <c>/hooks</c>.</summary>
    public string Describe() => HookListing.Describe(_options.Hooks, _subscriptions);

    /// <summary>Runs the hooks of an event and waits for them.</summary>
    /// <param name="hookEvent">The event.</param>
    /// <param name="target">What matchers are compared with.</param>
    /// <param name="payload">Writes the event's own members of the input (<see cref="HookPayload"/>).</param>
    /// <param name="cancellationToken">Kills them.</param>
    /// <param name="otherTarget">Another name of the target; a hook that matches both runs once.</param>
    /// <returns>The outcomes, configured hooks first, then the client's; empty when there are none or the engine failed.</returns>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> asks for it.</exception>
    public Task<IReadOnlyList<HookOutcome>> TriggerAsync(
        HookEvent hookEvent, string target, Action<JsonWriter> payload, CancellationToken cancellationToken, string? otherTarget = null)
    {
        List<HookRun>? runs = Match(hookEvent, target, otherTarget);
        return runs is null ? Task.FromResult<IReadOnlyList<HookOutcome>>([]) : RunAllAsync(hookEvent, target, payload, runs, cancellationToken);
    }

    /// <summary>Runs the hooks of an event without waiting for them. They are killed when the engine closes.</summary>
    public void Fire(HookEvent hookEvent, string target, Action<JsonWriter> payload, string? otherTarget = null)
    {
        List<HookRun>? runs = Match(hookEvent, target, otherTarget);
        if (runs is null)
        {
            return;
        }

        Task task = FireAsync(hookEvent, target, payload, runs);
        if (task.IsCompleted)
        {
            return;
        }

        lock (_gate)
        {
            _running.Add(task);
        }

        _ = task.ContinueWith(Forget, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Kills what still runs without being waited for.</summary>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        Task[] running;
        HookEngine[] branches;
        lock (_gate)
        {
            running = [.. _running];
            branches = [.. _branches];
        }

        await Task.WhenAll(running).ConfigureAwait(false);
        foreach (HookEngine branch in branches)
        {
            await branch.DisposeAsync().ConfigureAwait(false);
        }

        _closing.Dispose();
    }

    private void Forget(Task task)
    {
        lock (_gate)
        {
            _running.Remove(task);
        }
    }

    private async Task FireAsync(HookEvent hookEvent, string target, Action<JsonWriter> payload, List<HookRun> runs)
    {
        try
        {
            await RunAllAsync(hookEvent, target, payload, runs, _closed).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The session has ended.
        }
    }

    // Null when nothing matches, which is all that an event without hooks costs.
    private List<HookRun>? Match(HookEvent hookEvent, string target, string? otherTarget)
    {
        List<HookRun>? runs = null;
        if (_options.Hooks.Count > 0)
        {
            string name = HookEvents.Name(hookEvent);
            foreach (HookConfig hook in _options.Hooks)
            {
                if (hook.Event == name
                    && (runs is null || !runs.Exists(run => run.Command == hook.Command))
                    && Matches(hook.Matcher, target, otherTarget))
                {
                    (runs ??= []).Add(new HookRun(hook.Command, null, null, hook.Timeout));
                }
            }
        }

        foreach (LocalHook hook in _local)
        {
            if (hook.Event == hookEvent && Matches(hook.Matcher, target, otherTarget))
            {
                (runs ??= []).Add(new HookRun(null, null, hook, hook.TimeoutSeconds));
            }
        }

        foreach (HookSubscription subscription in _subscriptions)
        {
            if (subscription.Event == hookEvent && Client is not null && Matches(subscription.Matcher, target, otherTarget))
            {
                (runs ??= []).Add(new HookRun(null, subscription.Id, null, subscription.TimeoutSeconds));
            }
        }

        return runs;
    }

    private bool Matches(string pattern, string target, string? otherTarget) =>
        Matches(pattern, target) || (otherTarget is not null && Matches(pattern, otherTarget));

    private bool Matches(string pattern, string target)
    {
        if (pattern.Length == 0)
        {
            return true;
        }

        HookMatcher? matcher;
        lock (_gate)
        {
            if (!_matchers.TryGetValue(pattern, out matcher))
            {
                _matchers[pattern] = matcher = new HookMatcher(pattern);
            }
        }

        return matcher.Matches(target);
    }

    private async Task<IReadOnlyList<HookOutcome>> RunAllAsync(
        HookEvent hookEvent, string target, Action<JsonWriter> payload, List<HookRun> runs, CancellationToken cancellationToken)
    {
        HookOutcome[] outcomes = [];
        long started = _options.Time.GetTimestamp();
        try
        {
            // First of all: what the payload is made of may be gone when the caller continues.
            ReadOnlyMemory<byte> input = Input(hookEvent, payload);
            cancellationToken.ThrowIfCancellationRequested();
            await ReportAsync(new HookTriggered(HookEvents.Name(hookEvent), target, runs.Count), cancellationToken).ConfigureAwait(false);
            outcomes = await Task.WhenAll(runs.ConvertAll(run => RunAsync(run, hookEvent, target, input, cancellationToken))).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _options.Log?.Invoke($"Hooks of {HookEvents.Name(hookEvent)} failed: {e.Message}");
        }

        HookOutcome decision = HookOutcome.FirstBlock(outcomes);
        var resolved = new HookResolved(
            HookEvents.Name(hookEvent),
            target,
            decision.Block ? "block" : "allow",
            decision.Reason,
            (long)_options.Time.GetElapsedTime(started).TotalMilliseconds);
        await ReportAsync(resolved, cancellationToken).ConfigureAwait(false);
        return outcomes;
    }

    private ReadOnlyMemory<byte> Input(HookEvent hookEvent, Action<JsonWriter> payload)
    {
        var writer = new JsonWriter(JsonLayout.Spaced, escapeNonAscii: true);
        writer.BeginObject();
        writer.Member("hook_event_name"u8, HookEvents.Name(hookEvent));
        writer.Member("session_id"u8, _options.SessionId);
        writer.Member("cwd"u8, _options.WorkDirectory);
        payload(writer);
        writer.EndObject();
        return writer.WrittenSpan.ToArray();
    }

    // A client that cannot be told must not turn a block into anything else.
    private async ValueTask ReportAsync(WireMessage message, CancellationToken cancellationToken)
    {
        if (Client is not { } client)
        {
            return;
        }

        try
        {
            await client.SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _options.Log?.Invoke($"Cannot report a hook: {e.Message}");
        }
    }

    private async Task<HookOutcome> RunAsync(
        HookRun run, HookEvent hookEvent, string target, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        try
        {
            // Off the caller's thread: starting a process is no asynchronous call.
            return run.Command is { } command
                ? await Task.Run(() => RunCommandAsync(command, run.TimeoutSeconds, input, cancellationToken), cancellationToken).ConfigureAwait(false)
                : run.Local is { } local
                    ? await AskLocalAsync(local, input, cancellationToken).ConfigureAwait(false)
                    : await AskClientAsync(run, hookEvent, target, input, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            _options.Log?.Invoke($"Hook of {HookEvents.Name(hookEvent)} failed: {e.Message}");
            return HookOutcome.Allow;
        }
    }

    private async Task<HookOutcome> RunCommandAsync(string command, int timeout, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        CommandResult result = await CommandRunner.RunAsync(
            _options.Host,
            PlatformShell.Command(command, _options.StartDirectory ?? _options.WorkDirectory, input),
            TimeSpan.FromSeconds(timeout),
            OutputLimit,
            cancellationToken).ConfigureAwait(false);
        if (result.TimedOut)
        {
            _options.Log?.Invoke($"Hook timed out after {timeout}s: {command}");
        }

        return HookDecision.Of(result);
    }

    private async Task<HookOutcome> AskLocalAsync(LocalHook hook, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(input);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            HookAnswer answer = await hook.Handler(document.RootElement.Clone(), limit.Token)
                .WaitAsync(TimeSpan.FromSeconds(hook.TimeoutSeconds), _options.Time, cancellationToken).ConfigureAwait(false);
            return new HookOutcome(answer.Block, answer.Reason);
        }
        catch (TimeoutException)
        {
            await limit.CancelAsync().ConfigureAwait(false);
            return HookOutcome.Allow with { TimedOut = true };
        }
    }

    private async Task<HookOutcome> AskClientAsync(
        HookRun run, HookEvent hookEvent, string target, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        using var document = JsonDocument.Parse(input);
        var request = new HookRequest(run.SubscriptionId!, HookEvents.Name(hookEvent), target, document.RootElement.Clone())
        {
            Id = RandomNumberGenerator.GetHexString(12, lowercase: true),
        };
        try
        {
            await Client!.SendAsync(request, cancellationToken).ConfigureAwait(false);
            HookAnswer answer = await request.Answer
                .WaitAsync(TimeSpan.FromSeconds(run.TimeoutSeconds), _options.Time, cancellationToken).ConfigureAwait(false);
            return new HookOutcome(answer.Block, answer.Reason);
        }
        catch (TimeoutException)
        {
            return HookOutcome.Allow with { TimedOut = true };
        }
        finally
        {
            // Whoever still shows the request can put it away.
            request.Respond(new HookAnswer(false));
        }
    }

    private sealed record HookRun(string? Command, string? SubscriptionId, LocalHook? Local, int TimeoutSeconds);
}
