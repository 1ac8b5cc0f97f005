using System.Text;

namespace Kimi.PowerShell.Hosting;

/// <summary>Text without terminal control sequences.</summary>
internal static class PlainText
{
    /// <summary>Removes escape sequences (colours, links); line breaks become <c>\n</c>.</summary>
    public static string Strip(string text)
    {
        if (!text.AsSpan().ContainsAny('\u001b', '\r')) { return text; }
        StringBuilder plain = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\r')
            {
                if (i + 1 >= text.Length || text[i + 1] != '\n') { plain.Append('\n'); }
            }
            else if (c == '\u001b')
            {
                i = EndOfSequence(text, i);
            }
            else
            {
                plain.Append(c);
            }
        }

        return plain.ToString();
    }

    private static int EndOfSequence(string text, int start)
    {
        if (start + 1 >= text.Length) { return start; }
        int i = start + 2;
        switch (text[start + 1])
        {
            case '[': // CSI: parameters, then one final character
                while (i < text.Length && text[i] is < '@' or > '~') { i++; }
                return Math.Min(i, text.Length - 1);
            case ']': // OSC: up to BEL or ESC \
                while (i < text.Length && text[i] != '\a' && text[i] != '\u001b') { i++; }
                return i < text.Length && text[i] == '\u001b' ? Math.Min(i + 1, text.Length - 1) : Math.Min(i, text.Length - 1);
            default:
                return start + 1;
        }
    }
}
