using System.Text;

namespace Kimi.Engine.Skills.Flows;

/// <summary>Splits a D2 text into statements.</summary>
internal sealed class D2Scanner(string text)
{
    private readonly List<D2Statement> _statements = [];
    private readonly StringBuilder _current = new();
    private int _position;
    private int _line = 1;
    private int _startLine = 1;

    /// <exception cref="FlowException">A brace, string or block does not end.</exception>
    public static List<D2Statement> Split(string text)
    {
        var scanner = new D2Scanner(text.ReplaceLineEndings("\n"));
        scanner.Run();
        return scanner._statements;
    }

    private void Run()
    {
        while (_position < text.Length)
        {
            char c = text[_position];
            if (_current.Length == 0)
            {
                _startLine = _line;
            }

            if (StartsString())
            {
                CopyString();
            }
            else if (c == '\n')
            {
                Finish(null);
                _line++;
                _position++;
            }
            else if (c == '\\' && Peek(1) == '\n')
            {
                _line++;
                _position += 2;
            }
            else if (StartsComment())
            {
                SkipComment();
            }
            else if (c == '{')
            {
                SkipBlock();
            }
            else if (c == '}')
            {
                throw FlowException.At(_line, "Unmatched '}'");
            }
            else if (c == '|' && StartsMarkdown())
            {
                Finish(ReadMarkdown());
            }
            else if (c is not (' ' or '\t') || _current.Length > 0)
            {
                _current.Append(c);
                _position++;
            }
            else
            {
                _position++;
            }
        }

        Finish(null);
    }

    private void Finish(string? markdown)
    {
        string statement = _current.ToString().Trim();
        _current.Clear();
        if (statement.Length > 0)
        {
            _statements.Add(new D2Statement(_startLine, statement, markdown));
        }
    }

    private char Peek(int offset) => _position + offset < text.Length ? text[_position + offset] : '\0';

    // An apostrophe inside a word is none of ours.
    private bool StartsString() =>
        text[_position] is '"' or '\'' && (_position == 0 || !char.IsLetterOrDigit(text[_position - 1]));

    private bool StartsComment() => text[_position] == '#' && (_position == 0 || char.IsWhiteSpace(text[_position - 1]));

    private void SkipComment()
    {
        while (_position < text.Length && text[_position] != '\n')
        {
            _position++;
        }
    }

    private void CopyString()
    {
        char quote = text[_position];
        int opened = _line;
        _current.Append(quote);
        for (_position++; _position < text.Length; _position++)
        {
            char c = text[_position];
            _line += c == '\n' ? 1 : 0;
            _current.Append(c);
            if (c == quote)
            {
                _position++;
                return;
            }

            if (c == '\\' && _position + 1 < text.Length)
            {
                _position++;
                _line += text[_position] == '\n' ? 1 : 0;
                _current.Append(text[_position]);
            }
        }

        throw FlowException.At(opened, "Unclosed string");
    }

    private void SkipBlock()
    {
        int opened = _line;
        int length = _current.Length;
        int depth = 0;
        while (_position < text.Length)
        {
            if (StartsString())
            {
                CopyString();
                _current.Length = length;
                continue;
            }

            if (StartsComment())
            {
                SkipComment();
                continue;
            }

            char c = text[_position++];
            _line += c == '\n' ? 1 : 0;
            depth += c == '{' ? 1 : 0;
            if (c == '}' && --depth == 0)
            {
                return;
            }
        }

        throw FlowException.At(opened, "Unclosed '{' block");
    }

    // "x: |md" and nothing but a comment behind it.
    private bool StartsMarkdown()
    {
        if (string.CompareOrdinal(text, _position, "|md", 0, 3) != 0 || !_current.ToString().TrimEnd().EndsWith(':'))
        {
            return false;
        }

        int end = text.IndexOf('\n', _position);
        ReadOnlySpan<char> rest = text.AsSpan(_position + 3, (end < 0 ? text.Length : end) - _position - 3).TrimStart();
        return rest.IsEmpty || rest[0] == '#';
    }

    private string ReadMarkdown()
    {
        int opened = _line;
        SkipComment();
        var lines = new List<string>();
        while (_position < text.Length)
        {
            _position++;
            _line++;
            int end = text.IndexOf('\n', Math.Min(_position, text.Length));
            end = end < 0 ? text.Length : end;
            string line = text[Math.Min(_position, end)..end];
            _position = end;
            if (line.Trim() == "|")
            {
                return string.Join('\n', Dedent(lines));
            }

            lines.Add(line);
        }

        throw FlowException.At(opened, "Unclosed markdown block");
    }

    private static List<string> Dedent(List<string> lines)
    {
        string? common = null;
        foreach (string line in lines)
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            string indent = line[..(line.Length - line.TrimStart().Length)];
            int length = common is null ? indent.Length : indent.AsSpan().CommonPrefixLength(common);
            common = indent[..length];
        }

        int cut = common?.Length ?? 0;
        return lines.ConvertAll(line => string.IsNullOrWhiteSpace(line) ? "" : line[cut..]);
    }
}
