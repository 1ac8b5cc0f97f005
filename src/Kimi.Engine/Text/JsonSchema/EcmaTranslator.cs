using System.Globalization;
using System.Text;

namespace Kimi.Engine.Text;

/// <summary>Rewrites an ECMA-262 pattern (u flag, no others) so that the framework's engine matches the same texts.</summary>
internal sealed class EcmaTranslator
{
    private const string Pair = @"[\ud800-\udbff][\udc00-\udfff]";

    // Half of a pair must not match by itself; the atomic group keeps backtracking from trying.
    private const string AnyButLineEnds = "(?>" + Pair + @"|[^\n\r\u2028\u2029])";
    private const string AnyAtAll = "(?>" + Pair + @"|[\s\S])";
    private const string Word = "[A-Za-z0-9_]";
    private const string AtBoundary = "(?:(?<=" + Word + ")(?!" + Word + ")|(?<!" + Word + ")(?=" + Word + "))";
    private const string OffBoundary = "(?:(?<=" + Word + ")(?=" + Word + ")|(?<!" + Word + ")(?!" + Word + "))";

    private readonly string _pattern;
    private readonly StringBuilder _output = new();
    private int _at;

    private EcmaTranslator(string pattern) => _pattern = pattern;

    private bool AtEnd => _at >= _pattern.Length;

    /// <exception cref="ArgumentException">The pattern is malformed.</exception>
    /// <exception cref="NotSupportedException">It uses a property this engine does not know.</exception>
    public static string Translate(string pattern)
    {
        var translator = new EcmaTranslator(pattern);
        while (!translator.AtEnd)
        {
            translator.Next();
        }

        return translator._output.ToString();
    }

    private void Next()
    {
        char c = _pattern[_at];
        switch (c)
        {
            case '\\':
                _at++;
                Escape();
                break;
            case '[':
                _at++;
                Class();
                break;
            case '.':
                _at++;
                _output.Append(AnyButLineEnds);
                break;
            case '$':
                _at++;
                _output.Append(@"\z");
                break;
            case '(':
                Group();
                break;
            case '{' when Quantifier() is int end and > 0:
                _output.Append(_pattern, _at, end - _at);
                _at = end;
                break;
            case '^' or '*' or '+' or '?' or ')' or '|':
                _at++;
                _output.Append(c);
                break;
            default:
                Literal(CodePoint());
                break;
        }
    }

    /// <summary>The end of a counted quantifier that starts here, or 0 where the brace stands for itself.</summary>
    private int Quantifier()
    {
        int end = _at + 1;
        int commas = 0;
        while (end < _pattern.Length && (char.IsAsciiDigit(_pattern[end]) || (_pattern[end] == ',' && end > _at + 1 && commas++ == 0)))
        {
            end++;
        }

        return end > _at + 1 && end < _pattern.Length && _pattern[end] == '}' ? end + 1 : 0;
    }

    /// <summary>Copies what opens a group, so that its marks and name are not taken for text.</summary>
    private void Group()
    {
        int end = _at + 1;
        if (end < _pattern.Length && _pattern[end] == '?')
        {
            int mark = end + 1;
            end = mark;
            if (mark < _pattern.Length && _pattern[mark] == '<' && mark + 1 < _pattern.Length && _pattern[mark + 1] is not ('=' or '!'))
            {
                end = _pattern.IndexOf('>', mark);
                end = end < 0 ? throw new ArgumentException("a group name of the pattern is not closed") : end + 1;
            }
            else
            {
                while (end < _pattern.Length && ":=!<".Contains(_pattern[end], StringComparison.Ordinal) && end < mark + 2)
                {
                    end++;
                    if (_pattern[end - 1] != '<')
                    {
                        break;
                    }
                }
            }

            if (end == mark)
            {
                throw new ArgumentException("unknown kind of group in the pattern");
            }
        }

        _output.Append(_pattern, _at, end - _at);
        _at = end;
    }

