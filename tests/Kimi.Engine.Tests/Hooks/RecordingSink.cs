using System.Collections.Concurrent;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Hooks;

/// <summary>A client that notes what it is sent and answers hook requests.</summary>
internal sealed class RecordingSink(Func<HookRequest, HookAnswer?> answer) : IWireSink
{
    public ConcurrentQueue<WireMessage> Messages { get; } = [];

    public Exception? Failure { get; set; }

    public ValueTask SendAsync(WireMessage message, CancellationToken cancellationToken)
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        Messages.Enqueue(message);
        if (message is HookRequest request && answer(request) is { } reply)
        {
            request.Respond(reply);
        }

        return ValueTask.CompletedTask;
    }
}
