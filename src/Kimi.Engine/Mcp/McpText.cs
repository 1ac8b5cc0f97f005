using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>Text that came from servers, made fit to be shown in one line.</summary>
internal static class McpText
{
    /// <summary>Whitespace and control characters become single blanks; cut to a number of characters with an ellipsis.</summary>
    public static string OneLine(string text, int maxChars)
    {
        if (maxChars <= 0)
        {
            return "";
        }

        // Collapsing only shortens; a bounded part of a long text is enough.
        ReadOnlySpan<char> source = text.AsSpan().TrimStart();
        var line = new StringBuilder(Math.Min(source.Length, 512));
        bool blank = false;
        int count = 0;
        for (int i = 0; i < source.Length; i++)
        {
            char c = source[i];
            if (char.IsWhiteSpace(c) || char.IsControl(c) || (char.IsSurrogate(c) && !IsPaired(source, i)))
            {
                blank = line.Length > 0;
                continue;
            }

            if (blank)
            {
                line.Append(' ');
                count++;
                blank = false;
            }

            if (!char.IsLowSurrogate(c))
            {
                count++;
            }

            line.Append(c);
            if (count > maxChars + 1)
            {
                break;
            }
        }

        string whole = line.ToString();
        return CodePoints.Count(whole) <= maxChars ? whole : CodePoints.Take(whole, Math.Max(0, maxChars - 1)).TrimEnd() + "…";
    }

    /// <summary>The text as it is, but for what a terminal would obey: line ends and tabs stay.</summary>
    public static string Printable(string text) =>
        text.Any(IsObeyed) ? string.Concat(text.Where(static c => !IsObeyed(c))) : text;

    /// <summary>The first sentence of a text, in one line.</summary>
    public static string FirstSentence(string text, int maxChars)
    {
        string line = OneLine(text, 1000);
        for (int i = 0; i + 1 < line.Length; i++)
        {
            if (line[i] is '.' or '!' or '?' && line[i + 1] == ' ')
            {
                line = line[..(i + 1)];
                break;
            }
        }

        return OneLine(line, maxChars);
    }

    private static bool IsObeyed(char c) => char.IsControl(c) && c is not ('\n' or '\t');

    private static bool IsPaired(ReadOnlySpan<char> text, int at) =>
        char.IsHighSurrogate(text[at])
            ? at + 1 < text.Length && char.IsLowSurrogate(text[at + 1])
            : at > 0 && char.IsHighSurrogate(text[at - 1]);
}
