using Kimi.Engine.Wire;

namespace Kimi.Cli.Serving;

/// <summary>Carries what the session says to the output, in its order and no faster than the client reads.</summary>
internal sealed class EventPump : IDisposable
{
    private readonly ServerOutput _output;
    private readonly OpenRequests _requests;
    private readonly WireSubscription _subscription;
    private readonly Lock _gate = new();
    private volatile bool _stopped;

    public EventPump(WireHub hub, ServerOutput output, OpenRequests requests)
    {
        _output = output;
        _requests = requests;
        _subscription = hub.Subscribe();
    }

    /// <summary>Carries until the session closes.</summary>
    public async Task RunAsync()
    {
        while (!_stopped && await _subscription.WaitToReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            while (SendNext())
            {
                Task room = _output.Room;
                if (!room.IsCompleted)
                {
                    await room.ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Does something after all that was said until now has been written, and before anything that is said later.</summary>
    public void AfterAllSaid(Action action)
    {
        lock (_gate)
        {
            while (SendNext())
            {
                // what was said before comes first
            }

            action();
        }
    }

    /// <summary>Stops; nobody who speaks waits for this listener any more.</summary>
    public void Stop()
    {
        _stopped = true;
        _subscription.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => Stop();

    private bool SendNext()
    {
        lock (_gate)
        {
            if (_stopped || !_subscription.TryRead(out WireMessage? message))
            {
                return false;
            }

            if (message is WireRequest request)
            {
                _requests.Add(request);
            }

            _output.Send(message);
            return true;
        }
    }
}
