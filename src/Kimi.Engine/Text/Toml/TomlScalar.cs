using System.Globalization;

namespace Kimi.Engine.Text;

/// <summary>A string, number, boolean, date or time. Dates and times keep their text, and with it every digit of their precision.</summary>
internal sealed class TomlScalar : TomlValue
{
    private readonly string? _text;
    private readonly long _bits;

    /// <summary>A string.</summary>
    public TomlScalar(string value)
        : base(TomlKind.String) => _text = value;

    /// <summary>An integer.</summary>
    public TomlScalar(long value)
        : base(TomlKind.Integer) => _bits = value;

    /// <summary>A float.</summary>
    public TomlScalar(double value)
        : base(TomlKind.Float) => _bits = BitConverter.DoubleToInt64Bits(value);

    /// <summary>A boolean.</summary>
    public TomlScalar(bool value)
        : base(TomlKind.Boolean) => _bits = value ? 1 : 0;

    private TomlScalar(TomlKind kind, string text)
        : base(kind) => _text = text;

    /// <summary>The text of a string; of a date or time its RFC 3339 form with <c>T</c> and <c>Z</c> in upper case.</summary>
    public string Text => _text ?? throw WrongKind("text");

    /// <summary>The value of an integer.</summary>
    public long Integer => Kind == TomlKind.Integer ? _bits : throw WrongKind("an integer");

    /// <summary>The value of a float.</summary>
    public double Float => Kind == TomlKind.Float ? BitConverter.Int64BitsToDouble(_bits) : throw WrongKind("a float");

    /// <summary>The value of a boolean.</summary>
    public bool Boolean => Kind == TomlKind.Boolean ? _bits != 0 : throw WrongKind("a boolean");

    /// <summary>Reads an offset date-time, local date-time, local date or local time from its TOML text.</summary>
    /// <exception cref="TomlException">The text is none of them.</exception>
    public static TomlScalar DateOrTime(string text)
    {
        TomlTable table = TomlParser.Parse("v = " + text);
        return table["v"] is TomlScalar { Kind: >= TomlKind.OffsetDateTime and <= TomlKind.LocalTime } scalar
            ? scalar
            : throw new TomlException("not a date or time", 1, 1);
    }

    /// <summary>The instant of an offset date-time, truncated to 100 ns. A leap second counts as the start of the next minute.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The year or the offset is beyond what .NET can hold.</exception>
    public DateTimeOffset ToDateTimeOffset()
    {
        if (Kind != TomlKind.OffsetDateTime)
        {
            throw WrongKind("an offset date-time");
        }

        ReadOnlySpan<char> text = Text;
        TimeSpan offset = TimeSpan.Zero;
        if (text[^1] != 'Z')
        {
            offset = new TimeSpan(Number(text[^5..^3]), Number(text[^2..]), 0);
            if (text[^6] == '-')
            {
                offset = -offset;
            }
        }

        return new DateTimeOffset(LocalPart(text[..19], Fraction(text)), offset);
    }

    /// <summary>The value of a local date-time or local date, truncated to 100 ns.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The year is beyond what .NET can hold.</exception>
    public DateTime ToDateTime() => Kind switch
    {
        TomlKind.LocalDateTime => LocalPart(Text.AsSpan(0, 19), Fraction(Text)),
        TomlKind.LocalDate => Date(Text),
        _ => throw WrongKind("a local date-time"),
    };

    /// <summary>The value of a local time as time since midnight, truncated to 100 ns.</summary>
    public TimeSpan ToTimeOfDay() => Kind == TomlKind.LocalTime ? Time(Text) + new TimeSpan(Fraction(Text)) : throw WrongKind("a local time");

    internal static TomlScalar OfKind(TomlKind kind, string text) => new(kind, text);

    private static DateTime LocalPart(ReadOnlySpan<char> text, long fractionTicks) =>
        Date(text) + Time(text[11..]) + new TimeSpan(fractionTicks);

    private static DateTime Date(ReadOnlySpan<char> text) => new(Number(text[..4]), Number(text[5..7]), Number(text[8..10]));

    private static TimeSpan Time(ReadOnlySpan<char> text) => new(Number(text[..2]), Number(text[3..5]), Number(text[6..8]));

    private static long Fraction(ReadOnlySpan<char> text)
    {
        int dot = text.IndexOf('.');
        if (dot < 0)
        {
            return 0;
        }

        long ticks = 0;
        for (int i = 1; i <= 7; i++)
        {
            int at = dot + i;
            bool digit = at < text.Length && char.IsAsciiDigit(text[at]);
            ticks = (ticks * 10) + (digit ? text[at] - '0' : 0);
            if (!digit)
            {
                text = text[..Math.Min(at, text.Length)];
            }
        }

        return ticks;
    }

    private static int Number(ReadOnlySpan<char> digits) => int.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    private InvalidOperationException WrongKind(string wanted) => new($"The TOML value is of kind {Kind}, not {wanted}.");
}
