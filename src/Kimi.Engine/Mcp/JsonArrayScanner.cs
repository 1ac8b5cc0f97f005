using System.Buffers;

namespace Kimi.Engine.Mcp;

/// <summary>
/// Walks a JSON array in place, without building anything: where its first items end and how many there are. It works on
/// the text itself because results can be as large as memory allows.
/// </summary>
internal ref struct JsonArrayScanner
{
    private const int MaxDepth = 1000;

    private static readonly SearchValues<char> s_stringStops = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    private readonly ReadOnlySpan<char> _text;
    private int _at;

    private JsonArrayScanner(ReadOnlySpan<char> text) => _text = text;

    /// <summary>Scans the whole text.</summary>
    /// <param name="text">A text.</param>
    /// <param name="ends">Receives the ends of the items that end at or before <paramref name="maxEnd"/>.</param>
    /// <param name="maxEnd">Where to stop noting ends.</param>
    /// <param name="count">Number of items.</param>
    /// <returns>Whether the text is one valid JSON array and nothing else.</returns>
    public static bool TryScan(ReadOnlySpan<char> text, List<int> ends, int maxEnd, out int count)
    {
        var scanner = new JsonArrayScanner(text);
        return scanner.Array(ends, maxEnd, out count);
    }

    private bool Array(List<int> ends, int maxEnd, out int count)
    {
        count = 0;
        Blank();
        if (!Take('['))
        {
            return false;
        }

        Blank();
        if (!Take(']'))
        {
            do
            {
                Blank();
                if (!Value())
                {
                    return false;
                }

                count++;
                if (_at <= maxEnd)
                {
                    ends.Add(_at);
                }

                Blank();
            }
            while (Take(','));

            if (!Take(']'))
            {
                return false;
            }
        }

        Blank();
        return _at == _text.Length;
    }

    /// <summary>One value; nesting is kept in a bit for each level, not on the stack.</summary>
    private bool Value()
    {
        Span<ulong> kinds = stackalloc ulong[(MaxDepth / 64) + 1];
        int depth = 0;
        while (true)
        {
            Blank();
            if (_at >= _text.Length)
            {
                return false;
            }

            char c = _text[_at];
            if (c is '{' or '[')
            {
                _at++;
                if (++depth > MaxDepth)
                {
                    return false;
                }

                ulong bit = 1UL << (depth % 64);
                kinds[depth / 64] = c == '{' ? kinds[depth / 64] | bit : kinds[depth / 64] & ~bit;
                Blank();
                if (Take(c == '{' ? '}' : ']'))
                {
                    depth--;
                }
                else if (c == '[' || Name())
                {
                    continue;
                }
                else
                {
                    return false;
                }
            }
            else if (!Scalar(c))
            {
                return false;
            }

            while (true)
            {
                if (depth == 0)
                {
                    return true;
                }

                bool isObject = (kinds[depth / 64] & (1UL << (depth % 64))) != 0;
                Blank();
                if (Take(','))
                {
                    if (isObject && !Name())
                    {
                        return false;
                    }

                    break;
                }

                if (!Take(isObject ? '}' : ']'))
                {
                    return false;
                }

                depth--;
            }
        }
    }

    private bool Name()
    {
        Blank();
        if (!String())
        {
            return false;
        }

        Blank();
        return Take(':');
    }

    private bool Scalar(char c) => c switch
    {
        '"' => String(),
        't' => Word("true"),
        'f' => Word("false"),
        'n' => Word("null"),
        _ => Number(),
    };

    private bool String()
    {
        if (!Take('"'))
        {
            return false;
        }

        while (true)
        {
            int stop = _text[_at..].IndexOfAny(s_stringStops);
            if (stop < 0)
            {
                return false;
            }

            _at += stop;
            char c = _text[_at++];
            if (c == '"')
            {
                return true;
            }

            if (c != '\\' || _at >= _text.Length)
            {
                return false;
            }

            char escaped = _text[_at++];
            if (escaped == 'u')
            {
                for (int i = 0; i < 4; i++)
                {
                    if (_at >= _text.Length || !char.IsAsciiHexDigit(_text[_at++]))
                    {
                        return false;
                    }
                }
            }
            else if (escaped is not ('"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't'))
            {
                return false;
            }
        }
    }

    private bool Word(string word)
    {
        if (!_text[_at..].StartsWith(word))
        {
            return false;
        }

        _at += word.Length;
        return true;
    }

    private bool Number()
    {
        Take('-');
        if (!Take('0') && !Digits())
        {
            return false;
        }

        if (Take('.') && !Digits())
        {
            return false;
        }

        if (_at < _text.Length && _text[_at] is 'e' or 'E')
        {
            _at++;
            if (!Take('+'))
            {
                Take('-');
            }

            return Digits();
        }

        return true;
    }

    private bool Digits()
    {
        int start = _at;
        while (_at < _text.Length && char.IsAsciiDigit(_text[_at]))
        {
            _at++;
        }

        return _at > start;
    }

    private bool Take(char c)
    {
        if (_at < _text.Length && _text[_at] == c)
        {
            _at++;
            return true;
        }

        return false;
    }

    private void Blank()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\n' or '\r' or '\t')
        {
            _at++;
        }
    }
}
