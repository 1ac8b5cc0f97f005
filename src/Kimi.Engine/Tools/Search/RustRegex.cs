using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Kimi.Engine.Tools.Search;

/// <summary>
/// Turns a regular expression of ripgrep's dialect into one of the framework, and refuses what ripgrep refuses. The dialect
/// has neither look-around nor back references, so it can always be matched in linear time.
/// </summary>
internal sealed class RustRegex
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(5);

    private readonly string _pattern;
    private readonly bool _multiline;
    private readonly StringBuilder _text = new();
    private readonly Stack<(int Output, int Source)> _groups = new();
    private int _at;
    private int _atom = -1;
    private bool _repeated;

    private RustRegex(string pattern, bool multiline)
    {
        _pattern = pattern;
        _multiline = multiline;
    }

    /// <summary>The text a pattern stands for, when it has nothing special; null otherwise.</summary>
    public static string? Literal(string pattern) => pattern.AsSpan().IndexOfAny(@"\.+*?()|[]{}^$" + "\n") < 0 && pattern.Length > 0 ? pattern : null;

    /// <summary>Makes a regular expression.</summary>
    /// <exception cref="RegexSyntaxException">ripgrep refuses the pattern.</exception>
    public static Regex Make(string pattern, bool ignoreCase, bool multiline)
    {
        RustRegex rust = new(pattern, multiline);
        rust.Translate();
        RegexOptions options = RegexOptions.CultureInvariant | RegexOptions.Multiline
            | (ignoreCase ? RegexOptions.IgnoreCase : 0) | (multiline ? RegexOptions.Singleline : 0);
        string text = rust._text.ToString();
        try
        {
            return new Regex(text, options | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            // Too large for an automaton; the time is limited instead.
            return new Regex(text, options, s_limit);
        }
        catch (RegexParseException e)
        {
            throw RegexSyntaxException.At(pattern, 0, pattern.Length, e.Message);
        }
    }

    private RegexSyntaxException Fault(int start, int length, string fault) => RegexSyntaxException.At(_pattern, start, length, fault);

    private void Translate()
    {
        while (_at < _pattern.Length)
        {
            char c = _pattern[_at];
            switch (c)
            {
                case '\\':
                    BeginAtom();
                    Escape(inClass: false);
                    break;
                case '[':
                    BeginAtom();
                    Class(_at);
                    break;
                case '(':
                    Open();
                    break;
                case ')':
                    Close();
                    break;
                case '|':
                    _text.Append(c);
                    _at++;
                    _atom = -1;
                    break;
                case '*' or '+' or '?':
                    Repeat(_at + 1, c.ToString());
                    break;
                case '{':
                    Counted();
                    break;
                case '\n' when !_multiline:
                    throw NoLineFeed();
                default:
                    BeginAtom();
                    _text.Append(c is '}' or ']' ? $"\\{c}" : c.ToString());
                    _at++;
                    break;
            }
        }

        if (_groups.TryPeek(out (int Output, int Source) open))
        {
            throw Fault(open.Source, 1, "unclosed group");
        }
    }

    private static RegexSyntaxException NoLineFeed() => new(
        "the literal '\"\\n\"' is not allowed in a regex\n\nConsider enabling multiline mode with the --multiline flag (or -U for short).\nWhen multiline mode is enabled, new line characters can be matched.\n");

    private void BeginAtom()
    {
        _atom = _text.Length;
        _repeated = false;
    }

    private void Open()
    {
        int start = _at++;
        _groups.Push((_text.Length, start));
        _atom = -1;
        if (_at >= _pattern.Length || _pattern[_at] != '?')
        {
            _text.Append('(');
            return;
        }

        string rest = _pattern[_at..];
        if (rest.StartsWith("?=", StringComparison.Ordinal) || rest.StartsWith("?!", StringComparison.Ordinal)
            || rest.StartsWith("?<=", StringComparison.Ordinal) || rest.StartsWith("?<!", StringComparison.Ordinal))
        {
            throw Fault(start, rest[1] == '<' ? 4 : 3, "look-around, including look-ahead and look-behind, is not supported");
        }

        if (rest.StartsWith("?P<", StringComparison.Ordinal) || rest.StartsWith("?<", StringComparison.Ordinal))
        {
            int name = _at + (rest[1] == 'P' ? 3 : 2);
            int end = _pattern.IndexOf('>', name);
            if (end < 0)
            {
                throw Fault(_pattern.Length - 1, 1, "unclosed capture group name");
            }

            _text.Append("(?<").Append(_pattern, name, end - name).Append('>');
            _at = end + 1;
            return;
        }

        _at++;
        StringBuilder flags = new();
        for (; _at < _pattern.Length && _pattern[_at] is not (':' or ')'); _at++)
        {
            char flag = _pattern[_at];
            if (flag is 'i' or 'm' or 's' or 'x' or '-')
            {
                flags.Append(flag);
            }
            else if (flag is not ('u' or 'U' or 'R'))
            {
                throw Fault(_at, 1, "unrecognized flag");
            }
        }

        if (_at >= _pattern.Length)
        {
            throw Fault(start, 1, "unclosed group");
        }

        string known = flags.ToString().TrimEnd('-');
        if (_pattern[_at++] == ')')
        {
            _groups.Pop();
            _text.Append(known.Length > 0 ? $"(?{known})" : "");
        }
        else
        {
            _text.Append("(?").Append(known).Append(':');
        }
    }

    private void Close()
    {
        if (!_groups.TryPop(out (int Output, int Source) open))
        {
            throw Fault(_at, 1, "unopened group");
        }

        _text.Append(')');
        _at++;
        _atom = open.Output;
        _repeated = false;
    }

    private void Repeat(int next, string count)
    {
        if (_atom < 0)
        {
            throw Fault(_at, 1, "repetition operator missing expression");
        }

        // A repetition of a repetition needs a group here.
        if (_repeated)
        {
            _text.Insert(_atom, "(?:").Append(')');
        }

        _text.Append(count);
        _at = next;
        if (_at < _pattern.Length && _pattern[_at] == '?')
        {
            _text.Append('?');
            _at++;
        }

        _repeated = true;
    }

    private void Counted()
    {
        if (_atom < 0)
        {
            throw Fault(_at, 1, "repetition operator missing expression");
        }

        int end = _pattern.IndexOf('}', _at);
        string inner = end < 0 ? "" : _pattern[(_at + 1)..end];
        string[] parts = inner.Split(',');
        if (end < 0)
        {
            throw Fault(_at, _pattern.Length - _at, "unclosed counted repetition");
        }

        if (parts.Length > 2 || !int.TryParse(parts[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int low)
            || (parts.Length == 2 && parts[1].Trim().Length > 0 && !int.TryParse(parts[1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out _)))
        {
            throw Fault(_at + 1, 1, "repetition quantifier expects a valid decimal");
        }

        if (parts.Length == 2 && int.TryParse(parts[1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int high) && high < low)
        {
            throw Fault(_at, end - _at + 1, "invalid repetition count range, the start must be <= the end");
        }

        Repeat(end + 1, $"{{{inner.Replace(" ", "", StringComparison.Ordinal)}}}");
    }

    // Writes an escape; inside a class too.
    private void Escape(bool inClass)
    {
        int start = _at;
        if (start + 1 >= _pattern.Length)
        {
            throw Fault(start, 1, "incomplete escape sequence, reached end of pattern prematurely");
        }

        char c = _pattern[start + 1];
        _at += 2;
        switch (c)
        {
            case 'd' or 'D' or 's' or 'S' or 'w' or 'W' or 't' or 'r' or 'f' or 'v' or 'a':
            case 'b' or 'B' or 'A' or 'z' when !inClass:
                _text.Append('\\').Append(c);
                break;
            case 'n':
                if (!_multiline)
                {
                    throw NoLineFeed();
                }

                _text.Append("\\n");
                break;
            case 'x' or 'u' or 'U':
                Hexadecimal(start, c);
                break;
            case 'p' or 'P':
                Property(start, c);
                break;
            case '<' when !inClass:
                _text.Append(@"\b(?=\w)");
                break;
            case '>' when !inClass:
                _text.Append(@"\b");
                break;
            case >= '0' and <= '9':
                throw Fault(start, 2, "backreferences are not supported");
            case var letter when char.IsAsciiLetter(letter):
                throw Fault(start, 2, "unrecognized escape sequence");
            default:
                _text.Append(Regex.Escape(c.ToString()));
                if (c is ']' or '}' or '-' or '^')
                {
                    _text.Length--;
                    _text.Append('\\').Append(c);
                }

                break;
        }
    }

    private void Hexadecimal(int start, char kind)
    {
        string digits;
        if (_at < _pattern.Length && _pattern[_at] == '{')
        {
            int end = _pattern.IndexOf('}', _at);
            digits = end < 0 ? "" : _pattern[(_at + 1)..end];
            _at = end < 0 ? _at : end + 1;
        }
        else
        {
            int count = Math.Min(kind switch { 'x' => 2, 'u' => 4, _ => 8 }, _pattern.Length - _at);
            digits = _pattern.Substring(_at, count);
            _at += count;
        }

        if (!int.TryParse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int value) || !Rune.IsValid(value))
        {
            throw Fault(start, _at - start, "invalid hexadecimal digit");
        }

        if (value == '\n' && !_multiline)
        {
            throw NoLineFeed();
        }

        foreach (char unit in char.ConvertFromUtf32(value))
        {
            _text.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
        }
    }

    private void Property(int start, char kind)
    {
        string name;
        if (_at < _pattern.Length && _pattern[_at] == '{')
        {
            int end = _pattern.IndexOf('}', _at);
            name = end < 0 ? "" : _pattern[(_at + 1)..end];
            _at = end < 0 ? _pattern.Length : end + 1;
        }
        else
        {
            name = _at < _pattern.Length ? _pattern[_at++].ToString() : "";
        }

        bool negated = kind == 'P';
        if (name.StartsWith('^'))
        {
            negated = !negated;
            name = name[1..];
        }

        string? known = name switch
        {
            "L" or "Letter" or "Alphabetic" or "alpha" => "L",
            "Lu" or "Uppercase" or "Uppercase_Letter" => "Lu",
            "Ll" or "Lowercase" or "Lowercase_Letter" => "Ll",
            "Lt" or "Lm" or "Lo" or "M" or "Mn" or "Mc" or "Me" or "N" or "Nd" or "Nl" or "No" or "P" or "Pc" or "Pd" or "Ps" or "Pe" or "Pi" or "Pf" or "Po"
                or "S" or "Sm" or "Sc" or "Sk" or "So" or "Z" or "Zs" or "Zl" or "Zp" or "C" or "Cc" or "Cf" or "Cs" or "Co" or "Cn" => name,
            "Mark" => "M",
            "Number" => "N",
            "Punctuation" => "P",
            "Symbol" => "S",
            "Separator" => "Z",
            "Other" => "C",
            "Greek" => "IsGreek",
            "Cyrillic" => "IsCyrillic",
            "Hebrew" => "IsHebrew",
            "Arabic" => "IsArabic",
            "Han" => "IsCJKUnifiedIdeographs",
            "Hiragana" => "IsHiragana",
            "Katakana" => "IsKatakana",
            _ => null,
        };
        if (known is null)
        {
            throw Fault(start, _at - start, "Unicode property not found");
        }

        _text.Append(negated ? "\\P{" : "\\p{").Append(known).Append('}');
    }

    // Nested classes are taken apart; differences become those of the framework.
    private void Class(int start)
    {
        _text.Append('[');
        _at++;
        bool negated = _at < _pattern.Length && _pattern[_at] == '^';
        if (negated)
        {
            _text.Append('^');
            _at++;
        }

        if (negated && !_multiline)
        {
            // A class never matches a line end.
            _text.Append("\\n");
        }

        for (bool first = true; ; first = false)
        {
            if (_at >= _pattern.Length)
            {
                throw Fault(start, 1, "unclosed character class");
            }

            char c = _pattern[_at];
            if (c == ']' && !first)
            {
                _at++;
                _text.Append(']');
                return;
            }

            if (c == '[' && _pattern.AsSpan(_at).StartsWith("[:") && Posix())
            {
                continue;
            }

            if (c == '[')
            {
                throw Fault(_at, 1, "nested character classes need ripgrep");
            }

            if ((c == '&' || c == '-' || c == '~') && _at + 1 < _pattern.Length && _pattern[_at + 1] == c && !first)
            {
                throw Fault(_at, 2, "set operations of character classes need ripgrep");
            }

            int low = _at;
            if (c == '\\')
            {
                Escape(inClass: true);
            }
            else
            {
                _text.Append(c is ']' or '^' or '-' ? $"\\{c}" : c.ToString());
                _at++;
            }

            Range(low);
        }
    }

    private void Range(int low)
    {
        if (_at + 1 >= _pattern.Length || _pattern[_at] != '-' || _pattern[_at + 1] is ']' or '-')
        {
            return;
        }

        int high = ++_at;
        _text.Append('-');
        if (_pattern[_at] == '\\')
        {
            Escape(inClass: true);
        }
        else
        {
            if (_at - low == 2 && _pattern[low] > _pattern[high])
            {
                throw Fault(low, 3, "invalid character class range, the start must be <= the end");
            }

            _text.Append(_pattern[_at] is '[' or '^' ? $"\\{_pattern[_at]}" : _pattern[_at].ToString());
            _at++;
        }
    }

    private bool Posix()
    {
        int end = _pattern.IndexOf(":]", _at, StringComparison.Ordinal);
        if (end < 0)
        {
            return false;
        }

        string? set = _pattern[(_at + 2)..end] switch
        {
            "alnum" => "0-9A-Za-z",
            "alpha" => "A-Za-z",
            "ascii" => "\\x00-\\x7f",
            "blank" => "\\t ",
            "cntrl" => "\\x00-\\x1f\\x7f",
            "digit" => "0-9",
            "graph" => "!-~",
            "lower" => "a-z",
            "print" => " -~",
            "punct" => "!-/:-@\\[-`{-~",
            "space" => "\\t\\n\\v\\f\\r ",
            "upper" => "A-Z",
            "word" => "0-9A-Za-z_",
            "xdigit" => "0-9A-Fa-f",
            _ => null,
        };
        if (set is null)
        {
            return false;
        }

        _text.Append(set);
        _at = end + 2;
        return true;
    }
}
