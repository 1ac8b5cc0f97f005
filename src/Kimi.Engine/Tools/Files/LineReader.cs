using System.Buffers;

namespace Kimi.Engine.Tools.Files;

/// <summary>
/// Reads the lines of a file of any size without holding more of it than a block: line feed, carriage return or both end a
/// line, and of an overlong line only the beginning is kept.
/// </summary>
internal sealed class LineReader(Stream stream, CancellationToken cancellationToken) : IDisposable
{
    /// <summary>So many bytes of a line are kept; more than 2000 characters can take.</summary>
    public const int KeptBytes = 8192;

    private const int BlockSize = 64 * 1024;

    private readonly byte[] _block = ArrayPool<byte>.Shared.Rent(BlockSize);
    private readonly byte[] _line = ArrayPool<byte>.Shared.Rent(KeptBytes);
    private int _start;
    private int _end;
    private bool _afterReturn;

    /// <summary>Number of lines read.</summary>
    public long LineCount { get; private set; }

    /// <summary>Reads the next line; false at the end.</summary>
    /// <param name="text">The line, at most <see cref="KeptBytes"/> of it, without its end; valid until the next call.</param>
    /// <param name="isEnded">Whether a line end follows; only the last line may lack one.</param>
    public bool Next(out ReadOnlySpan<byte> text, out bool isEnded)
    {
        int kept = 0;
        bool any = false;
        isEnded = false;
        while (_start < _end || Fill())
        {
            ReadOnlySpan<byte> block = _block.AsSpan(_start, _end - _start);
            if (_afterReturn)
            {
                _afterReturn = false;
                if (block[0] == '\n')
                {
                    _start++;
                    continue;
                }
            }

            int at = block.IndexOfAny((byte)'\n', (byte)'\r');
            ReadOnlySpan<byte> piece = at < 0 ? block : block[..at];
            if (at >= 0)
            {
                _afterReturn = block[at] == '\r';
                _start += at + 1;
                isEnded = true;
                LineCount++;
                if (!any)
                {
                    text = piece.Length > KeptBytes ? piece[..KeptBytes] : piece;
                    return true;
                }
            }
            else
            {
                _start = _end;
            }

            any = true;
            int more = Math.Min(piece.Length, KeptBytes - kept);
            piece[..more].CopyTo(_line.AsSpan(kept));
            kept += more;
            if (isEnded)
            {
                break;
            }
        }

        text = _line.AsSpan(0, kept);
        if (any && !isEnded)
        {
            LineCount++;
        }

        return any;
    }

    /// <summary>Passes over whole blocks as long as all their lines come before a line; the rest is for <see cref="Next"/>.</summary>
    public void SkipTo(long line)
    {
        bool isEnded = true;
        while (_start < _end || Fill())
        {
            ReadOnlySpan<byte> block = _block.AsSpan(_start, _end - _start);
            int count = LineCounter.Count(block, _afterReturn);
            if (LineCount + count >= line - 1)
            {
                return;
            }

            LineCount += count;
            _afterReturn = block[^1] == '\r';
            isEnded = block[^1] is (byte)'\n' or (byte)'\r';
            _start = _end;
        }

        if (!isEnded)
        {
            LineCount++;
        }
    }

    /// <summary>Reads to the end without looking at the lines; afterwards <see cref="LineCount"/> is that of the file.</summary>
    public void CountRest()
    {
        byte last = (byte)'\n';
        ReadOnlySpan<byte> rest = _block.AsSpan(_start, _end - _start);
        if (!rest.IsEmpty)
        {
            LineCount += LineCounter.Count(rest, _afterReturn);
            _afterReturn = rest[^1] == '\r';
            last = rest[^1];
        }

        _start = _end;
        if (stream is FileStream file && file.Length - file.Position > BlockSize)
        {
            LineCount += LineCounter.Count(file.SafeFileHandle, file.Position, _afterReturn, cancellationToken);
            file.Position = file.Length - 1;
            last = (byte)file.ReadByte();
        }
        else
        {
            while (Fill())
            {
                rest = _block.AsSpan(0, _end);
                LineCount += LineCounter.Count(rest, _afterReturn);
                _afterReturn = rest[^1] == '\r';
                last = rest[^1];
                _start = _end;
            }
        }

        if (last is not ((byte)'\n' or (byte)'\r'))
        {
            LineCount++;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_block);
        ArrayPool<byte>.Shared.Return(_line);
    }

    private bool Fill()
    {
        cancellationToken.ThrowIfCancellationRequested();
        _start = 0;
        _end = stream.Read(_block, 0, BlockSize);
        return _end > 0;
    }
}
