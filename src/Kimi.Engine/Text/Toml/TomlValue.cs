namespace Kimi.Engine.Text;

/// <summary>A value of a TOML document: a <see cref="TomlScalar"/>, <see cref="TomlArray"/> or <see cref="TomlTable"/>.</summary>
internal abstract class TomlValue
{
    private protected TomlValue(TomlKind kind) => Kind = kind;

    /// <summary>The type of the value.</summary>
    public TomlKind Kind { get; }

    /// <summary>Makes a string.</summary>
    public static implicit operator TomlValue(string value) => new TomlScalar(value);

    /// <summary>Makes an integer.</summary>
    public static implicit operator TomlValue(long value) => new TomlScalar(value);

    /// <summary>Makes a float.</summary>
    public static implicit operator TomlValue(double value) => new TomlScalar(value);

    /// <summary>Makes a boolean.</summary>
    public static implicit operator TomlValue(bool value) => new TomlScalar(value);
}
