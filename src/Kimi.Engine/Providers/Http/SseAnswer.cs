using System.Runtime.CompilerServices;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Http;

/// <summary>An answer that arrives as server-sent events. A provider turns each event into parts.</summary>
internal abstract class SseAnswer(HttpTransport transport, HttpResponseMessage response) : ChatAnswer
{
    private readonly List<StreamPart> _ready = [];
    private SseReader? _reader;
    private bool _done;

    /// <summary>Turns an event into parts, which it adds to <paramref name="parts"/>; returns true when nothing more is to be read.</summary>
    /// <exception cref="ChatProviderException">The event is an error.</exception>
    /// <exception cref="JsonException">The data is no JSON.</exception>
    protected abstract bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, List<StreamPart> parts);

    /// <summary>Called at the good end of the stream; may add the last parts.</summary>
    protected virtual void Complete(List<StreamPart> parts)
    {
    }

    /// <inheritdoc/>
    public sealed override async IAsyncEnumerable<StreamPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using CancellationTokenSource idle = new(Timeout.InfiniteTimeSpan, transport.Time);
        using CancellationTokenRegistration linked = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), idle);
        _reader = new SseReader(await OpenAsync(idle, cancellationToken).ConfigureAwait(false));
        bool more = true;
        while (more)
        {
            _ready.Clear();
            while (!_done && _ready.Count == 0 && _reader.TryRead())
            {
                TakeEvent(_reader);
            }

            if (_ready.Count == 0)
            {
                more = !_done && await FillAsync(_reader, idle, cancellationToken).ConfigureAwait(false);
                if (!more)
                {
                    Complete(_ready);
                }
            }

            for (int i = 0; i < _ready.Count; i++)
            {
                yield return _ready[i];
            }
        }
    }

    /// <inheritdoc/>
    public sealed override ValueTask DisposeAsync()
    {
        response.Dispose();
        return base.DisposeAsync();
    }

    private async ValueTask<Stream> OpenAsync(CancellationTokenSource idle, CancellationToken caller)
    {
        try
        {
            return await HttpTransport.OpenBodyAsync(response, idle.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (Broken(e, caller) is ChatProviderException broken)
        {
            throw broken;
        }
    }

    private void TakeEvent(SseReader reader)
    {
        try
        {
            _done = Take(reader.Name, reader.Data, _ready);
        }
        catch (JsonException e)
        {
            throw new ChatProviderException("The server sent an event that is not valid JSON.", ProviderErrorKind.Other, e);
        }
    }

    private async ValueTask<bool> FillAsync(SseReader reader, CancellationTokenSource idle, CancellationToken caller)
    {
        try
        {
            ValueTask<int> filling = reader.FillAsync(idle.Token);
            int read;
            if (filling.IsCompletedSuccessfully)
            {
                read = filling.Result;
            }
            else
            {
                idle.CancelAfter(transport.IdleTimeout);
                read = await filling.ConfigureAwait(false);
                idle.CancelAfter(Timeout.InfiniteTimeSpan);
            }

            return reader.Filled(read);
        }
        catch (Exception e) when (Broken(e, caller) is ChatProviderException broken)
        {
            throw broken;
        }
    }

    private ChatProviderException? Broken(Exception e, CancellationToken caller)
    {
        bool cut = e is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded };
        string text = !cut ? HttpTransport.ConnectionText
            : response.Content.Headers.ContentLength is null ? "peer closed connection without sending complete message body (incomplete chunked read)"
            : "peer closed connection without sending complete message body";
        return HttpTransport.Translate(e, caller, text);
    }
}
