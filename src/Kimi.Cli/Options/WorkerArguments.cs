using System.Text;

namespace Kimi.Cli.Options;

/// <summary>
/// Arguments that a web server hands to its worker in <c>KIMI_WEB_WORKER_ARGS</c>. They count less than the command line, and
/// only for a process that can be such a worker: one that is told to serve, or that is told nothing else and has no terminal.
/// </summary>
internal static class WorkerArguments
{
    /// <summary>Name of the variable.</summary>
    public const string Variable = "KIMI_WEB_WORKER_ARGS";

    private static readonly OptionId[][] s_exclusive =
    [
        [OptionId.Agent, OptionId.AgentFile], [OptionId.Continue, OptionId.Session], [OptionId.Config, OptionId.ConfigFile],
        [OptionId.Print, OptionId.Quiet, OptionId.Acp, OptionId.Wire],
    ];

    /// <summary>Whether a command line can be that of a worker.</summary>
    /// <param name="options">The command line.</param>
    /// <param name="hasTerminal">Whether somebody types on standard input.</param>
    public static bool CountFor(ParsedOptions options, bool hasTerminal) =>
        options.Flag(OptionId.Wire) == true || !(hasTerminal || options.Has(OptionId.Prompt) || Array.Exists(s_exclusive[^1], options.Has));

    /// <summary>Adds the options of <paramref name="words"/> that the command line does not give or exclude, and the wire server when no other face is named.</summary>
    /// <exception cref="UsageException">The variable is no list of options.</exception>
    public static void AddTo(ParsedOptions options, string words)
    {
        ParsedOptions more;
        try
        {
            more = OptionParser.Parse([.. Split(words)]);
        }
        catch (Exception wrong) when (wrong is UsageException or FormatException)
        {
            throw new UsageException($"{Variable}: {wrong.Message}");
        }

        if (more.Rest.Length > 0)
        {
            throw new UsageException($"{Variable}: unexpected argument '{more.Rest[0]}'");
        }

        foreach (OptionSpec option in more.Order)
        {
            OptionId[]? group = Array.Find(s_exclusive, group => Array.IndexOf(group, option.Id) >= 0);
            if (option.Kind == OptionKind.Eager || options.Has(option.Id) || (group is not null && Array.Exists(group, options.Has)))
            {
                continue;
            }

            foreach (string value in more.Texts(option.Id))
            {
                options.Add(option.Id, value);
            }
        }

        if (!Array.Exists(s_exclusive[^1], options.Has))
        {
            options.Add(OptionId.Wire, ParsedOptions.On);
        }
    }

    /// <summary>Splits by the rules of a POSIX shell: blanks separate, quotes and backslashes protect.</summary>
    /// <exception cref="FormatException">A quotation or a backslash without its end.</exception>
    public static List<string> Split(string text)
    {
        List<string> words = [];
        StringBuilder word = new();
        bool inWord = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c is '\'' or '"')
            {
                inWord = true;
                i = Quoted(text, i, word);
            }
            else if (c == '\\')
            {
                inWord = true;
                word.Append(++i < text.Length ? text[i] : throw new FormatException("no escaped character"));
            }
            else if (c is ' ' or '\t' or '\r' or '\n')
            {
                if (inWord)
                {
                    words.Add(word.ToString());
                    word.Clear();
                    inWord = false;
                }
            }
            else
            {
                inWord = true;
                word.Append(c);
            }
        }

        if (inWord)
        {
            words.Add(word.ToString());
        }

        return words;
    }

    private static int Quoted(string text, int start, StringBuilder word)
    {
        char quote = text[start];
        for (int i = start + 1; i < text.Length; i++)
        {
            if (text[i] == quote)
            {
                return i;
            }

            if (quote == '"' && text[i] == '\\' && i + 1 < text.Length && text[i + 1] is '"' or '\\')
            {
                i++;
            }

            word.Append(text[i]);
        }

        throw new FormatException("no closing quotation");
    }
}
