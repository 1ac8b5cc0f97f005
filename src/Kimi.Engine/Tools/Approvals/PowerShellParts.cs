namespace Kimi.Engine.Tools.Approvals;

/// <summary>
/// Takes a PowerShell script apart into the commands it would run, as <see cref="ShellParts"/> does for a shell. What it cannot
/// judge (script blocks, expressions in parentheses, the call operator, writing redirections, comments, backticks) is not
/// simple: no rule allows it.
/// </summary>
internal sealed class PowerShellParts : CommandParts
{
    private const string SingleQuotes = "'\u2018\u2019\u201a\u201b";

    private PowerShellParts(string text)
        : base(text)
    {
    }

    /// <summary>Takes a script apart.</summary>
    public static PowerShellParts Of(string script)
    {
        PowerShellParts parts = new(script);
        parts.Read();
        return parts;
    }

    /// <summary>The usual other spellings of a command, for rules that hinder: without quotes, without an alias. A net, not a wall.</summary>
    public static IEnumerable<string> Spellings(string command)
    {
        yield return command;
        string plain = string.Concat(command.Where(static c => c is not ('\'' or '"' or '`') && !IsTypographicQuote(c))).Trim(Blanks);
        yield return plain;
        int blank = plain.IndexOfAny(Blanks);
        string first = blank < 0 ? plain : plain[..blank];
        string rest = plain[first.Length..];
        string name = first[(first.LastIndexOfAny(['\\', '/']) + 1)..];
        yield return name + rest;
        string full = FullName(name);
        yield return full + rest;

        // What is dot-sourced or handed to Invoke-Expression is a command again.
        if (rest.Length > 0 && (first == "." || full.Equals("Invoke-Expression", StringComparison.OrdinalIgnoreCase)))
        {
            foreach (string spelling in Of(rest).Commands.SelectMany(Spellings))
            {
                yield return spelling;
            }
        }
    }

    private static string FullName(string name) => name.ToLowerInvariant() switch
    {
        "rm" or "ri" or "del" or "erase" or "rd" or "rmdir" => "Remove-Item",
        "cp" or "copy" or "cpi" => "Copy-Item",
        "mv" or "move" or "mi" => "Move-Item",
        "ren" or "rni" => "Rename-Item",
        "ni" => "New-Item",
        "si" => "Set-Item",
        "cli" => "Clear-Item",
        "sc" => "Set-Content",
        "ac" => "Add-Content",
        "clc" => "Clear-Content",
        "cat" or "gc" or "type" => "Get-Content",
        "ls" or "dir" or "gci" => "Get-ChildItem",
        "iex" => "Invoke-Expression",
        "icm" => "Invoke-Command",
        "iwr" => "Invoke-WebRequest",
        "irm" => "Invoke-RestMethod",
        "saps" or "start" => "Start-Process",
        "spps" or "kill" => "Stop-Process",
        "%" => "ForEach-Object",
        "?" => "Where-Object",
        _ => name,
    };

    private void Read()
    {
        // Everything behind --% is for a program to read. Typographic quotes are quotes too, and any of a kind ends what another
        // of it began: no rule allows a script that has one, wherever it stands.
        IsSimple = !Source.Contains("--%", StringComparison.Ordinal) && !Source.Any(IsTypographicQuote);
        while (At < Source.Length)
        {
            char c = Source[At];
            switch (c)
            {
                case '\'' or (>= '\u2018' and <= '\u201b'):
                    TakeQuoted(SingleQuotes);
                    break;
                case '"' or (>= '\u201c' and <= '\u201e'):
                    TakeDoubleQuoted();
                    break;
                case ';' or '\n' or '\r' or '|':
                    End();
                    At++;
                    break;
                case '&' when Next() == '&':
                    End();
                    At += 2;
                    break;
                case '(' or ')' or '{' or '}' or '&' or '<':
                    IsSimple = false;
                    End();
                    At++;
                    break;
                case '@' when Next() is '\'' or '"' || IsTypographicQuote(Next()):
                    IsSimple = false;
                    Take();
                    break;
                case '>':
                    TakeRedirection();
                    break;
                default:
                    IsSimple &= c is not ('`' or '#') && (c == '\t' || !char.IsControl(c));
                    Take();
                    break;
            }
        }

        End();
    }

    private static bool IsTypographicQuote(char c) => c is >= '\u2018' and <= '\u201e';

    private static bool IsDoubleQuote(char c) => c is '"' or (>= '\u201c' and <= '\u201e');

    private void TakeDoubleQuoted()
    {
        Take();
        while (At < Source.Length && !IsDoubleQuote(Source[At]))
        {
            char c = Source[At];
            if (c == '$' && Next() is '(' or '{')
            {
                // What is inside still counts for rules that deny.
                IsSimple = false;
                End();
                At += 2;
                continue;
            }

            IsSimple &= c != '`';
            Take();
        }

        if (At == Source.Length)
        {
            IsSimple = false;
            return;
        }

        Take();
    }

    // Only what goes nowhere or to another stream is harmless; it is left out of the command.
    private void TakeRedirection()
    {
        int stream = Part.Length - 1;
        if (stream >= 0 && (char.IsAsciiDigit(Part[stream]) || Part[stream] == '*') && (stream == 0 || char.IsWhiteSpace(Part[stream - 1])))
        {
            Part.Length = stream;
        }

        while (At < Source.Length && Source[At] == '>')
        {
            At++;
        }

        if (At + 1 < Source.Length && Source[At] == '&' && char.IsAsciiDigit(Source[At + 1]))
        {
            At += 2;
        }
        else
        {
            while (At < Source.Length && Blanks.Contains(Source[At]))
            {
                At++;
            }

            const string Nowhere = "$null";
            bool isNowhere = Source.AsSpan(At).StartsWith(Nowhere, StringComparison.OrdinalIgnoreCase);
            IsSimple &= isNowhere;
            At += isNowhere ? Nowhere.Length : 0;
        }

        IsSimple &= At == Source.Length || char.IsWhiteSpace(Source[At]) || Source[At] is ';' or '|';
    }

    private void End()
    {
        string part = TakePart();
        if (part.Length > 0)
        {
            Add(part);
        }
    }
}
