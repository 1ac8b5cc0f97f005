using System.Threading.Channels;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Kimi.Engine.Mcp.Sdk;

/// <summary>A transport that notes the calls sent, so that their answers can be taken out of what comes back.</summary>
internal sealed class CallNotingTransport(IClientTransport inner, PendingCalls calls) : IClientTransport
{
    public string Name => inner.Name;

    public async Task<ITransport> ConnectAsync(CancellationToken cancellationToken = default) =>
        new Session(await inner.ConnectAsync(cancellationToken).ConfigureAwait(false), calls);

    private sealed class Session(ITransport inner, PendingCalls calls) : ITransport
    {
        public string? SessionId => inner.SessionId;

        public ChannelReader<JsonRpcMessage> MessageReader => inner.MessageReader;

        public async Task SendMessageAsync(JsonRpcMessage message, CancellationToken cancellationToken = default)
        {
            PendingCall? call = calls.Note(message);
            try
            {
                if (call is not null && inner.MessageReader.Completion.IsCompleted)
                {
                    throw new IOException("the connection was closed");
                }

                await inner.SendMessageAsync(message, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (call is not null && IsUnsent(e))
            {
                call.SendFailure = e;
                throw;
            }
        }

        /// <summary>A broken pipe has no reader, a connection that was not made carried nothing, and an ended session is refused unread.</summary>
        private bool IsUnsent(Exception e) => e switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError } => true,
            HttpRequestException { StatusCode: System.Net.HttpStatusCode.NotFound } => SessionId is not null,
            HttpRequestException => false,
            IOException => true,
            _ => false,
        };

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
