namespace Kimi.Engine.Text;

/// <summary>
/// Reads server-sent events as bytes, without a string for each. Lines end in LF, CRLF or CR; several data lines are joined
/// with LF; comments, ids and retry times are skipped, and so are events without data. An event counts only when its blank
/// line has arrived; its data and name are valid until the next call.
/// </summary>
internal sealed class SseReader(Stream stream)
{
    private const int MaxEventLength = 256 << 20;
    private static readonly byte[] s_byteOrderMark = [0xEF, 0xBB, 0xBF];

    private byte[] _buffer = new byte[16 << 10];
    private int _keep; // first byte that is still needed
    private int _line; // start of the current line
    private int _scan; // where to look for its end
    private int _end;
    private bool _skipLineFeed;
    private bool _started;
    private bool _ended;

    private bool _complete;
    private int _dataLines;
    private int _dataStart;
    private int _dataLength;
    private int _nameStart;
    private int _nameLength;
    private byte[] _joined = [];
    private int _joinedLength;

    /// <summary>The data of the event that <see cref="TryRead"/> found.</summary>
    public ReadOnlySpan<byte> Data => _dataLines > 1 ? _joined.AsSpan(0, _joinedLength) : _buffer.AsSpan(_dataStart, _dataLength);

    /// <summary>The name of that event; empty when it had none.</summary>
    public ReadOnlySpan<byte> Name => _buffer.AsSpan(_nameStart, _nameLength);

    /// <summary>Finds the next event among the bytes that have arrived; false when more are needed.</summary>
    public bool TryRead()
    {
        if (!_started && !Start())
        {
            return false;
        }

        if (_complete)
        {
            Forget();
        }

        while (true)
        {
            if (_skipLineFeed && _line < _end)
            {
                _skipLineFeed = false;
                if (_buffer[_line] == '\n')
                {
                    _line++;
                    _scan = _line;
                }
            }

            int found = _buffer.AsSpan(_scan, _end - _scan).IndexOfAny((byte)'\n', (byte)'\r');
            if (found < 0)
            {
                _scan = _end;
                if (_dataLines == 0 && _nameLength == 0)
                {
                    _keep = _line;
                }

                return false;
            }

            int start = _line;
            int lineEnd = _scan + found;
            _skipLineFeed = _buffer[lineEnd] == '\r';
            _line = _scan = lineEnd + 1;
            if (lineEnd > start)
            {
                TakeField(start, lineEnd);
            }
            else if (Data.IsEmpty)
            {
                Forget();
            }
            else
            {
                _complete = true;
                return true;
            }
        }
    }

    /// <summary>Waits for more bytes; false at the end of the stream.</summary>
    /// <exception cref="InvalidDataException">One event is longer than can be held.</exception>
    public ValueTask<int> FillAsync(CancellationToken cancellationToken)
    {
        if (_keep > 0)
        {
            Buffer.BlockCopy(_buffer, _keep, _buffer, 0, _end - _keep);
            _line -= _keep;
            _scan -= _keep;
            _end -= _keep;
            _dataStart -= _keep;
            _nameStart -= _keep;
            if (_dataLength == 0)
            {
                _dataStart = 0;
            }

            if (_nameLength == 0)
            {
                _nameStart = 0;
            }

            _keep = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= MaxEventLength)
            {
                throw new InvalidDataException("the server sent an event of more than 256 MB");
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        return stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
    }

    /// <summary>Takes the result of <see cref="FillAsync"/>; false at the end of the stream.</summary>
    public bool Filled(int read)
    {
        _end += read;
        _ended |= read == 0;
        return !_ended;
    }

    private void Forget()
    {
        _complete = false;
        _keep = _line;
        _dataLines = _dataStart = _dataLength = _nameStart = _nameLength = _joinedLength = 0;
    }

    private bool Start()
    {
        int seen = Math.Min(3, _end);
        if (_buffer.AsSpan(0, seen).SequenceEqual(s_byteOrderMark.AsSpan(0, seen)))
        {
            if (seen < 3)
            {
                return false;
            }

            _keep = _line = _scan = 3;
        }

        _started = true;
        return true;
    }

    private void TakeField(int start, int end)
    {
        ReadOnlySpan<byte> line = _buffer.AsSpan(start, end - start);
        if (IsField(line, "data"u8, out int offset))
        {
            ReadOnlySpan<byte> value = line[offset..];
            _dataLines++;
            if (_dataLines == 1)
            {
                _dataStart = start + offset;
                _dataLength = value.Length;
                return;
            }

            if (_dataLines == 2)
            {
                _joinedLength = 0;
                Join(_buffer.AsSpan(_dataStart, _dataLength));
            }

            Join("\n"u8);
            Join(value);
        }
        else if (IsField(line, "event"u8, out offset))
        {
            _nameStart = start + offset;
            _nameLength = line.Length - offset;
        }
    }

    private static bool IsField(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name, out int value)
    {
        value = name.Length;
        if (!line.StartsWith(name))
        {
            return false;
        }

        if (line.Length == name.Length)
        {
            return true;
        }

        if (line[name.Length] != ':')
        {
            return false;
        }

        value++;
        if (value < line.Length && line[value] == ' ')
        {
            value++;
        }

        return true;
    }

    private void Join(ReadOnlySpan<byte> bytes)
    {
        if (_joined.Length - _joinedLength < bytes.Length)
        {
            if (_joinedLength > MaxEventLength)
            {
                throw new InvalidDataException("the server sent an event of more than 256 MB");
            }

            Array.Resize(ref _joined, Math.Max(256, Math.Max(_joined.Length * 2, _joinedLength + bytes.Length)));
        }

        bytes.CopyTo(_joined.AsSpan(_joinedLength));
        _joinedLength += bytes.Length;
    }
}
