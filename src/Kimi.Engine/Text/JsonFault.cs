using System.Globalization;
using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>What is wrong with a JSON text, for the person who wrote it.</summary>
public static class JsonFault
{
    /// <summary>The fault and its place, counted from 1, without a full stop; nothing of the text but a character or two.</summary>
    /// <param name="e">What the parser said.</param>
    public static string Describe(JsonException e)
    {
        string problem = e.Message;
        int detail = problem.IndexOf(" LineNumber:", StringComparison.Ordinal);
        problem = (detail < 0 ? problem : problem[..detail]).TrimEnd('.');

        // For a misspelt literal the message quotes everything up to the end of the text, keys included.
        if (problem.LastIndexOf("' is ", StringComparison.Ordinal) > "'0x0A".Length)
        {
            problem = "Expected a JSON value";
        }

        return e.LineNumber is long line
            ? string.Create(CultureInfo.InvariantCulture, $"{problem} (at line {line + 1}, column {(e.BytePositionInLine ?? 0) + 1})")
            : problem;
    }
}
