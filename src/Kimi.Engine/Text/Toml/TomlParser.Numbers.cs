using System.Globalization;

namespace Kimi.Engine.Text;

/// <content>Integers, floats, dates and times.</content>
internal sealed partial class TomlParser
{
    private TomlScalar ParseNumberOrDate()
    {
        int start = _pos;
        SkipToken();
        ReadOnlySpan<char> token = _text.AsSpan(start, _pos - start);
        if (token.IsEmpty)
        {
            throw Error(start < _text.Length ? $"Expected a value, found {Describe(start)}" : "Expected a value");
        }

        if (token.Length > 4 && token[4] == '-' && !token[..4].ContainsAnyExceptInRange('0', '9'))
        {
            return ParseDate(start);
        }

        if (token.Length > 2 && token[2] == ':')
        {
            return IsTime(token, out int length) && length == token.Length
                ? TomlScalar.OfKind(TomlKind.LocalTime, token.ToString())
                : throw Error("Not a valid time", start);
        }

        return ParseNumber(token) ?? throw NoValue(token, start);
    }

    /// <summary>Shows short words only: a longer one may be a key that somebody forgot to quote.</summary>
    private TomlException NoValue(ReadOnlySpan<char> token, int start) =>
        Error(token.Length <= 5 ? $"Expected a value, found '{token}'" : "Expected a value; text must be in quotes", start);

    private TomlScalar? ParseNumber(ReadOnlySpan<char> token)
    {
        if (token.Length > 2 && token[0] == '0' && token[1] is 'x' or 'o' or 'b')
        {
            int radix = token[1] switch { 'x' => 16, 'o' => 8, _ => 2 };
            return IsDigits(token[2..], radix) ? Integer(token[2..], radix, negative: false) : null;
        }

        ReadOnlySpan<char> unsigned = token[0] is '+' or '-' ? token[1..] : token;
        bool negative = token[0] == '-';
        if (unsigned is "inf")
        {
            return new TomlScalar(negative ? double.NegativeInfinity : double.PositiveInfinity);
        }

        if (unsigned is "nan")
        {
            return new TomlScalar(double.NaN);
        }

        int whole = unsigned.IndexOfAny('.', 'e', 'E');
        ReadOnlySpan<char> integer = whole < 0 ? unsigned : unsigned[..whole];
        if (!IsDigits(integer, 10) || (integer.Length > 1 && integer[0] == '0'))
        {
            return null;
        }

        return whole < 0 ? Integer(integer, 10, negative) : Float(token, unsigned[whole..]);
    }

    private TomlScalar Integer(ReadOnlySpan<char> digits, int radix, bool negative)
    {
        ulong limit = negative ? 1UL << 63 : long.MaxValue;
        ulong value = 0;
        foreach (char c in digits)
        {
            if (c == '_')
            {
                continue;
            }

            ulong digit = (ulong)DigitValue(c);
            if (value > (limit - digit) / (ulong)radix)
            {
                throw Error("The integer does not fit into 64 bits", _pos - 1);
            }

            value = (value * (ulong)radix) + digit;
        }

        return new TomlScalar(negative ? unchecked(-(long)value) : (long)value);
    }

    /// <summary>A float whose integer part is checked; <paramref name="rest"/> is the fraction and the exponent.</summary>
    private static TomlScalar? Float(ReadOnlySpan<char> token, ReadOnlySpan<char> rest)
    {
        int exponent = rest.IndexOfAny('e', 'E');
        if (exponent >= 0)
        {
            ReadOnlySpan<char> power = rest[(exponent + 1)..];
            if (!IsDigits(power.Length > 0 && power[0] is '+' or '-' ? power[1..] : power, 10))
            {
                return null;
            }

            rest = rest[..exponent];
        }

        if (rest.Length > 0 && !IsDigits(rest[1..], 10))
        {
            return null;
        }

        Span<char> plain = token.Length <= 64 ? stackalloc char[64] : new char[token.Length];
        int length = 0;
        foreach (char c in token)
        {
            if (c != '_')
            {
                plain[length++] = c;
            }
        }

        return new TomlScalar(double.Parse(plain[..length], NumberStyles.Float, CultureInfo.InvariantCulture));
    }

