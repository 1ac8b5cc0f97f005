using System.Globalization;
using System.Text;

namespace Kimi.Cli.Printing;

/// <summary>Columns of a text on a terminal: none for combining marks, two for wide characters.</summary>
internal static class TextWidth
{
    /// <summary>Columns of a text.</summary>
    public static int Of(ReadOnlySpan<char> text)
    {
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            width += Of(rune);
        }

        return width;
    }

    /// <summary>How many characters of a text fit into so many columns; at least one whole one.</summary>
    public static int Fitting(ReadOnlySpan<char> text, int columns)
    {
        int length = 0;
        int width = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            width += Of(rune);
            if (width > columns && length > 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return Math.Min(length, text.Length);
    }

    private static int Of(Rune rune)
    {
        int value = rune.Value;
        if (value < 0x300)
        {
            return 1;
        }

        if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format)
        {
            return 0;
        }

        return value is (>= 0x1100 and <= 0x115f) or (>= 0x2e80 and <= 0x303e) or (>= 0x3041 and <= 0xa4cf) or (>= 0xa960 and <= 0xa97c)
            or (>= 0xac00 and <= 0xd7a3) or (>= 0xf900 and <= 0xfaff) or (>= 0xfe30 and <= 0xfe6f) or (>= 0xff00 and <= 0xff60)
            or (>= 0xffe0 and <= 0xffe6) or (>= 0x1f300 and <= 0x1f64f) or (>= 0x1f680 and <= 0x1f6ff) or (>= 0x1f900 and <= 0x1f9ff)
            or (>= 0x20000 and <= 0x3fffd) ? 2 : 1;
    }
}
