using System.Buffers;
using System.Text;

namespace Kimi.Engine.Tools.Approvals;

/// <summary>
/// The usual other spellings of a command, for rules that hinder: without quotes, without what stands before the program
/// (<c>sudo</c>, <c>env A=1</c>, <c>/usr/bin/</c>), and the commands that <c>sh -c</c>, <c>eval</c>, <c>xargs</c> and
/// <c>find -exec</c> would run. A net, not a wall.
/// </summary>
internal static class ShellWords
{
    private const int MaxDepth = 4;
    private const int MaxSpellings = 200;

    private static readonly HashSet<string> s_prefixes = new(StringComparer.Ordinal)
    {
        "sudo", "doas", "env", "command", "builtin", "exec", "nohup", "nice", "ionice", "time", "timeout", "stdbuf", "setsid", "xargs", "busybox",
    };

    private static readonly SearchValues<char> s_nameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private static readonly HashSet<string> s_shells = new(StringComparer.Ordinal) { "sh", "bash", "dash", "zsh", "ksh", "ash" };

    /// <summary>Whether a text can name a variable.</summary>
    public static bool IsName(ReadOnlySpan<char> text) => text.Length > 0 && !char.IsAsciiDigit(text[0]) && text.IndexOfAnyExcept(s_nameCharacters) < 0;

    /// <summary>A text without quotes and backslashes.</summary>
    public static string Plain(string text) => text.AsSpan().IndexOfAny("'\"\\") < 0 ? text : string.Concat(text.Where(static c => c is not ('\'' or '"' or '\\')));

    /// <summary>The spellings of one command, itself included.</summary>
    public static IEnumerable<string> Spellings(string command) => Spellings(command, 0).Take(MaxSpellings);

    private static IEnumerable<string> Spellings(string command, int depth)
    {
        yield return command;
        List<string> words = Split(command);
        foreach (string spelling in Spellings(words, 0, depth))
        {
            yield return spelling;
        }
    }

    private static IEnumerable<string> Spellings(List<string> words, int start, int depth)
    {
        while (start < words.Count && IsAssignment(words[start]))
        {
            start++;
        }

        if (start == words.Count || depth > MaxDepth)
        {
            yield break;
        }

        yield return string.Join(' ', words.Skip(start));
        string program = words[start][(words[start].LastIndexOf('/') + 1)..];
        if (program.Length < words[start].Length)
        {
            yield return string.Join(' ', words.Skip(start + 1).Prepend(program));
        }

        foreach (int inner in Inner(words, start, program))
        {
            foreach (string spelling in Spellings(words, inner, depth + 1))
            {
                yield return spelling;
            }
        }

        if (Script(words, start, program) is string script)
        {
            foreach (string spelling in ShellParts.Of(script).Commands.SelectMany(part => Spellings(part, depth + 1)))
            {
                yield return spelling;
            }
        }
    }

    // Where the command begins that another one runs. Whether a word is the value of an option before it cannot be told
    // without knowing every program: both readings count.
    private static IEnumerable<int> Inner(List<string> words, int start, string program)
    {
        if (program == "find")
        {
            for (int i = start + 1; i < words.Count - 1; i++)
            {
                if (words[i] is "-exec" or "-execdir" or "-ok" or "-okdir")
                {
                    yield return i + 1;
                }
            }
        }

        if (!s_prefixes.Contains(program))
        {
            yield break;
        }

        int at = start + 1;
        for (; at < words.Count; at++)
        {
            bool isOption = words[at].StartsWith('-') || IsAssignment(words[at]) || char.IsAsciiDigit(words[at].FirstOrDefault());
            if (isOption)
            {
                continue;
            }

            yield return at;
            if (!words[at - 1].StartsWith('-'))
            {
                yield break;
            }
        }
    }

    private static string? Script(List<string> words, int start, string program)
    {
        if (program == "eval")
        {
            return string.Join(' ', words.Skip(start + 1));
        }

        if (s_shells.Contains(program))
        {
            for (int i = start + 1; i < words.Count - 1 && words[i].StartsWith('-'); i++)
            {
                if (!words[i].StartsWith("--", StringComparison.Ordinal) && words[i].Contains('c', StringComparison.Ordinal))
                {
                    return words[i + 1];
                }
            }
        }

        return null;
    }

    private static bool IsAssignment(string word)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        return equals > 0 && IsName(word.AsSpan(0, equals));
    }

    private static List<string> Split(string command)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool inWord = false;
        char quote = '\0';
        for (int i = 0; i < command.Length; i++)
        {
            char c = command[i];
            if (quote == '\0' && c is ' ' or '\t' or '\n')
            {
                Flush();
            }
            else if (c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '\'' or '"')
            {
                quote = c;
                inWord = true;
            }
            else
            {
                if (c == '\\' && quote != '\'' && i + 1 < command.Length && (quote == '\0' || command[i + 1] is '"' or '\\' or '$' or '`'))
                {
                    c = command[++i];
                }

                word.Append(c);
                inWord = true;
            }
        }

        Flush();
        return words;

        void Flush()
        {
            if (inWord)
            {
                words.Add(word.ToString());
                word.Clear();
                inWord = false;
            }
        }
    }
}
