using System.Buffers;

namespace Kimi.Engine.Mcp;

/// <summary>
/// Walks a JSON array without building anything: where its first items end and how many there are. The text is given piece
/// by piece because results can be as large as memory allows.
/// </summary>
/// <param name="maxEnd">Items that end behind this many characters are counted only.</param>
internal sealed class JsonArrayScanner(long maxEnd = long.MaxValue)
{
    private const int MaxDepth = 1000;

    private static readonly SearchValues<char> s_stringStops = SearchValues.Create(
        "\"\\\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f");

    // The kind of each level, a bit for each: set for objects. Nesting must not be a matter of the stack.
    private readonly ulong[] _kinds = new ulong[(MaxDepth / 64) + 1];
    private readonly List<int> _ends = [];
    private State _state = State.Before;
    private int _depth;
    private bool _isName;
    private string _word = "";
    private int _left;
    private long _offset;

    private enum State
    {
        Before, ValueOrEnd, Value, NameOrEnd, Name, Colon, After, String, Escape, Hex, Word,
        Sign, Zero, Digits, Point, Fraction, Exponent, ExponentSign, ExponentDigits, Done, Bad,
    }

    /// <summary>Where the array begins.</summary>
    public int Start { get; private set; }

    /// <summary>Number of items so far.</summary>
    public int Count { get; private set; }

    /// <summary>Ends of the first items, in characters of the whole text.</summary>
    public IReadOnlyList<int> Ends => _ends;

    /// <summary>Whether more text can still make it an array.</summary>
    public bool IsPossible => _state != State.Bad;

    /// <summary>Whether the whole text was one valid array and nothing else but blanks around it.</summary>
    public bool IsComplete => _state == State.Done;

    /// <summary>Takes the next piece of the text.</summary>
    public void Feed(ReadOnlySpan<char> text)
    {
        int i = 0;
        while (i < text.Length && _state != State.Bad)
        {
            char c = text[i];
            switch (_state)
            {
                case State.String:
                    i = String(text, i);
                    break;
                case State.Escape:
                    i++;
                    _left = 4;
                    _state = c == 'u' ? State.Hex : c is '"' or '\\' or '/' or 'b' or 'f' or 'n' or 'r' or 't' ? State.String : State.Bad;
                    break;
                case State.Hex:
                    i++;
                    _state = !char.IsAsciiHexDigit(c) ? State.Bad : --_left == 0 ? State.String : State.Hex;
                    break;
                case State.Word:
                    i++;
                    Word(c, _offset + i);
                    break;
                case >= State.Sign and <= State.ExponentDigits:
                    // A number ends with the first character that is no part of it, which is looked at again.
                    i += Number(c, _offset + i) ? 1 : 0;
                    break;
                case State.Before or State.Done when char.IsWhiteSpace(c):
                    i++;
                    break;
                case var _ when c is ' ' or '\n' or '\r' or '\t':
                    i++;
                    break;
                default:
                    i++;
                    Token(c, _offset + i);
                    break;
            }
        }

        _offset += text.Length;
    }

    private int String(ReadOnlySpan<char> text, int at)
    {
        int stop = text[at..].IndexOfAny(s_stringStops);
        if (stop < 0)
        {
            return text.Length;
        }

        at += stop;
        char c = text[at++];
        if (c == '\\')
        {
            _state = State.Escape;
        }
        else if (c != '"')
        {
            _state = State.Bad;
        }
        else if (_isName)
        {
            _state = State.Colon;
        }
        else
        {
            EndValue(_offset + at);
        }

        return at;
    }

    /// <summary>What stands between values.</summary>
    private void Token(char c, long end)
    {
        switch (_state)
        {
            case State.Before:
                Start = (int)Math.Min(end - 1, int.MaxValue);
                _state = State.Bad;
                if (c == '[')
                {
                    Open(isObject: false);
                }

                break;
            case State.ValueOrEnd when c == ']':
            case State.NameOrEnd when c == '}':
                Close(end);
                break;
            case State.ValueOrEnd or State.Value:
                Value(c);
                break;
            case State.NameOrEnd or State.Name:
                _isName = true;
                _state = c == '"' ? State.String : State.Bad;
                break;
            case State.Colon:
                _state = c == ':' ? State.Value : State.Bad;
                break;
            case State.After when c == ',':
                _state = IsObject ? State.Name : State.Value;
                break;
            case State.After when c == (IsObject ? '}' : ']'):
                Close(end);
                break;
            default:
                _state = State.Bad;
                break;
        }
    }

    private void Value(char c)
    {
        switch (c)
        {
            case '{' or '[':
                Open(c == '{');
                break;
            case '"':
                _isName = false;
                _state = State.String;
                break;
            case 't' or 'f' or 'n':
                _word = c switch { 't' => "true", 'f' => "false", _ => "null" };
                _left = 1;
                _state = State.Word;
                break;
            default:
                _state = c == '-' ? State.Sign : c == '0' ? State.Zero : char.IsAsciiDigit(c) ? State.Digits : State.Bad;
                break;
        }
    }

    private void Word(char c, long end)
    {
        if (c != _word[_left++])
        {
            _state = State.Bad;
        }
        else if (_left == _word.Length)
        {
            EndValue(end);
        }
    }

    /// <returns>Whether the character belongs to the number.</returns>
    private bool Number(char c, long end)
    {
        State next = (_state, c) switch
        {
            (State.Sign, '0') => State.Zero,
            (State.Sign or State.Digits, >= '0' and <= '9') => State.Digits,
            (State.Zero or State.Digits, '.') => State.Point,
            (State.Point or State.Fraction, >= '0' and <= '9') => State.Fraction,
            (State.Zero or State.Digits or State.Fraction, 'e' or 'E') => State.Exponent,
            (State.Exponent, '+' or '-') => State.ExponentSign,
            (State.Exponent or State.ExponentSign or State.ExponentDigits, >= '0' and <= '9') => State.ExponentDigits,
            _ => State.After,
        };
        if (next != State.After)
        {
            _state = next;
            return true;
        }

        if (_state is State.Zero or State.Digits or State.Fraction or State.ExponentDigits)
        {
            EndValue(end);
        }
        else
        {
            _state = State.Bad;
        }

        return false;
    }

    private bool IsObject => (_kinds[_depth / 64] & (1UL << (_depth % 64))) != 0;

    private void Open(bool isObject)
    {
        if (++_depth > MaxDepth)
        {
            _state = State.Bad;
            return;
        }

        ulong bit = 1UL << (_depth % 64);
        _kinds[_depth / 64] = isObject ? _kinds[_depth / 64] | bit : _kinds[_depth / 64] & ~bit;
        _state = isObject ? State.NameOrEnd : State.ValueOrEnd;
    }

    private void Close(long end)
    {
        _depth--;
        if (_depth == 0)
        {
            _state = State.Done;
        }
        else
        {
            EndValue(end);
        }
    }

    private void EndValue(long end)
    {
        _state = State.After;
        if (_depth == 1)
        {
            Count++;
            if (end <= maxEnd)
            {
                _ends.Add((int)end);
            }
        }
    }
}
