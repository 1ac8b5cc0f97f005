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

    public async ValueTask SendAsync(WireMessage message, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
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
            await ForwardAsync(message, cancellationToken).ConfigureAwait(false);
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
            await parent.SendAsync(Wrap(StreamEvents.Of(rest)), CancellationToken.None).ConfigureAwait(false);
        }

        _closed = true;
        log.Dispose();
        _gate.Release();
    }

    private async ValueTask ForwardAsync(WireMessage message, CancellationToken cancellationToken)
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
            await parent.SendAsync(Wrap(StreamEvents.Of(finished)), cancellationToken).ConfigureAwait(false);
        }

        switch (message)
        {
            case ContentEvent or ToolCallEvent or ToolCallPartEvent:
                break;
            case WireEvent and not ApprovalResponse:
                await parent.SendAsync(Wrap((WireEvent)message), cancellationToken).ConfigureAwait(false);
                break;
            default:
                await parent.SendAsync(message, cancellationToken).ConfigureAwait(false);
                break;
        }
    }

    private SubagentEvent Wrap(WireEvent inner) => new(parentCallId, record.AgentId, record.SubagentType, inner);
}
