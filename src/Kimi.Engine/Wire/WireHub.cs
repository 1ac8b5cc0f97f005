using System.Threading.Channels;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Wire;

/// <summary>Where the parts of the engine send their messages.</summary>
public interface IWireSink
{
    /// <summary>Sends a message; waits while a listener that keeps up too slowly is full.</summary>
    ValueTask SendAsync(WireMessage message, CancellationToken cancellationToken);

    /// <summary>
    /// Sends what must be said of a cancelled turn too, such as its end: the token ends no more than the wait for a listener
    /// that is full, and nothing is thrown.
    /// </summary>
    ValueTask SendAlwaysAsync(WireMessage message, CancellationToken cancellationToken) => SendAsync(message, CancellationToken.None);
}

/// <summary>
/// The one stream of a session's messages. Everybody who listens gets all messages in one order; the journal gets them first
/// and synchronously, so a slow, gone or throwing listener loses nothing.
/// </summary>
public sealed class WireHub : IWireSink
{
    private readonly Lock _gate = new();
    private WireSubscription[] _subscriptions = [];
    private bool _closed;

    /// <summary>Sees every message, in order, before the listeners; must not block for long.</summary>
    public Action<WireMessage>? Journal { get; set; }

    /// <summary>Starts to listen.</summary>
    /// <param name="merged">Whether fragments are merged into whole parts first.</param>
    /// <param name="capacity">Messages kept for a slow listener before the senders wait.</param>
    public WireSubscription Subscribe(bool merged = false, int capacity = 1024)
    {
        WireSubscription subscription = new(this, merged, capacity);
        lock (_gate)
        {
            if (_closed)
            {
                subscription.Complete();
            }
            else
            {
                _subscriptions = [.. _subscriptions, subscription];
            }
        }

        return subscription;
    }

    /// <inheritdoc/>
    public ValueTask SendAsync(WireMessage message, CancellationToken cancellationToken)
    {
        WireSubscription? full = null;
        lock (_gate)
        {
            Journal?.Invoke(message);
            foreach (WireSubscription subscription in _subscriptions)
            {
                if (!subscription.Post(message))
                {
                    full = subscription;
                }
            }

            // Approvals may be asked for by who listens next; nobody ever comes back for the others.
            if (message is WireRequest and not ApprovalRequest && _subscriptions.Length == 0)
            {
                ((WireRequest)message).Abandon(turnEnded: false);
            }
        }

        return full is null ? ValueTask.CompletedTask : WaitForRoomAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask SendAlwaysAsync(WireMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It has been said; only the wait was given up.
        }
    }

    /// <summary>Sends without waiting for slow listeners: for what is said once, such as the end of a turn.</summary>
    public void Post(WireMessage message)
    {
        lock (_gate)
        {
            Journal?.Invoke(message);
            foreach (WireSubscription subscription in _subscriptions)
            {
                subscription.Post(message);
            }
        }
    }

    /// <summary>Runs an action between two messages, such as starting a journal's turn.</summary>
    internal void Synchronize(Action action)
    {
        lock (_gate)
        {
            action();
        }
    }

    /// <summary>Ends all listening; what was sent before can still be read.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (WireSubscription subscription in _subscriptions)
            {
                subscription.Complete();
            }

            _subscriptions = [];
        }
    }

    internal void Remove(WireSubscription subscription)
    {
        lock (_gate)
        {
            _subscriptions = [.. _subscriptions.Where(other => other != subscription)];
        }
    }

    private async ValueTask WaitForRoomAsync(CancellationToken cancellationToken)
    {
        foreach (WireSubscription subscription in _subscriptions)
        {
            await subscription.WaitForRoomAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}

/// <summary>One listener of a <see cref="WireHub"/>. Dispose it to stop listening.</summary>
public sealed class WireSubscription : IDisposable
{
    private readonly WireHub _hub;
    private readonly PartMerger? _merger;
    private readonly int _capacity;
    private readonly Channel<WireMessage> _channel = Channel.CreateUnbounded<WireMessage>();
    private readonly Lock _gate = new();
    private TaskCompletionSource? _room;
    private int _count;
    private bool _gone;

    internal WireSubscription(WireHub hub, bool merged, int capacity)
    {
        _hub = hub;
        _merger = merged ? new PartMerger() : null;
        _capacity = capacity;
    }

    /// <summary>Waits until there is something to read; false when nothing will come any more.</summary>
    public ValueTask<bool> WaitToReadAsync(CancellationToken cancellationToken) => _channel.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes the next message, if there is one.</summary>
    public bool TryRead([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out WireMessage? message)
    {
        if (!_channel.Reader.TryRead(out message))
        {
            return false;
        }

        int left = Interlocked.Decrement(ref _count);
        if (left <= _capacity / 2 && _room is not null)
        {
            OpenRoom();
        }

        return true;
    }

    /// <summary>Reads until the hub closes.</summary>
    public async IAsyncEnumerable<WireMessage> ReadAllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            while (TryRead(out WireMessage? message))
            {
                yield return message;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _hub.Remove(this);
        End();
    }

    /// <summary>Called under the hub's lock; false when the listener is full.</summary>
    internal bool Post(WireMessage message)
    {
        if (_merger is null)
        {
            return Write(message);
        }

        StreamPart? finished = StreamEvents.PartOf(message) is StreamPart part ? _merger.Add(part) : _merger.Flush();
        bool room = finished is null || Write(StreamEvents.Of(finished));
        return message is ContentEvent or ToolCallEvent or ToolCallPartEvent ? room : Write(message);
    }

    /// <summary>Nothing more will come; what has come can still be read.</summary>
    internal void Complete()
    {
        // Between two messages: somebody else may be speaking.
        _hub.Synchronize(() =>
        {
            if (_merger?.Flush() is StreamPart rest)
            {
                Write(StreamEvents.Of(rest));
            }
        });
        End();
    }

    internal Task WaitForRoomAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_gone || Volatile.Read(ref _count) <= _capacity)
            {
                return Task.CompletedTask;
            }

            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

            // The reader may have taken the last message before it could see that somebody waits.
            Interlocked.MemoryBarrier();
            if (Volatile.Read(ref _count) > _capacity / 2)
            {
                return _room.Task.WaitAsync(cancellationToken);
            }
        }

        OpenRoom();
        return Task.CompletedTask;
    }

    private void End()
    {
        lock (_gate)
        {
            _gone = true;
        }

        OpenRoom();
        _channel.Writer.TryComplete();
    }

    private bool Write(WireMessage message)
    {
        if (!_channel.Writer.TryWrite(message))
        {
            return true;
        }

        return Interlocked.Increment(ref _count) <= _capacity;
    }

    private void OpenRoom()
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            room = _room;
            _room = null;
        }

        room?.TrySetResult();
    }
}
