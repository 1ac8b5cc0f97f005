namespace Kimi.Engine.Tools.Approvals;

/// <summary>
/// Takes a shell command apart into the commands it would run, so that a rule for one of them does not allow the others.
/// What it cannot judge (substitutions, groups, control words, writing redirections) is not simple: no rule allows it. Where
/// bash and a plain POSIX shell differ, both readings count.
/// </summary>
internal sealed class ShellParts : CommandParts
{
    private static readonly HashSet<string> s_controlWords = new(StringComparer.Ordinal)
    {
        "if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "in", "select", "function", "time", "coproc", "!", "{", "}", "[[", "((",
    };

    private static readonly HashSet<string> s_evaluating = new(StringComparer.Ordinal)
    {
        "test", "[", "printf", "read", "unset", "wait", "let", "declare", "typeset", "local", "export", "readonly", "mapfile", "readarray", "getopts",
    };

    private ShellParts(string text)
        : base(text)
    {
    }

    /// <summary>Takes a command apart.</summary>
    public static ShellParts Of(string command)
    {
        ShellParts parts = new(command);
        parts.Read();
        return parts;
    }

    private void Read()
    {
        while (At < Source.Length)
        {
            char c = Source[At];
            switch (c)
            {
                case '\\':
                    TakeEscaped();
                    break;
                case '\'':
                    TakeQuoted("'");
                    break;
                case '"':
                    TakeDoubleQuoted();
                    break;
                case '`':
                case '$' when Next() is '(' or '\'' or '"':
                    Unsure();
                    At += c == '`' ? 1 : 2;
                    break;
                case '$':
                    TakeVariable();
                    break;
                case '(' or ')':
                    Unsure();
                    At++;
                    break;
                case ';' or '\n' or '|':
                    End();
                    At++;
                    break;
                case '&' when Next() != '>':
                    End();
                    At++;
                    break;
                case '&':
                    // For a plain shell the command ends here, and what follows the redirection is another one.
                    End();
                    TakeRedirection();
                    break;
                case '<' or '>':
                    TakeRedirection();
                    break;
                case '#' when Part.Length == 0 || char.IsWhiteSpace(Part[^1]):
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

    private void TakeEscaped()
    {
        // A line that goes on: the shell sees neither of the two characters.
        if (Next() == '\n')
        {
            At += 2;
            return;
        }

        Take();
        if (At < Source.Length)
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
            int end = Source.IndexOf('}', At);
            ReadOnlySpan<char> name = end < 0 ? [] : Source.AsSpan(At + 2, end - At - 2);
            IsSimple &= ShellWords.IsName(name);
        }
        else if (Next() is '[' or '\\')
        {
            IsSimple = false;
        }

        Take();
    }

    private void TakeDoubleQuoted()
    {
        Take();
        while (At < Source.Length && Source[At] != '"')
        {
            if (Source[At] == '\\')
            {
                TakeEscaped();
                continue;
            }

            if (Source[At] == '`' || (Source[At] == '$' && Next() == '('))
            {
                // What is inside still counts for rules that deny.
                Unsure();
                At += Source[At] == '`' ? 1 : 2;
                continue;
            }

            if (Source[At] == '$')
            {
                TakeVariable();
                continue;
            }

            Take();
        }

        if (At == Source.Length)
        {
            IsSimple = false;
            return;
        }

        Take();
    }

    // Only what goes nowhere or to another descriptor is harmless; it is left out of the command.
    private void TakeRedirection()
    {
        int digits = Part.Length;
        while (digits > 0 && char.IsAsciiDigit(Part[digits - 1]))
        {
            digits--;
        }

        if (digits == 0 || char.IsWhiteSpace(Part[digits - 1]))
        {
            Part.Length = digits;
        }

        int start = At;
        while (At < Source.Length && Source[At] is '<' or '>' or '&' or '|')
        {
            At++;
        }

        string op = Source[start..At];
        while (At < Source.Length && Source[At] is ' ' or '\t')
        {
            At++;
        }

        int word = At;
        while (At < Source.Length && !char.IsWhiteSpace(Source[At]) && ";|&<>()`$'\"\\".IndexOf(Source[At], StringComparison.Ordinal) < 0)
        {
            At++;
        }

        string target = Source[word..At];
        bool harmless = op switch
        {
            ">" or ">>" or "&>" or "&>>" => target == "/dev/null",
            ">&" or "<&" => target.Length > 0 && target.All(char.IsAsciiDigit),
            "<" => target == "/dev/null",
            _ => false,
        };
        bool ends = At == Source.Length || char.IsWhiteSpace(Source[At]) || Source[At] is ';' or '|' or '&';
        IsSimple &= harmless && ends;
    }

    private void Unsure()
    {
        IsSimple = false;
        End();
    }

    private void End()
    {
        string part = TakePart();
        while (part.Length > 0)
        {
            int blank = part.AsSpan().IndexOfAny(' ', '\t');
            string first = blank < 0 ? part : part[..blank];
            if (!s_controlWords.Contains(first))
            {
                Add(part);
                IsSimple &= !Evaluates(first, part);
                return;
            }

            IsSimple = false;
            part = blank < 0 ? "" : part[(blank + 1)..].TrimStart(Blanks);
        }
    }

    // Names of variables given to these may have an index, and a shell runs the substitutions in it, quoted or not: for
    // test -v 'a[$(x)]' it runs x.
    private static bool Evaluates(string command, string part) =>
        s_evaluating.Contains(ShellWords.Plain(command)) && ShellWords.Plain(part) is var plain
        && (plain.Contains("$(", StringComparison.Ordinal) || plain.Contains('`', StringComparison.Ordinal));
}
