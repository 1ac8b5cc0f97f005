namespace Kimi.Cli.Serving;

/// <summary>
/// Lines of a stream, each byte looked at once: a line of a hundred megabytes costs as much a byte as a short one. A longer
/// one is thrown away as it comes, so that memory stays bounded.
/// </summary>
internal sealed class InputLines(Stream stream, int longest = InputLines.Longest)
{
    /// <summary>The longest line in bytes.</summary>
    public const int Longest = 100 << 20;

    private const int Usual = 1 << 16;

    private byte[] _buffer = new byte[Usual];
    private int _start;
    private int _searched;
    private int _end;
    private bool _overlong;
    private bool _ended;

    /// <summary>Reads the next line, without its end; valid until the next call. False at the end of the stream.</summary>
    /// <param name="line">The line; empty when it was too long.</param>
    /// <param name="tooLong">Whether the line was longer than allowed.</param>
    public bool TryRead(out ReadOnlyMemory<byte> line, out bool tooLong)
    {
        while (true)
        {
            int at = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                int stop = _searched + at;
                return Take(stop, stop + 1, out line, out tooLong);
            }

            _searched = _end;
            if (_ended)
            {
                line = default;
                tooLong = false;
                return (_end > _start || _overlong) && Take(_end, _end, out line, out tooLong);
            }

            MakeRoom();
            int read = stream.Read(_buffer, _end, _buffer.Length - _end);
            _ended = read == 0;
            _end += read;
        }
    }

    private bool Take(int stop, int next, out ReadOnlyMemory<byte> line, out bool tooLong)
    {
        tooLong = _overlong || stop - _start > longest;
        line = tooLong ? default : _buffer.AsMemory(_start, stop - _start);
        _overlong = false;
        _start = _searched = next;
        return true;
    }

    private void MakeRoom()
    {
        int length = _end - _start;
        if (length > longest)
        {
            _overlong = true;
            length = 0;
        }

        if (length == 0 && _buffer.Length > 1 << 20)
        {
            _buffer = new byte[Usual]; // one huge line must not be paid for ever after
        }
        else if (_end == _buffer.Length)
        {
            byte[] larger = length > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
            Buffer.BlockCopy(_buffer, _start, larger, 0, length);
            _buffer = larger;
        }
        else
        {
            return;
        }

        _start = 0;
        _searched = _end = length;
    }
}
