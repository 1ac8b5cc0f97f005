namespace Kimi.Engine.Text;

/// <summary>The type of a TOML value.</summary>
internal enum TomlKind
{
    /// <summary>Text.</summary>
    String,

    /// <summary>A 64-bit signed integer.</summary>
    Integer,

    /// <summary>A double-precision number, infinity or NaN.</summary>
    Float,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A date and time with an offset from UTC.</summary>
    OffsetDateTime,

    /// <summary>A date and time without an offset.</summary>
    LocalDateTime,

    /// <summary>A date.</summary>
    LocalDate,

    /// <summary>A time of day.</summary>
    LocalTime,

    /// <summary>An ordered list of values.</summary>
    Array,

    /// <summary>Keys and their values.</summary>
    Table,
}
