using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Kimi.Engine.Text;

/// <summary>Reads TOML 1.0.0: recursive descent over the text, in one pass.</summary>
internal sealed partial class TomlParser
{
    // Deeper documents are refused: they would exhaust the stack of whoever walks the result.
    private const int MaxDepth = 128;
    private const char EndOfText = '\0';

    private readonly string _text;
    private readonly List<string> _path = [];
    private int _pos;

    private TomlParser(string text) => _text = text;

    /// <summary>Reads a document.</summary>
    /// <exception cref="TomlException">The text is not valid TOML 1.0.</exception>
    public static TomlTable Parse(string text) => new TomlParser(text).ParseDocument();

    /// <summary>Reads a document from UTF-8 bytes.</summary>
    /// <exception cref="TomlException">The bytes are not valid UTF-8, or the text is not valid TOML 1.0.</exception>
    public static TomlTable Parse(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) ? Parse(Encoding.UTF8.GetString(utf8)) : throw InvalidUtf8(utf8);

    private static TomlException InvalidUtf8(ReadOnlySpan<byte> utf8)
    {
        int good = 0;
        while (Rune.DecodeFromUtf8(utf8[good..], out _, out int length) == OperationStatus.Done)
        {
            good += length;
        }

        string text = Encoding.UTF8.GetString(utf8[..good]);
        return ErrorIn(text, text.Length, "The text is not valid UTF-8");
    }

    private static TomlException ErrorIn(string text, int pos, string problem)
    {
        int line = 1;
        int column = 1;
        for (int i = 0; i < pos && i < text.Length; i++)
        {
            if (text[i] == '\n')
            {
                line++;
                column = 1;
            }
            else if (!char.IsLowSurrogate(text[i]) && text[i] != '\uFEFF')
            {
                column++;
            }
        }

        return new TomlException(problem, line, column);
    }

    private TomlTable ParseDocument()
    {
        var root = new TomlTable();
        TomlTable current = root;
        int depth = 0;
        if (_text.StartsWith('\uFEFF'))
        {
            _pos = 1;
        }

        while (true)
        {
            SkipBlanks();
            if (_pos >= _text.Length)
            {
                return root;
            }

            char c = _text[_pos];
            if (c is not ('\n' or '\r' or '#'))
            {
                if (c == '[')
                {
                    current = ParseHeader(root);
                    depth = _path.Count;
                }
                else
                {
                    ParseKeyValue(current, depth);
                }
            }

            EndLine();
        }
    }

    /// <summary>A header <c>[a.b]</c> or <c>[[a.b]]</c>; returns the table that the following keys belong to.</summary>
    private TomlTable ParseHeader(TomlTable root)
    {
        int start = _pos;
        bool array = Peek(1) == '[';
        _pos += array ? 2 : 1;
        ParseKeyPath(0);
        if (Peek() != ']' || (array && Peek(1) != ']'))
        {
            throw Error(array ? "Expected ']]' after the name of an array of tables" : "Expected ']' after the name of a table");
        }

        _pos += array ? 2 : 1;

        TomlTable table = root;
        int last = _path.Count - 1;
        for (int i = 0; i < last; i++)
        {
            table = EnterParent(table, i, start);
        }

        string name = _path[last];
        table.TryGetValue(name, out TomlValue? existing);
        return array ? AppendTable(table, name, existing, start) : DefineTable(table, name, existing, start);
    }

    private TomlTable EnterParent(TomlTable table, int index, int start)
    {
        if (!table.TryGetValue(_path[index], out TomlValue? next))
        {
            var made = new TomlTable { MadeBy = TomlTable.Origin.Implied };
            table.Add(_path[index], made);
            return made;
        }

        return next switch
        {
            TomlTable { MadeBy: not TomlTable.Origin.Inline } inner => inner,
            TomlArray { GrowsByHeader: true } list => (TomlTable)list[^1],
            _ => throw Error($"Cannot define a table inside '{PathText(index)}', which is a value", start),
        };
    }

    private TomlTable DefineTable(TomlTable parent, string name, TomlValue? existing, int start)
    {
        switch (existing)
        {
            case null:
                var made = new TomlTable();
                parent.Add(name, made);
                return made;
            case TomlTable { MadeBy: TomlTable.Origin.Implied } implied:
                implied.MadeBy = TomlTable.Origin.Header;
                return implied;
            case TomlTable { MadeBy: not TomlTable.Origin.Inline }:
                throw Error($"The table '{PathText(_path.Count - 1)}' is defined twice", start);
            default:
                throw Error($"'{PathText(_path.Count - 1)}' is already defined and is no table", start);
        }
    }

