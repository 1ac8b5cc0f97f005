namespace Kimi.Engine.Tools.Files;

/// <summary>The first bytes of a stream, and the stream as if they had not been read.</summary>
internal sealed class HeaderStream : IAsyncDisposable
{
    private readonly byte[] _header;
    private readonly Prefixed? _prefixed;

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
            Rest = _prefixed = new Prefixed(_header, stream);
        }
    }

    /// <summary>The first bytes.</summary>
    public ReadOnlySpan<byte> Header => _header;

    /// <summary>The whole stream.</summary>
    public Stream Rest { get; }

    public ValueTask DisposeAsync() => _prefixed?.DisposeAsync() ?? ValueTask.CompletedTask;

    private sealed class Prefixed(byte[] prefix, Stream rest) : Stream
    {
        private int _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            if (_at == prefix.Length)
            {
                return rest.Read(buffer);
            }

            int count = Math.Min(buffer.Length, prefix.Length - _at);
            prefix.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
