using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers;

/// <summary>Writes the arguments of a stored call for APIs that take them as an object and not as text.</summary>
internal static class CallArguments
{
    /// <summary>
    /// Writes an object. Arguments that are none are wrapped in one: the reference fails here, and then at every later
    /// request of the session.
    /// </summary>
    public static void Write(JsonWriter writer, string? arguments)
    {
        if (string.IsNullOrEmpty(arguments))
        {
            writer.Raw("{}"u8);
            return;
        }

        bool parsed = LenientJson.TryParse(arguments, out JsonElement value);
        if (parsed && value.ValueKind == JsonValueKind.Object)
        {
            WriteValue(writer, value);
            return;
        }

        writer.BeginObject();
        writer.Name("arguments"u8);
        if (parsed)
        {
            WriteValue(writer, value);
        }
        else
        {
            writer.Text(arguments);
        }

        writer.EndObject();
    }

    // As a parser and a serialiser leave it: a number with an exponent becomes a fraction, whole numbers stay exact.
    private static void WriteValue(JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.BeginObject();
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    writer.Name(member.Name.AsSpan());
                    WriteValue(writer, member.Value);
                }

                writer.EndObject();
                break;
            case JsonValueKind.Array:
                writer.BeginArray();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    WriteValue(writer, item);
                }

                writer.EndArray();
                break;
            case JsonValueKind.Number when value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') >= 0:
                writer.Number(value.GetDouble());
                break;
            default:
                writer.Element(value);
                break;
        }
    }
}