    private void Escape()
    {
        if (AtEnd)
        {
            throw new ArgumentException("the pattern ends with a backslash");
        }

        char c = _pattern[_at];
        switch (c)
        {
            case 'd' or 'D' or 'w' or 'W' or 's' or 'S' or 'p' or 'P':
                var set = new EcmaClass();
                AddEscape(set);
                _output.Append(set.ToPattern());
                break;
            case 'b' or 'B':
                _at++;
                _output.Append(c == 'b' ? AtBoundary : OffBoundary);
                break;
            case 'k':
                int close = _pattern.IndexOf('>', _at);
                if (close < 0)
                {
                    throw new ArgumentException("unfinished \\k");
                }

                _output.Append('\\').Append(_pattern, _at, close + 1 - _at);
                _at = close + 1;
                break;
            case >= '1' and <= '9':
                int start = _at;
                while (!AtEnd && char.IsAsciiDigit(_pattern[_at]))
                {
                    _at++;
                }

                _output.Append(@"(?:\").Append(_pattern, start, _at - start).Append(')');
                break;
            default:
                Literal(EscapedCodePoint());
                break;
        }
    }

    private void Class()
    {
        bool negated = !AtEnd && _pattern[_at] == '^';
        _at += negated ? 1 : 0;
        var set = new EcmaClass();
        bool any = false;
        while (!AtEnd && _pattern[_at] != ']')
        {
            any = true;
            if (IsSetEscape())
            {
                _at++;
                AddEscape(set);
                continue;
            }

            int first = ClassCodePoint();
            int last = first;
            if (_at + 1 < _pattern.Length && _pattern[_at] == '-' && _pattern[_at + 1] != ']')
            {
                int dash = _at++;
                if (IsSetEscape())
                {
                    _at = dash;
                }
                else
                {
                    last = ClassCodePoint();
                    if (last < first)
                    {
                        throw new ArgumentException("a range of the pattern is out of order");
                    }
                }
            }

            set.Add(first, last);
        }

        if (AtEnd)
        {
            throw new ArgumentException("a character class of the pattern is not closed");
        }

        _at++;
        _output.Append(any ? set.ToPattern(negated) : negated ? AnyAtAll : "(?!)");
    }

    private bool IsSetEscape() =>
        _at + 1 < _pattern.Length && _pattern[_at] == '\\' && "dDwWsSpP".Contains(_pattern[_at + 1], StringComparison.Ordinal);

    private int ClassCodePoint()
    {
        if (_pattern[_at] != '\\')
        {
            return CodePoint();
        }

        if (++_at >= _pattern.Length)
        {
            throw new ArgumentException("the pattern ends with a backslash");
        }

        if (_pattern[_at] == 'b')
        {
            _at++;
            return '\b';
        }

        return EscapedCodePoint();
    }

    private void AddEscape(EcmaClass set)
    {
        char kind = _pattern[_at++];
        if (kind is not ('p' or 'P'))
        {
            set.AddSet(kind);
            return;
        }

        int close = _at < _pattern.Length && _pattern[_at] == '{' ? _pattern.IndexOf('}', _at) : -1;
        if (close < 0)
        {
            throw new ArgumentException("a property of the pattern has no name");
        }

        set.AddProperty(_pattern[(_at + 1)..close], negated: kind == 'P');
        _at = close + 1;
    }

    private int EscapedCodePoint()
    {
        char c = _pattern[_at++];
        switch (c)
        {
            case 't':
                return '\t';
            case 'n':
                return '\n';
            case 'v':
                return '\v';
            case 'f':
                return '\f';
            case 'r':
                return '\r';
            case '0':
                return 0;
            case 'c' when !AtEnd && char.IsAsciiLetter(_pattern[_at]):
                return _pattern[_at++] % 32;
            case 'x':
                return Hex(2);
            case 'u' when !AtEnd && _pattern[_at] == '{':
                int close = _pattern.IndexOf('}', _at);
                if (close < 0
                    || !int.TryParse(_pattern.AsSpan(_at + 1, close - _at - 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int point)
                    || point is < 0 or > 0x10ffff)
                {
                    throw new ArgumentException("bad \\u in the pattern");
                }

                _at = close + 1;
                return point;
            case 'u':
                return Surrogates(Hex(4));
            default:
                _at--;
                return CodePoint();
        }
    }

    private int Surrogates(int first)
    {
        if (char.IsHighSurrogate((char)first) && _at + 5 < _pattern.Length && _pattern[_at] == '\\' && _pattern[_at + 1] == 'u')
        {
            int before = _at;
            _at += 2;
            if (_pattern[_at] != '{' && Hex(4) is int second && char.IsLowSurrogate((char)second))
            {
                return char.ConvertToUtf32((char)first, (char)second);
            }

            _at = before;
        }

        return first;
    }

    private int Hex(int digits)
    {
        if (_at + digits > _pattern.Length
            || !int.TryParse(_pattern.AsSpan(_at, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int value))
        {
            throw new ArgumentException("a hexadecimal escape of the pattern is incomplete");
        }

        _at += digits;
        return value;
    }

    private int CodePoint()
    {
        char c = _pattern[_at++];
        return !AtEnd && char.IsSurrogatePair(c, _pattern[_at]) ? char.ConvertToUtf32(c, _pattern[_at++]) : c;
    }

    private void Literal(int codePoint)
    {
        if (codePoint > 0xffff)
        {
            string pair = char.ConvertFromUtf32(codePoint);
            _output.Append("(?:").Append(EcmaClass.Unit(pair[0])).Append(EcmaClass.Unit(pair[1])).Append(')');
        }
        else
        {
            _output.Append(EcmaClass.Unit(codePoint));
        }
    }
}
