using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>
/// A JSON number as written, compared by value without rounding: ±0.digits × 10^point, digits without leading and
/// trailing zeros, so equal values have equal members whatever their spelling.
/// </summary>
internal readonly struct JsonNumber : IComparable<JsonNumber>, IEquatable<JsonNumber>
{
    private const long ExponentLimit = long.MaxValue / 8;

    private readonly string _digits;
    private readonly long _point;
    private readonly bool _negative;

    private JsonNumber(string digits, long point, bool negative)
    {
        _digits = digits;
        _point = point;
        _negative = negative;
    }

    public bool IsZero => _digits.Length == 0;

    public bool IsInteger => _digits.Length <= _point || IsZero;

    public static JsonNumber Of(JsonElement number) => Parse(JsonMarshal.GetRawUtf8Value(number));

    public static JsonNumber Parse(ReadOnlySpan<byte> text)
    {
        bool negative = text.Length > 0 && text[0] == (byte)'-';
        if (negative)
        {
            text = text[1..];
        }

        long exponent = 0;
        int e = text.IndexOfAny((byte)'e', (byte)'E');
        if (e >= 0)
        {
            exponent = ParseExponent(text[(e + 1)..]);
            text = text[..e];
        }

        int dot = text.IndexOf((byte)'.');
        int whole = dot < 0 ? text.Length : dot;
        int total = dot < 0 ? text.Length : text.Length - 1;
        char[]? rented = total > 128 ? new char[total] : null;
        Span<char> digits = rented ?? stackalloc char[128];
        int count = 0;
        foreach (byte b in text)
        {
            if (b != (byte)'.')
            {
                digits[count++] = (char)b;
            }
        }

        ReadOnlySpan<char> kept = digits[..count];
        int leading = kept.Length - kept.TrimStart('0').Length;
        kept = kept.Trim('0');
        return kept.IsEmpty
            ? new JsonNumber("", 0, false)
            : new JsonNumber(kept.ToString(), whole - leading + exponent, negative);
    }

    /// <summary>The value as a count, for keywords such as minLength; null when it is no whole number.</summary>
    public long? ToCount()
    {
        if (!IsInteger)
        {
            return null;
        }

        if (_negative)
        {
            return 0;
        }

        return _point > 18 ? long.MaxValue
            : IsZero ? 0
            : long.Parse(_digits.PadRight((int)_point, '0'), NumberStyles.None, CultureInfo.InvariantCulture);
    }

    public bool IsMultipleOf(JsonNumber divisor)
    {
        if (IsZero || divisor.IsZero)
        {
            return true;
        }

        long shift = (_point - _digits.Length) - (divisor._point - divisor._digits.Length);
        if (shift < 0)
        {
            // The last digit is not zero, so ten cannot divide the mantissa.
            return false;
        }

        BigInteger mantissa = BigInteger.Parse(_digits, CultureInfo.InvariantCulture);
        BigInteger by = BigInteger.Parse(divisor._digits, CultureInfo.InvariantCulture);
        return by.IsOne || (mantissa * BigInteger.ModPow(10, shift, by) % by).IsZero;
    }

    public int CompareTo(JsonNumber other)
    {
        int sign = Sign.CompareTo(other.Sign);
        if (sign != 0 || IsZero)
        {
            return sign;
        }

        int magnitude = _point.CompareTo(other._point);
        if (magnitude == 0)
        {
            magnitude = string.CompareOrdinal(_digits, other._digits);
        }

        return _negative ? -magnitude : magnitude;
    }

    public bool Equals(JsonNumber other) =>
        _negative == other._negative && _point == other._point && string.Equals(_digits, other._digits, StringComparison.Ordinal);

    public override bool Equals(object? obj) => obj is JsonNumber other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_digits, _point, _negative);

    /// <summary>The value in the shortest plain form, with an exponent only where zeros would fill the line.</summary>
    public override string ToString()
    {
        if (IsZero)
        {
            return "0";
        }

        string sign = _negative ? "-" : "";
        if (_point is <= 0 and > -8)
        {
            return sign + "0." + new string('0', (int)-_point) + _digits;
        }

        if (_point > 0 && _point <= _digits.Length)
        {
            string whole = _digits[..(int)_point];
            return sign + (_point == _digits.Length ? whole : whole + "." + _digits[(int)_point..]);
        }

        return _point > 0 && _point <= 40
            ? sign + _digits.PadRight((int)_point, '0')
            : string.Create(CultureInfo.InvariantCulture, $"{sign}{_digits}e{_point - _digits.Length}");
    }

    private int Sign => IsZero ? 0 : _negative ? -1 : 1;

    private static long ParseExponent(ReadOnlySpan<byte> text)
    {
        bool negative = text.Length > 0 && text[0] == (byte)'-';
        long value = 0;
        foreach (byte b in text.TrimStart("+-"u8))
        {
            value = Math.Min((value * 10) + (b - (byte)'0'), ExponentLimit / 10);
        }

        return negative ? -value : value;
    }
}
