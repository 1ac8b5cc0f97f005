using Kimi.Engine.Chat;
using Kimi.Engine.Sessions;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>
/// Takes the messages of a subagent: into its record and its transcript, and, when a turn waits for it, merged and wrapped to
/// the parent's listeners.
/// </summary>
internal sealed class SubagentWire(SubagentRecord record, WireLog log, SubagentTranscript transcript, IWireSink? parent, string? parentCallId) : IWireSink, IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly PartMerger _merger = new();
    private bool _closed;

    public ValueTask SendAsync(WireMessage message, CancellationToken cancellationToken) => SendAsync(message, always: false, cancellationToken);

    public ValueTask SendAlwaysAsync(WireMessage message, CancellationToken cancellationToken) => SendAsync(message, always: true, cancellationToken);

    private async ValueTask SendAsync(WireMessage message, bool always, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(always ? CancellationToken.None : cancellationToken).ConfigureAwait(false);
        try
        {
            if (_closed)
            {
                // A hook that nobody waited for has ended late.
                (message as WireRequest)?.Abandon(turnEnded: true);
                return;
            }

            log.Record(message);
            transcript.Observe(message);
            await ForwardAsync(message, always, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sends what still waits to be merged.</summary>
    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        if (_merger.Flush() is StreamPart rest && parent is not null)
        {
            // A listener that is full gets it too, but is not waited for.
            await parent.SendAlwaysAsync(Wrap(StreamEvents.Of(rest)), new CancellationToken(canceled: true)).ConfigureAwait(false);
        }

        _closed = true;
        log.Dispose();
        _gate.Release();
    }

    private async ValueTask ForwardAsync(WireMessage message, bool always, CancellationToken cancellationToken)
    {
        if (parent is null || message is HookRequest)
        {
            // Nobody will answer.
            (message as WireRequest)?.Abandon(turnEnded: true);
            return;
        }

        StreamPart? finished = StreamEvents.PartOf(message) is StreamPart part ? _merger.Add(part) : _merger.Flush();
        if (finished is not null)
        {
            await TellAsync(Wrap(StreamEvents.Of(finished))).ConfigureAwait(false);
        }

        switch (message)
        {
            case ContentEvent or ToolCallEvent or ToolCallPartEvent:
                break;
            case WireEvent and not ApprovalResponse:
                await TellAsync(Wrap((WireEvent)message)).ConfigureAwait(false);
                break;
            default:
                await TellAsync(message).ConfigureAwait(false);
                break;
        }

        ValueTask TellAsync(WireMessage told) => always ? parent.SendAlwaysAsync(told, cancellationToken) : parent.SendAsync(told, cancellationToken);
    }

    private SubagentEvent Wrap(WireEvent inner) => new(parentCallId, record.AgentId, record.SubagentType, inner);
}
