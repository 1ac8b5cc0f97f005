using System.Text;

namespace Kimi.Engine.Tools.Approvals;

/// <summary>
/// Takes a PowerShell script apart into the commands it would run, as <see cref="ShellParts"/> does for a shell. What it cannot
/// judge (script blocks, expressions in parentheses, the call operator, writing redirections, comments, backticks) is not
/// simple: no rule allows it.
/// </summary>
internal sealed class PowerShellParts
{
    private static readonly char[] s_blanks = [' ', '\t'];
    private static readonly char[] s_quotes = ['\'', '\u2018', '\u2019', '\u201a', '\u201b'];

    private readonly string _text;
    private readonly StringBuilder _part = new();
    private readonly List<string> _parts = [];
    private int _at;

    private PowerShellParts(string text) => _text = text;

    /// <summary>The commands found; also of what is not simple, as well as can be told.</summary>
    public IReadOnlyList<string> Commands => _parts;

    /// <summary>Whether the commands found are certainly all that would run.</summary>
    public bool IsSimple { get; private set; } = true;

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
        string plain = string.Concat(command.Where(static c => c is not ('\'' or '"' or '`') && !IsTypographicQuote(c))).Trim(s_blanks);
        yield return plain;
        int blank = plain.IndexOfAny(s_blanks);
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
        IsSimple = !_text.Contains("--%", StringComparison.Ordinal) && !_text.Any(IsTypographicQuote);
        while (_at < _text.Length)
        {
            char c = _text[_at];
            switch (c)
            {
                case '\'' or (>= '\u2018' and <= '\u201b'):
                    TakeQuoted();
                    break;
                case '"' or (>= '\u201c' and <= '\u201e'):
                    TakeDoubleQuoted();
                    break;
                case ';' or '\n' or '\r' or '|':
                    End();
                    _at++;
                    break;
                case '&' when Next() == '&':
                    End();
                    _at += 2;
                    break;
                case '(' or ')' or '{' or '}' or '&' or '<':
                    IsSimple = false;
                    End();
                    _at++;
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

    private char Next() => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    private void Take() => _part.Append(_text[_at++]);

    private static bool IsTypographicQuote(char c) => c is >= '\u2018' and <= '\u201e';

    private static bool IsDoubleQuote(char c) => c is '"' or (>= '\u201c' and <= '\u201e');

    private void TakeQuoted()
    {
        int end = _text.IndexOfAny(s_quotes, _at + 1);
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
        while (_at < _text.Length && !IsDoubleQuote(_text[_at]))
        {
            char c = _text[_at];
            if (c == '$' && Next() is '(' or '{')
            {
                // What is inside still counts for rules that deny.
                IsSimple = false;
                End();
                _at += 2;
                continue;
            }

            IsSimple &= c != '`';
            Take();
        }

        if (_at == _text.Length)
        {
            IsSimple = false;
            return;
        }

        Take();
    }

    // Only what goes nowhere or to another stream is harmless; it is left out of the command.
    private void TakeRedirection()
    {
        int stream = _part.Length - 1;
        if (stream >= 0 && (char.IsAsciiDigit(_part[stream]) || _part[stream] == '*') && (stream == 0 || char.IsWhiteSpace(_part[stream - 1])))
        {
            _part.Length = stream;
        }

        while (_at < _text.Length && _text[_at] == '>')
        {
            _at++;
        }

        if (_at + 1 < _text.Length && _text[_at] == '&' && char.IsAsciiDigit(_text[_at + 1]))
        {
            _at += 2;
        }
        else
        {
            while (_at < _text.Length && s_blanks.Contains(_text[_at]))
            {
                _at++;
            }

            const string Nowhere = "$null";
            bool isNowhere = _text.AsSpan(_at).StartsWith(Nowhere, StringComparison.OrdinalIgnoreCase);
            IsSimple &= isNowhere;
            _at += isNowhere ? Nowhere.Length : 0;
        }

        IsSimple &= _at == _text.Length || char.IsWhiteSpace(_text[_at]) || _text[_at] is ';' or '|';
    }

    private void End()
    {
        string part = _part.ToString().Trim(s_blanks);
        _part.Clear();
        if (part.Length > 0)
        {
            _parts.Add(part);
        }
    }
}
