using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Kimi.Engine.Mcp;

/// <summary>Takes a piece of a text.</summary>
/// <returns>Whether more is wanted.</returns>
internal delegate bool TextPiece(ReadOnlySpan<char> piece);

/// <summary>
/// A text of a result: a string, or a part of the message as it came. The latter is read piece by piece, so that a text as
/// large as memory allows is never there twice.
/// </summary>
internal readonly struct McpResultText
{
    private const int PieceSize = 8192;

    private readonly string? _text;
    private readonly ReadOnlySequence<byte> _source;
    private readonly bool _isValue;

    /// <summary>A text that is there already.</summary>
    public McpResultText(string text) => _text = text;

    private McpResultText(ReadOnlySequence<byte> source, bool isValue)
    {
        _source = source;
        _isValue = isValue;
    }

    /// <summary>The string the reader stands on.</summary>
    public static McpResultText Of(ref Utf8JsonReader reader)
    {
        if (reader.HasValueSequence)
        {
            return new McpResultText(reader.ValueSequence, isValue: false);
        }

        try
        {
            return new McpResultText(reader.GetString()!);
        }
        catch (InvalidOperationException)
        {
            // Half a character, by escape or by bytes.
            return new McpResultText(new ReadOnlySequence<byte>(reader.ValueSpan.ToArray()), isValue: false);
        }
    }

    /// <summary>A whole JSON value, as compact JSON.</summary>
    public static McpResultText OfValue(ReadOnlySequence<byte> json) => new(json, isValue: true);

    /// <summary>Number of UTF-16 units.</summary>
    public long Length
    {
        get
        {
            long length = 0;
            Read(piece =>
            {
                length += piece.Length;
                return true;
            });
            return length;
        }
    }

    /// <summary>Reads the text until the end or until no more is wanted. A piece never ends within a surrogate pair.</summary>
    public void Read(TextPiece take)
    {
        if (_text is not null)
        {
            take(_text);
            return;
        }

        char[] piece = ArrayPool<char>.Shared.Rent(PieceSize);
        try
        {
            var decoder = new Decoding(piece, take, _isValue);
            foreach (ReadOnlyMemory<byte> segment in _source)
            {
                if (!decoder.Feed(segment.Span))
                {
                    return;
                }
            }

            decoder.End();
        }
        finally
        {
            ArrayPool<char>.Shared.Return(piece);
        }
    }

    /// <summary>The whole text.</summary>
    public override string ToString()
    {
        if (_text is not null)
        {
            return _text;
        }

        // Filled in place before anybody sees it: a buffer beside it would be as large again.
        string whole = new('\0', checked((int)Length));
        int at = 0;
        Read(piece =>
        {
            piece.CopyTo(MemoryMarshal.AsMemory(whole.AsMemory()).Span[at..]);
            at += piece.Length;
            return true;
        });
        return whole;
    }

    /// <summary>Undoes UTF-8 and the escapes of JSON; the bytes may be cut anywhere.</summary>
    private sealed class Decoding(char[] piece, TextPiece take, bool isValue)
    {
        private readonly Decoder _utf8 = Encoding.UTF8.GetDecoder();
        private readonly char[] _piece = piece;
        private readonly byte[] _escape = new byte[6];
        private int _filled;
        private int _escapeLength;
        private bool _isInString = !isValue;
        private bool _wantsMore = true;

        public bool Feed(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0 && _wantsMore)
            {
                if (_escapeLength > 0)
                {
                    _escape[_escapeLength++] = bytes[0];
                    bytes = bytes[1..];
                    EndEscape();
                }
                else if (!_isInString)
                {
                    Outside(bytes[0]);
                    bytes = bytes[1..];
                }
                else
                {
                    int stop = isValue ? bytes.IndexOfAny((byte)'\\', (byte)'"') : bytes.IndexOf((byte)'\\');
                    Plain(stop < 0 ? bytes : bytes[..stop]);
                    if (stop >= 0)
                    {
                        EndPlain();
                        if (bytes[stop] == '"')
                        {
                            Add('"');
                            _isInString = false;
                        }
                        else
                        {
                            _escape[0] = (byte)'\\';
                            _escapeLength = 1;
                        }
                    }

                    bytes = stop < 0 ? [] : bytes[(stop + 1)..];
                }
            }

            return _wantsMore;
        }

        public void End()
        {
            EndPlain();
            Flush(isLast: true);
        }

        private void Outside(byte c)
        {
            if (c is not ((byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t'))
            {
                Add((char)c);
                _isInString = c == '"';
            }
        }

        private void Plain(ReadOnlySpan<byte> bytes)
        {
            while (bytes.Length > 0 && _wantsMore)
            {
                _utf8.Convert(bytes, _piece.AsSpan(_filled), flush: false, out int used, out int made, out _);
                _filled += made;
                bytes = bytes[used..];
                if (bytes.Length > 0 || _filled >= PieceSize - 4)
                {
                    Flush(isLast: false);
                }
            }
        }

        /// <summary>A sequence that is not whole ends here.</summary>
        private void EndPlain()
        {
            Span<char> rest = stackalloc char[4];
            _utf8.Convert([], rest, flush: true, out _, out int made, out _);
            foreach (char c in rest[..made])
            {
                Add(c);
            }
        }

        private void EndEscape()
        {
            if (_escape[1] == 'u' && _escapeLength < 6)
            {
                return;
            }

            char c = (char)_escape[1] switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => (char)((HexOf(_escape[2]) << 12) | (HexOf(_escape[3]) << 8) | (HexOf(_escape[4]) << 4) | HexOf(_escape[5])),
                var other => other,
            };
            if (isValue && c is '"' or '\\' or < ' ')
            {
                // Within a value what must be escaped stays so.
                for (int i = 0; i < _escapeLength; i++)
                {
                    Add((char)_escape[i]);
                }
            }
            else
            {
                Add(c);
            }

            _escapeLength = 0;
        }

        // The reader has checked that they are digits.
        private static int HexOf(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

        private void Add(char c)
        {
            _piece[_filled++] = c;
            if (_filled >= PieceSize - 4)
            {
                Flush(isLast: false);
            }
        }

        /// <summary>Escapes can write half a pair; no text has one.</summary>
        private static void ReplaceHalves(Span<char> piece)
        {
            int at = 0;
            for (int found; (found = piece[at..].IndexOfAnyInRange('\ud800', '\udfff')) >= 0;)
            {
                at += found;
                bool isPair = char.IsHighSurrogate(piece[at]) && at + 1 < piece.Length && char.IsLowSurrogate(piece[at + 1]);
                if (!isPair)
                {
                    piece[at] = '\ufffd';
                }

                at += isPair ? 2 : 1;
            }
        }

        private void Flush(bool isLast)
        {
            Span<char> piece = _piece.AsSpan(0, _filled);
            char open = '\0';
            if (!isLast && _filled > 0 && char.IsHighSurrogate(piece[^1]))
            {
                open = piece[^1];
                piece = piece[..^1];
            }

            ReplaceHalves(piece);
            _wantsMore = piece.Length == 0 || take(piece);
            _filled = 0;
            if (open != '\0')
            {
                _piece[_filled++] = open;
            }
        }
    }
}