    private TomlTable AppendTable(TomlTable parent, string name, TomlValue? existing, int start)
    {
        TomlArray list;
        switch (existing)
        {
            case null:
                list = new TomlArray { GrowsByHeader = true };
                parent.Add(name, list);
                break;
            case TomlArray { GrowsByHeader: true } grown:
                list = grown;
                break;
            default:
                throw Error($"'{PathText(_path.Count - 1)}' is already defined and is no array of tables", start);
        }

        var made = new TomlTable();
        list.Add(made);
        return made;
    }

    /// <summary><c>key = value</c> into a table; dotted keys make the tables on their way.</summary>
    private void ParseKeyValue(TomlTable table, int depth)
    {
        int start = _pos;
        ParseKeyPath(depth);
        if (Peek() != '=')
        {
            throw Error("Expected '=' after a key");
        }

        _pos++;
        int last = _path.Count - 1;
        for (int i = 0; i < last; i++)
        {
            if (!table.TryGetValue(_path[i], out TomlValue? next))
            {
                var made = new TomlTable { MadeBy = TomlTable.Origin.Dotted };
                table.Add(_path[i], made);
                table = made;
            }
            else if (next is TomlTable { MadeBy: TomlTable.Origin.Dotted or TomlTable.Origin.Implied } inner)
            {
                inner.MadeBy = TomlTable.Origin.Dotted;
                table = inner;
            }
            else
            {
                throw Error($"Cannot add to '{PathText(i)}', which is already defined", start);
            }
        }

        string key = _path[last];
        if (table.ContainsKey(key))
        {
            throw Error($"The key '{PathText(last)}' is defined twice", start);
        }

        depth += last + 1;
        SkipBlanks();
        table.Add(key, ParseValue(depth));
    }

    /// <summary>One or more key parts, joined by dots, into <see cref="_path"/>; stops at the first character after blanks.</summary>
    private void ParseKeyPath(int depth)
    {
        _path.Clear();
        while (true)
        {
            SkipBlanks();
            if (depth + _path.Count >= MaxDepth)
            {
                throw Error("The document is nested too deeply");
            }

            _path.Add(ParseKeyPart());
            SkipBlanks();
            if (Peek() != '.')
            {
                return;
            }

            _pos++;
        }
    }

    private string ParseKeyPart()
    {
        char c = Peek();
        if (c is '"' or '\'')
        {
            return Peek(1) == c && Peek(2) == c
                ? throw Error("A key cannot be a multi-line string")
                : c == '"' ? ParseBasicString() : ParseLiteralString();
        }

        int start = _pos;
        while (_pos < _text.Length && IsBareKeyChar(_text[_pos]))
        {
            _pos++;
        }

        return _pos > start ? _text[start.._pos] : throw Error(_pos < _text.Length ? $"Expected a key, found {Describe(_pos)}" : "Expected a key");
    }

    private TomlValue ParseValue(int depth)
    {
        switch (Peek())
        {
            case '"':
                return new TomlScalar(Peek(1) == '"' && Peek(2) == '"' ? ParseMultiLineBasicString() : ParseBasicString());
            case '\'':
                return new TomlScalar(Peek(1) == '\'' && Peek(2) == '\'' ? ParseMultiLineLiteralString() : ParseLiteralString());
            case '[':
                return ParseArray(depth);
            case '{':
                return ParseInlineTable(depth);
            case 't':
                ExpectWord("true");
                return new TomlScalar(true);
            case 'f':
                ExpectWord("false");
                return new TomlScalar(false);
            default:
                return ParseNumberOrDate();
        }
    }

    private TomlArray ParseArray(int depth)
    {
        if (depth >= MaxDepth)
        {
            throw Error("The document is nested too deeply");
        }

        int start = _pos++;
        var array = new TomlArray();
        while (true)
        {
            SkipBlanksAndLines();
            if (Peek() == ']')
            {
                _pos++;
                return array;
            }

            if (_pos >= _text.Length)
            {
                throw Error("The array is not closed", start);
            }

            array.Add(ParseValue(depth + 1));
            SkipBlanksAndLines();
            if (Peek() == ',')
            {
                _pos++;
            }
            else if (Peek() != ']')
            {
                throw _pos >= _text.Length ? Error("The array is not closed", start) : Error("Expected ',' or ']' in an array");
            }
        }
    }

