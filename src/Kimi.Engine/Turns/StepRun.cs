using Kimi.Engine.Chat;
using Kimi.Engine.Providers;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns;

/// <summary>One step while it runs: passes the answer's pieces on, starts tools as their calls become complete, collects the results.</summary>
internal sealed class StepRun(Agent agent, int number, CallSource source, CancellationToken cancellationToken) : IGenerationObserver, IDisposable
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);

    private readonly List<(ToolCall Call, Task<ToolReturnValue> Result)> _calls = [];
    private CancellationTokenSource? _tools;

    /// <inheritdoc/>
    public void OnAttempt() => agent.Tools.BeginStep();

    /// <inheritdoc/>
    public ValueTask OnPartAsync(StreamPart part, CancellationToken cancellationToken) => agent.Wire.SendAsync(StreamEvents.Of(part), cancellationToken);

    /// <inheritdoc/>
    public void OnToolCall(ToolCall call)
    {
        _tools ??= CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        CancellationToken stop = _tools.Token;

        // Not on another thread: the toolset must see the calls in the order the model made them.
        _calls.Add((call, RunAsync(call, stop)));
    }

    /// <inheritdoc/>
    public Task OnFailedAttemptAsync() => StopToolsAsync();

    /// <inheritdoc/>
    public ValueTask OnRetryAsync(int nextAttempt, int maxAttempts, double waitSeconds, ChatProviderException error, CancellationToken cancellationToken) =>
        agent.Wire.SendAsync(new StepRetry(number, nextAttempt, maxAttempts, waitSeconds, error.TypeName, error.StatusCode), cancellationToken);

    /// <summary>Waits for all tools and returns their results in the order of the calls.</summary>
    public async Task<IReadOnlyList<(ToolCall Call, ToolReturnValue Value)>> ResultsAsync()
    {
        try
        {
            List<(ToolCall, ToolReturnValue)> results = new(_calls.Count);
            foreach ((ToolCall call, Task<ToolReturnValue> result) in _calls)
            {
                results.Add((call, await result.WaitAsync(cancellationToken).ConfigureAwait(false)));
            }

            // The last moment: from here on the step becomes part of the conversation, whole.
            cancellationToken.ThrowIfCancellationRequested();
            return results;
        }
        catch
        {
            await StopToolsAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _tools?.Dispose();

    private async Task<ToolReturnValue> RunAsync(ToolCall call, CancellationToken stop)
    {
        ToolCallContext context = new() { Call = call, Step = number, Source = source, Wire = agent.Wire, Turn = cancellationToken };
        ToolReturnValue value = await agent.Tools.HandleAsync(call, context, stop).ConfigureAwait(false);
        stop.ThrowIfCancellationRequested();
        await agent.Wire.SendAsync(new ToolResultEvent(call.Id, value), stop).ConfigureAwait(false);
        return value;
    }

    private async Task StopToolsAsync()
    {
        if (_tools is null)
        {
            return;
        }

        await _tools.CancelAsync().ConfigureAwait(false);
        Task all = Task.WhenAll(_calls.Select(static call => call.Result));
        try
        {
            // A tool that will not end is left behind; its process tree is killed by its own cancellation.
            await all.WaitAsync(s_grace, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // Cancelled tools throw; the reason for stopping is what counts.
        }

        _calls.Clear();
        _tools.Dispose();
        _tools = null;
    }
}
