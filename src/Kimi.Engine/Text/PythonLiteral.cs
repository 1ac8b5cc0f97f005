using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>Shows a parsed JSON value the way the reference shows it in error texts: as a Python literal.</summary>
public static class PythonLiteral
{
    /// <summary>The value as <c>str()</c> gives it: a string bare, everything else as a literal.</summary>
    public static string Display(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return value.ReadString();
        }

        StringBuilder text = new();
        Write(text, value);
        return text.ToString();
    }

    /// <summary>A string as a literal.</summary>
    public static string Quote(string value)
    {
        StringBuilder text = new(value.Length + 2);
        Quote(text, value);
        return text.ToString();
    }

    private static void Write(StringBuilder text, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                string between = "";
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    text.Append(between);
                    between = ", ";
                    Quote(text, member.Name);
                    text.Append(": ");
                    Write(text, member.Value);
                }

                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                between = "";
                foreach (JsonElement item in value.EnumerateArray())
                {
                    text.Append(between);
                    between = ", ";
                    Write(text, item);
                }

                text.Append(']');
                break;
            case JsonValueKind.String:
                Quote(text, value.ReadString());
                break;
            case JsonValueKind.Number:
                text.Append(Number(value));
                break;
            case JsonValueKind.True:
                text.Append("True");
                break;
            case JsonValueKind.False:
                text.Append("False");
                break;
            default:
                text.Append("None");
                break;
        }
    }

    private static string Number(JsonElement value)
    {
        string raw = value.GetRawText();
        return raw.AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? raw : JsonWriter.Compose(writer => writer.Number(value.GetDouble()));
    }

    private static void Quote(StringBuilder text, string value)
    {
        char quote = value.Contains('\'') && !value.Contains('"') ? '"' : '\'';
        text.Append(quote);
        foreach (char c in value)
        {
            switch (c)
            {
                case '\\':
                    text.Append("\\\\");
                    break;
                case '\n':
                    text.Append("\\n");
                    break;
                case '\r':
                    text.Append("\\r");
                    break;
                case '\t':
                    text.Append("\\t");
                    break;
                case < ' ' or '\u007f' or (>= '\u0080' and <= '\u00a0') or '\u00ad':
                    text.Append("\\x").Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
                    break;
                case '\u2028' or '\u2029' or '\ufeff' or (>= '\ue000' and <= '\uf8ff') or (>= '\u200b' and <= '\u200f'):
                    text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
                    break;
                default:
                    if (c == quote)
                    {
                        text.Append('\\');
                    }

                    text.Append(c);
                    break;
            }
        }

        text.Append(quote);
    }
}
