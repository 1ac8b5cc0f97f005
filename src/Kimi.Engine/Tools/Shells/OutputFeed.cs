using System.Buffers;
using System.Text;

namespace Kimi.Engine.Tools.Shells;

/// <summary>
/// Takes one of the two outputs of a command into a result, line by line, so that the two are not mixed within a line. Holds
/// a bounded piece of it only: what the result would cut anyway is dropped at once.
/// </summary>
internal sealed class OutputFeed(ToolResultBuilder builder, Lock gate)
{
    private const int MaxPending = 64 * 1024;
    private const int KeptOfLine = 16 * 1024;

    private readonly ArrayBufferWriter<byte> _pending = new(256);
    private bool _isDropping;
    private volatile bool _isFull;

    /// <summary>Reads a stream to its end.</summary>
    public async Task PumpAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            int count;
            while ((count = await stream.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
            {
                Feed(block.AsSpan(0, count));
            }

            End();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Takes more of the output.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        if (_isFull)
        {
            return;
        }

        int end = bytes.LastIndexOf((byte)'\n') + 1;
        if (end == 0)
        {
            Keep(bytes);
            return;
        }

        if (_pending.WrittenCount > 0 || _isDropping)
        {
            int first = bytes.IndexOf((byte)'\n') + 1;
            Keep(bytes[..first]);
            Flush(_pending.WrittenCount);
            bytes = bytes[first..];
            end -= first;
        }

        if (end > 0)
        {
            Emit(bytes[..end]);
        }

        Keep(bytes[end..]);
    }

    /// <summary>Takes what is left of a line that was not ended.</summary>
    public void End() => Flush(_pending.WrittenCount);

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_isDropping)
            {
                int at = bytes.IndexOfAny((byte)'\r', (byte)'\n');
                if (at < 0)
                {
                    return;
                }

                bytes = bytes[at..];
                _isDropping = false;
            }

            int room = MaxPending - _pending.WrittenCount;
            int count = Math.Min(room, bytes.Length);
            _pending.Write(bytes[..count]);
            bytes = bytes[count..];
            if (_pending.WrittenCount == MaxPending)
            {
                Shrink();
            }
        }
    }

    // A carriage return ends a line too, but perhaps together with a line feed that is still to come.
    private void Shrink()
    {
        int end = _pending.WrittenSpan[..^1].LastIndexOf((byte)'\r') + 1;
        if (end > 0)
        {
            Flush(end);
            return;
        }

        byte[] start = _pending.WrittenSpan[..KeptOfLine].ToArray();
        _pending.ResetWrittenCount();
        _pending.Write(start);
        _isDropping = true;
    }

    private void Flush(int count)
    {
        if (count == 0)
        {
            return;
        }

        Emit(_pending.WrittenSpan[..count]);
        byte[] rest = _pending.WrittenSpan[count..].ToArray();
        _pending.ResetWrittenCount();
        _pending.Write(rest);
    }

    private void Emit(ReadOnlySpan<byte> bytes)
    {
        char[] text = ArrayPool<char>.Shared.Rent(Encoding.UTF8.GetMaxCharCount(bytes.Length));
        int length = Encoding.UTF8.GetChars(bytes, text);
        lock (gate)
        {
            builder.Write(text.AsSpan(0, length));
            _isFull = builder.IsFull;
        }

        ArrayPool<char>.Shared.Return(text);
    }
}
