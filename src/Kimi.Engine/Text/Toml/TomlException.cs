using System.Globalization;

namespace Kimi.Engine.Text;

/// <summary>A document is not valid TOML 1.0; says what is wrong and where.</summary>
internal sealed class TomlException : FormatException
{
    /// <summary>Makes the error for a place in the document.</summary>
    /// <param name="problem">What is wrong, without a full stop.</param>
    /// <param name="line">The line, from 1.</param>
    /// <param name="column">The column in characters, from 1.</param>
    public TomlException(string problem, int line, int column)
        : base(string.Create(CultureInfo.InvariantCulture, $"{problem} (at line {line}, column {column})"))
    {
        Line = line;
        Column = column;
    }

    /// <summary>The line, from 1.</summary>
    public int Line { get; }

    /// <summary>The column in characters, from 1.</summary>
    public int Column { get; }
}
