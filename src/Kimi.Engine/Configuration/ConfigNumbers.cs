using System.Globalization;

namespace Kimi.Engine.Configuration;

/// <summary>Numbers as text, read as leniently as the reference reads them.</summary>
internal static class ConfigNumbers
{
    /// <summary>A whole number: blanks around it, a sign, underscores between digits. Beyond 32 bits it becomes the nearest that fits.</summary>
    public static bool TryParseInteger(string text, out int value)
    {
        value = 0;
        ReadOnlySpan<char> digits = text.AsSpan().Trim();
        bool negative = digits.Length > 0 && digits[0] == '-';
        if (digits.Length > 0 && digits[0] is '-' or '+')
        {
            digits = digits[1..];
        }

        long number = 0;
        bool digit = false;
        foreach (char c in digits)
        {
            if (char.IsAsciiDigit(c))
            {
                number = Math.Min((number * 10) + (c - '0'), int.MaxValue + 1L);
                digit = true;
            }
            else if (c == '_' && digit)
            {
                digit = false;
            }
            else
            {
                return false;
            }
        }

        value = Saturate(negative ? -number : number);
        return digit;
    }

    /// <summary>A finite number.</summary>
    public static bool TryParseNumber(string text, out double value) =>
        double.TryParse(text.AsSpan().Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value);

    /// <summary>The nearest 32-bit number.</summary>
    public static int Saturate(long value) => (int)Math.Clamp(value, int.MinValue, int.MaxValue);
}
