using System.Text;

namespace Kimi.Cli.Interactive;

/// <summary>
/// Text of models, tools and files as a terminal may show it. Control characters could move the cursor, hide a command that is
/// to be approved, or write into the title, and marks of writing direction could reorder it: they are shown, not obeyed.
/// </summary>
internal static class TerminalText
{
    private const char Unprintable = '\uFFFD';

    /// <summary>The text with signs in place of what a terminal would obey; line feeds and tabs stay.</summary>
    public static string Visible(string text)
    {
        int first = text.AsSpan().IndexOfAnyExceptInRange(' ', '~');
        while (first >= 0 && first < text.Length && !IsObeyed(text[first]))
        {
            first++;
        }

        if (first < 0 || first == text.Length)
        {
            return text;
        }

        StringBuilder visible = new(text, 0, first, text.Length + 8);
        for (int i = first; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\r' && i + 1 < text.Length && text[i + 1] == '\n')
            {
                continue;
            }

            visible.Append(!IsObeyed(c) ? c : c < ' ' ? (char)('\u2400' + c) : c == '\u007f' ? '\u2421' : Unprintable);
        }

        return visible.ToString();
    }

    private static bool IsObeyed(char c) =>
        (char.IsControl(c) && c is not ('\n' or '\t')) || c is (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
