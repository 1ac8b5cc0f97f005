using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Echo;

/// <summary>The small pieces of the script language: lines, blanks, quotes, values.</summary>
internal static class EchoLines
{
    private static readonly JsonElement s_null = LenientJson.Parse("null");

    /// <summary>The lines of a script, at every kind of line end.</summary>
    public static IEnumerable<string> Split(string script)
    {
        int start = 0;
        for (int i = 0; i < script.Length; i++)
        {
            char c = script[i];
            if (c is '\n' or '\r' or '\v' or '\f' or '\u001c' or '\u001d' or '\u001e' or '\u0085' or '\u2028' or '\u2029')
            {
                yield return script[start..i];
                if (c == '\r' && i + 1 < script.Length && script[i + 1] == '\n')
                {
                    i++;
                }

                start = i + 1;
            }
        }

        if (start < script.Length)
        {
            yield return script[start..];
        }
    }

    /// <summary>The text without blanks at both ends.</summary>
    public static string Trim(string text) => text.Trim();

    /// <summary>The text without one pair of equal quotes around it.</summary>
    public static string Unquote(string text)
    {
        string trimmed = Trim(text);
        return trimmed.Length >= 2 && trimmed[0] == trimmed[^1] && trimmed[0] is '"' or '\'' ? trimmed[1..^1] : trimmed;
    }

    /// <summary>A value: null, JSON, or else a text.</summary>
    public static JsonElement ReadValue(string payload)
    {
        string text = Trim(payload);
        if (text.Length == 0 || text.Equals("null", StringComparison.OrdinalIgnoreCase) || text.Equals("none", StringComparison.OrdinalIgnoreCase))
        {
            return s_null;
        }

        if (LenientJson.TryParse(text, out JsonElement value))
        {
            return value;
        }

        string plain = Unquote(text);
        return LenientJson.Parse(JsonWriter.Compose(writer => writer.Text(plain)));
    }
}
