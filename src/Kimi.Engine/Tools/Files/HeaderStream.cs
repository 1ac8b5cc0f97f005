using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tools.Files;

/// <summary>The first bytes of a stream, and the stream as if they had not been read.</summary>
internal sealed class HeaderStream
{
    private readonly byte[] _header;

    public HeaderStream(Stream stream, int size)
    {
        byte[] header = new byte[size];
        int count = stream.ReadAtLeast(header, size, throwOnEndOfStream: false);
        _header = header[..count];
        if (stream.CanSeek)
        {
            stream.Position = 0;
            Rest = stream;
        }
        else
        {
            Rest = new PrefixedStream(_header, stream);
        }
    }

    /// <summary>The first bytes.</summary>
    public ReadOnlySpan<byte> Header => _header;

    /// <summary>The whole stream.</summary>
    public Stream Rest { get; }
}
