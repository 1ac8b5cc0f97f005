using System.Text;

namespace Kimi.Engine.Tools.Approvals;

/// <summary>
/// Takes a shell command apart into the commands it would run, so that a rule for one of them does not allow the others.
/// What it cannot judge (substitutions, groups, control words, writing redirections) is not simple: no rule allows it. Where
/// bash and a plain POSIX shell differ, both readings count.
/// </summary>
internal sealed class ShellParts
{
    private static readonly HashSet<string> s_controlWords = new(StringComparer.Ordinal)
    {
        "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "in", "select", "function", "time", "coproc", "!", "{", "}", "[[", "((",
    };

    private static readonly HashSet<string> s_evaluating = new(StringComparer.Ordinal)
    {
        "test", "[", "printf", "read", "unset", "wait", "let", "declare", "typeset", "local", "export", "readonly", "mapfile", "readarray", "getopts",
    };

    private static readonly char[] s_blanks = [' ', '\t'];

    private readonly string _text;
    private readonly StringBuilder _part = new();
    private readonly List<string> _parts = [];
    private int _at;

    private ShellParts(string text) => _text = text;

    /// <summary>The commands found; also of what is not simple, as well as can be told.</summary>
    public IReadOnlyList<string> Commands => _parts;

    /// <summary>Whether the commands found are certainly all that would run.</summary>
    public bool IsSimple { get; private set; } = true;

    /// <summary>Takes a command apart.</summary>
    public static ShellParts Of(string command)
    {
        ShellParts parts = new(command);
        parts.Read();
        return parts;
    }

    private void Read()
    {
        while (_at < _text.Length)
        {
            char c = _text[_at];
            switch (c)
            {
                case '\\':
                    TakeEscaped();
                    break;
                case '\'':
                    TakeQuoted();
                    break;
                case '"':
                    TakeDoubleQuoted();
                    break;
                case '`':
                case '$' when Next() is '(' or '\'' or '"':
                    Unsure();
                    _at += c == '`' ? 1 : 2;
                    break;
                case '$':
                    TakeVariable();
                    break;
                case '(' or ')':
                    Unsure();
                    _at++;
                    break;
                case ';' or '\n' or '|':
                    End();
                    _at++;
                    break;
                case '&' when Next() != '>':
                    End();
                    _at++;
                    break;
                case '&':
                    // For a plain shell the command ends here, and what follows the redirection is another one.
                    End();
                    TakeRedirection();
                    break;
                case '<' or '>':
                    TakeRedirection();
                    break;
                case '#' when _part.Length == 0 || char.IsWhiteSpace(_part[^1]):
                    IsSimple = false;
                    Take();
                    break;
                default:
                    // Other line ends and blanks are such for some shells and not for others.
                    IsSimple &= c == '\t' || !char.IsControl(c);
                    Take();
                    break;
            }
        }

        End();
    }

    private char Next() => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    private void Take() => _part.Append(_text[_at++]);

    private void TakeEscaped()
    {
        // A line that goes on: the shell sees neither of the two characters.
        if (Next() == '\n')
        {
            _at += 2;
            return;
        }

        Take();
        if (_at < _text.Length)
        {
            Take();
        }
    }

    // "$name" and "${name}" are values. What else a shell can do between braces and brackets assigns variables, computes, and
    // expands once more what came out of it: "${a@P}", "$[a]".
    private void TakeVariable()
    {
        if (Next() == '{')
        {
            int end = _text.IndexOf('}', _at);
            ReadOnlySpan<char> name = end < 0 ? [] : _text.AsSpan(_at + 2, end - _at - 2);
            IsSimple &= ShellWords.IsName(name);
        }
        else if (Next() is '[' or '\\')
        {
            IsSimple = false;
        }

        Take();
    }

    private void TakeQuoted()
    {
        int end = _text.IndexOf('\'', _at + 1);
        if (end < 0)
        {
            IsSimple = false;
            end = _text.Length - 1;
        }

        _part.Append(_text, _at, end - _at + 1);
        _at = end + 1;
    }

    private void TakeDoubleQuoted()
    {
        Take();
        while (_at < _text.Length && _text[_at] != '"')
        {
            if (_text[_at] == '\\')
            {
                TakeEscaped();
                continue;
            }

            if (_text[_at] == '`' || (_text[_at] == '$' && Next() == '('))
            {
                // What is inside still counts for rules that deny.
                Unsure();
                _at += _text[_at] == '`' ? 1 : 2;
                continue;
            }

            if (_text[_at] == '$')
            {
                TakeVariable();
                continue;
            }

            Take();
        }

        if (_at == _text.Length)
        {
            IsSimple = false;
            return;
        }

        Take();
    }

    // Only what goes nowhere or to another descriptor is harmless; it is left out of the command.
    private void TakeRedirection()
    {
        int digits = _part.Length;
        while (digits > 0 && char.IsAsciiDigit(_part[digits - 1]))
        {
            digits--;
        }

        if (digits == 0 || char.IsWhiteSpace(_part[digits - 1]))
        {
            _part.Length = digits;
        }

        int start = _at;
        while (_at < _text.Length && _text[_at] is '<' or '>' or '&' or '|')
        {
            _at++;
        }

        string op = _text[start.._at];
        while (_at < _text.Length && _text[_at] is ' ' or '\t')
        {
            _at++;
        }

        int word = _at;
        while (_at < _text.Length && !char.IsWhiteSpace(_text[_at]) && ";|&<>()`$'\"\\".IndexOf(_text[_at], StringComparison.Ordinal) < 0)
        {
            _at++;
        }

        string target = _text[word.._at];
        bool harmless = op switch
        {
            ">" or ">>" or "&>" or "&>>" => target == "/dev/null",
            ">&" or "<&" => target.Length > 0 && target.All(char.IsAsciiDigit),
            "<" => target == "/dev/null",
            _ => false,
        };
        bool ends = _at == _text.Length || char.IsWhiteSpace(_text[_at]) || _text[_at] is ';' or '|' or '&';
        IsSimple &= harmless && ends;
    }

    private void Unsure()
    {
        IsSimple = false;
        End();
    }

    private void End()
    {
        string part = _part.ToString().Trim(s_blanks);
        _part.Clear();
        while (part.Length > 0)
        {
            int blank = part.AsSpan().IndexOfAny(' ', '\t');
            string first = blank < 0 ? part : part[..blank];
            if (!s_controlWords.Contains(first))
            {
                _parts.Add(part);
                IsSimple &= !Evaluates(first, part);
                return;
            }

            IsSimple = false;
            part = blank < 0 ? "" : part[(blank + 1)..].TrimStart(s_blanks);
        }
    }

    // Names of variables given to these may have an index, and a shell runs the substitutions in it, quoted or not: for
    // test -v 'a[$(x)]' it runs x.
    private static bool Evaluates(string command, string part) =>
        s_evaluating.Contains(ShellWords.Plain(command)) && ShellWords.Plain(part) is var plain
        && (plain.Contains("$(", StringComparison.Ordinal) || plain.Contains('`', StringComparison.Ordinal));
}