    private TomlTable ParseInlineTable(int depth)
    {
        if (depth >= MaxDepth)
        {
            throw Error("The document is nested too deeply");
        }

        _pos++;
        var table = new TomlTable();
        SkipBlanks();
        if (Peek() == '}')
        {
            _pos++;
            table.MadeBy = TomlTable.Origin.Inline;
            return table;
        }

        while (true)
        {
            SkipBlanks();
            ParseKeyValue(table, depth);
            SkipBlanks();
            char c = Peek();
            if (c is not (',' or '}'))
            {
                throw Error("Expected ',' or '}' in an inline table");
            }

            _pos++;
            if (c == '}')
            {
                table.MadeBy = TomlTable.Origin.Inline;
                return table;
            }
        }
    }

    private void ExpectWord(string word)
    {
        int start = _pos;
        SkipToken();
        if (!_text.AsSpan(start, _pos - start).SequenceEqual(word))
        {
            throw Error("Expected a value", start);
        }
    }

    private void SkipToken()
    {
        while (_pos < _text.Length && IsTokenChar(_text[_pos]))
        {
            _pos++;
        }
    }

    private void SkipBlanks()
    {
        while (_pos < _text.Length && _text[_pos] is ' ' or '\t')
        {
            _pos++;
        }
    }

    private void SkipBlanksAndLines()
    {
        while (_pos < _text.Length)
        {
            switch (_text[_pos])
            {
                case ' ' or '\t' or '\n':
                    _pos++;
                    break;
                case '\r' when Peek(1) == '\n':
                    _pos += 2;
                    break;
                case '#':
                    SkipComment();
                    break;
                default:
                    return;
            }
        }
    }

    /// <summary>After an expression only blanks and a comment may stand before the end of the line.</summary>
    private void EndLine()
    {
        SkipBlanks();
        if (Peek() == '#')
        {
            SkipComment();
        }

        if (_pos >= _text.Length)
        {
            return;
        }

        if (_text[_pos] == '\r' && Peek(1) == '\n')
        {
            _pos++;
        }
        else if (_text[_pos] != '\n')
        {
            throw Error($"Expected the end of the line, found {Describe(_pos)}");
        }

        _pos++;
    }

    private void SkipComment()
    {
        while (_pos < _text.Length && _text[_pos] != '\n' && !(_text[_pos] == '\r' && Peek(1) == '\n'))
        {
            CheckCharacter("a comment");
            _pos++;
        }
    }

    /// <summary>Refuses control characters and broken surrogate pairs; steps onto the second half of a good pair.</summary>
    private void CheckCharacter(string where)
    {
        char c = _text[_pos];
        if ((c < ' ' && c != '\t') || c == '\u007F')
        {
            throw Error($"The control character {Describe(_pos)} is not allowed in {where}");
        }

        if (char.IsSurrogate(c))
        {
            if (!char.IsHighSurrogate(c) || !char.IsLowSurrogate(Peek(1)))
            {
                throw Error("The text is not valid Unicode");
            }

            _pos++;
        }
    }

    private char Peek(int ahead = 0) => _pos + ahead < _text.Length ? _text[_pos + ahead] : EndOfText;

    private string PathText(int last) => _path.Count == 1 ? _path[0] : string.Join('.', _path.GetRange(0, last + 1));

    private string Describe(int pos)
    {
        char c = _text[pos];
        return c switch
        {
            '\n' or '\r' => "the end of the line",
            < ' ' or '\u007F' => $"U+{(int)c:X4}",
            _ => $"'{(char.IsHighSurrogate(c) && pos + 1 < _text.Length ? _text.Substring(pos, 2) : c.ToString())}'",
        };
    }

    private TomlException Error(string problem) => ErrorIn(_text, _pos, problem);

    private TomlException Error(string problem, int pos) => ErrorIn(_text, pos, problem);

    private static bool IsBareKeyChar(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-';

    private static bool IsTokenChar(char c) => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '+' or '.' or ':';
}