    /// <summary>A local date, or a date-time whose time may stand after a blank.</summary>
    private TomlScalar ParseDate(int start)
    {
        ReadOnlySpan<char> rest = _text.AsSpan(start);
        if (!IsDate(rest))
        {
            throw Error("Not a valid date", start);
        }

        bool blank = _pos == start + 10 && Peek() == ' ' && char.IsAsciiDigit(Peek(1));
        if (blank)
        {
            _pos++;
            SkipToken();
        }

        ReadOnlySpan<char> token = rest[..(_pos - start)];
        if (token.Length == 10)
        {
            return TomlScalar.OfKind(TomlKind.LocalDate, token.ToString());
        }

        if ((blank || token[10] is 'T' or 't') && IsTime(token[11..], out int timeLength))
        {
            ReadOnlySpan<char> offset = token[(11 + timeLength)..];
            bool local = offset.IsEmpty;
            if (local || IsOffset(offset))
            {
                string text = $"{token[..10]}T{token[11..]}";
                return TomlScalar.OfKind(local ? TomlKind.LocalDateTime : TomlKind.OffsetDateTime, text.Replace('z', 'Z'));
            }
        }

        throw Error("Not a valid date and time", start);
    }

    private static bool IsDate(ReadOnlySpan<char> text)
    {
        if (text.Length < 10 || text[4] != '-' || text[7] != '-'
            || !TwoDigits(text, 0, out int century) || !TwoDigits(text, 2, out int year)
            || !TwoDigits(text, 5, out int month) || !TwoDigits(text, 8, out int day)
            || month is < 1 or > 12)
        {
            return false;
        }

        // The year 0 exists in RFC 3339 and is a leap year like 2000.
        int full = (century * 100) + year;
        return day >= 1 && day <= DateTime.DaysInMonth(full == 0 ? 2000 : full, month);
    }

    /// <summary><c>hh:mm:ss</c> with an optional fraction at the start of a text; 60 is a leap second.</summary>
    private static bool IsTime(ReadOnlySpan<char> text, out int length)
    {
        length = 8;
        if (text.Length < 8 || text[2] != ':' || text[5] != ':'
            || !TwoDigits(text, 0, out int hour) || !TwoDigits(text, 3, out int minute) || !TwoDigits(text, 6, out int second)
            || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        if (text.Length > 8 && text[8] == '.')
        {
            length = 9;
            while (length < text.Length && char.IsAsciiDigit(text[length]))
            {
                length++;
            }
        }

        return length != 9;
    }

    private static bool IsOffset(ReadOnlySpan<char> text) =>
        text is "Z" or "z"
        || (text.Length == 6 && text[0] is '+' or '-' && text[3] == ':'
            && TwoDigits(text, 1, out int hour) && TwoDigits(text, 4, out int minute) && hour <= 23 && minute <= 59);

    private static bool TwoDigits(ReadOnlySpan<char> text, int at, out int value)
    {
        value = ((text[at] - '0') * 10) + (text[at + 1] - '0');
        return char.IsAsciiDigit(text[at]) && char.IsAsciiDigit(text[at + 1]);
    }

    /// <summary>At least one digit; single underscores only between digits.</summary>
    private static bool IsDigits(ReadOnlySpan<char> text, int radix)
    {
        bool digit = false;
        foreach (char c in text)
        {
            if (c == '_')
            {
                if (!digit)
                {
                    return false;
                }

                digit = false;
            }
            else if (DigitValue(c) < radix)
            {
                digit = true;
            }
            else
            {
                return false;
            }
        }

        return digit;
    }

    private static int DigitValue(char c) => c switch
    {
        >= '0' and <= '9' => c - '0',
        >= 'a' and <= 'f' => c - 'a' + 10,
        >= 'A' and <= 'F' => c - 'A' + 10,
        _ => int.MaxValue,
    };
}
