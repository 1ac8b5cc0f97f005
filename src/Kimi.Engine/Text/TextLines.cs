using System.Buffers;
using System.Text;

namespace Kimi.Engine.Text;

/// <summary>Lines as the reference splits them: at every line terminator of Unicode, not only at line feeds.</summary>
public static class TextLines
{
    private static readonly SearchValues<char> s_terminators = SearchValues.Create("\n\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029");

    /// <summary>Length of the first line of a text, its terminator included; the text's length when it has none.</summary>
    public static int FirstLength(ReadOnlySpan<char> text)
    {
        int at = text.IndexOfAny(s_terminators);
        if (at < 0)
        {
            return text.Length;
        }

        return text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? at + 2 : at + 1;
    }

    /// <summary>The lines of a text without their terminators; a terminator at the end begins no further line.</summary>
    public static List<string> Split(string text)
    {
        List<string> lines = [];
        ReadOnlySpan<char> rest = text;
        while (!rest.IsEmpty)
        {
            int length = FirstLength(rest);
            int bare = length;
            if (s_terminators.Contains(rest[length - 1]))
            {
                bare -= length > 1 && rest[length - 1] == '\n' && rest[length - 2] == '\r' ? 2 : 1;
            }

            lines.Add(rest[..bare].ToString());
            rest = rest[length..];
        }

        return lines;
    }

    /// <summary>Makes <c>\r\n</c> and <c>\r</c> to <c>\n</c>.</summary>
    public static string WithLineFeeds(string text) =>
        !text.Contains('\r', StringComparison.Ordinal) ? text : text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    /// <summary>Reads UTF-8 with replacement of what is none, and line feeds as only line ends.</summary>
    public static string Decode(ReadOnlySpan<byte> utf8) => WithLineFeeds(Encoding.UTF8.GetString(utf8));
}
