using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace Kimi.Engine.Providers.Http;

/// <summary>
/// A request body made of byte segments that already exist (encoded messages and tools). They are written to the connection
/// as they are: the history is never put together in one piece, and the length is known beforehand.
/// </summary>
internal sealed class RequestBody : HttpContent
{
    private const int BlockSize = 64 << 10;
    private static readonly MediaTypeHeaderValue s_json = new("application/json");
    private readonly RequestSegments _segments;

    public RequestBody(RequestSegments segments, string? contentType = null)
    {
        _segments = segments;
        Headers.ContentType = contentType is null ? s_json : MediaTypeHeaderValue.Parse(contentType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        WriteAsync(stream, CancellationToken.None);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        WriteAsync(stream, cancellationToken);

    protected override bool TryComputeLength(out long length)
    {
        length = _segments.Length;
        return true;
    }

    private async Task WriteAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent((int)Math.Min(BlockSize, Math.Max(1, _segments.Length)));
        try
        {
            int used = 0;
            for (int i = 0; i < _segments.Count; i++)
            {
                ReadOnlyMemory<byte> rest = _segments[i];
                while (!rest.IsEmpty)
                {
                    if (used == 0 && rest.Length >= block.Length)
                    {
                        await stream.WriteAsync(rest, cancellationToken).ConfigureAwait(false);
                        break;
                    }

                    int length = Math.Min(rest.Length, block.Length - used);
                    rest.Span[..length].CopyTo(block.AsSpan(used));
                    rest = rest[length..];
                    used += length;
                    if (used == block.Length)
                    {
                        await stream.WriteAsync(block.AsMemory(0, used), cancellationToken).ConfigureAwait(false);
                        used = 0;
                    }
                }
            }

            if (used > 0)
            {
                await stream.WriteAsync(block.AsMemory(0, used), cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
