using System.Globalization;
using System.Text;

namespace Kimi.Engine.Text;

/// <content>The four string forms.</content>
internal sealed partial class TomlParser
{
    private string ParseBasicString()
    {
        int open = _pos++;
        int run = _pos;
        StringBuilder? built = null;
        while (true)
        {
            char c = CharOfString(open);
            switch (c)
            {
                case '"':
                    string tail = _text[run.._pos++];
                    return built is null ? tail : built.Append(tail).ToString();
                case '\\':
                    built ??= new StringBuilder();
                    built.Append(_text, run, _pos - run);
                    ParseEscape(built);
                    run = _pos;
                    break;
                case '\n' or '\r':
                    throw Error("The string is not closed on its line", open);
                default:
                    CheckCharacter("a string");
                    _pos++;
                    break;
            }
        }
    }

    private string ParseLiteralString()
    {
        int open = _pos++;
        while (true)
        {
            char c = CharOfString(open);
            if (c == '\'')
            {
                return _text[(open + 1).._pos++];
            }

            if (c is '\n' or '\r')
            {
                throw Error("The string is not closed on its line", open);
            }

            CheckCharacter("a string");
            _pos++;
        }
    }

    private string ParseMultiLineBasicString()
    {
        int open = _pos;
        OpenMultiLine();
        int run = _pos;
        StringBuilder? built = null;
        while (true)
        {
            char c = CharOfString(open);
            switch (c)
            {
                case '"' when TryCloseMultiLine('"', out int inner):
                    string tail = _text[run..inner];
                    return built is null ? tail : built.Append(tail).ToString();
                case '\\':
                    built ??= new StringBuilder();
                    built.Append(_text, run, _pos - run);
                    if (!SkipEscapedLineEnd(open))
                    {
                        ParseEscape(built);
                    }

                    run = _pos;
                    break;
                default:
                    StepInMultiLine(c);
                    break;
            }
        }
    }

    private string ParseMultiLineLiteralString()
    {
        int open = _pos;
        OpenMultiLine();
        int run = _pos;
        while (true)
        {
            char c = CharOfString(open);
            if (c == '\'' && TryCloseMultiLine('\'', out int inner))
            {
                return _text[run..inner];
            }

            StepInMultiLine(c);
        }
    }

    private char CharOfString(int open) => _pos < _text.Length ? _text[_pos] : throw Error("The string is not closed", open);

    /// <summary>Skips the delimiter and the line end right after it.</summary>
    private void OpenMultiLine()
    {
        _pos += 3;
        if (Peek() == '\r' && Peek(1) == '\n')
        {
            _pos += 2;
        }
        else if (Peek() == '\n')
        {
            _pos++;
        }
    }

    /// <summary>Three quotes close the string; one or two more before them belong to it.</summary>
    private bool TryCloseMultiLine(char quote, out int innerEnd)
    {
        int count = 1;
        while (count < 5 && Peek(count) == quote)
        {
            count++;
        }

        innerEnd = _pos + count - 3;
        if (count < 3)
        {
            return false;
        }

        _pos += count;
        return true;
    }

    private void StepInMultiLine(char c)
    {
        if (c == '\r' && Peek(1) == '\n')
        {
            _pos += 2;
            return;
        }

        if (c != '\n')
        {
            CheckCharacter("a string");
        }

        _pos++;
    }

    /// <summary>A backslash at the end of a line drops everything up to the next character that is no white space.</summary>
    private bool SkipEscapedLineEnd(int open)
    {
        int at = _pos + 1;
        while (at < _text.Length && _text[at] is ' ' or '\t')
        {
            at++;
        }

        if (at >= _text.Length)
        {
            throw Error("The string is not closed", open);
        }

        if (_text[at] != '\n' && !(_text[at] == '\r' && at + 1 < _text.Length && _text[at + 1] == '\n'))
        {
            return false;
        }

        while (at < _text.Length
            && (_text[at] is ' ' or '\t' or '\n' || (_text[at] == '\r' && at + 1 < _text.Length && _text[at + 1] == '\n')))
        {
            at++;
        }

        _pos = at;
        return true;
    }

    private void ParseEscape(StringBuilder to)
    {
        char c = Peek(1);
        switch (c)
        {
            case '"' or '\\':
                to.Append(c);
                break;
            case 'n':
                to.Append('\n');
                break;
            case 't':
                to.Append('\t');
                break;
            case 'r':
                to.Append('\r');
                break;
            case 'b':
                to.Append('\b');
                break;
            case 'f':
                to.Append('\f');
                break;
            case 'u' or 'U':
                int digits = c == 'u' ? 4 : 8;
                to.Append(ParseCodePoint(digits));
                _pos += digits;
                break;
            default:
                throw Error(_pos + 1 < _text.Length ? $"Unknown escape '\\' followed by {Describe(_pos + 1)}" : "The string is not closed");
        }

        _pos += 2;
    }

    private string ParseCodePoint(int digits)
    {
        int start = _pos + 2;
        return start + digits <= _text.Length
            && uint.TryParse(_text.AsSpan(start, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
            && Rune.TryCreate(code, out Rune rune)
            ? rune.ToString()
            : throw Error($"A '\\{_text[_pos + 1]}' escape needs {digits} hexadecimal digits of a Unicode character");
    }
}
