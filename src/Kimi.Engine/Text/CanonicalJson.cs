using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>JSON with the members of every object sorted and no blanks: equal values have equal texts.</summary>
public static class CanonicalJson
{
    /// <summary>Writes a value; numbers keep their text.</summary>
    public static string Write(JsonElement value)
    {
        var writer = new JsonWriter();
        Write(writer, value);
        return writer.ToString();
    }

    private static void Write(JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.BeginObject();
                foreach (JsonProperty member in value.EnumerateObject().OrderBy(static member => member.Name, StringComparer.Ordinal))
                {
                    writer.Name(member.Name);
                    Write(writer, member.Value);
                }

                writer.EndObject();
                break;
            case JsonValueKind.Array:
                writer.BeginArray();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    Write(writer, item);
                }

                writer.EndArray();
                break;
            default:
                writer.Element(value);
                break;
        }
    }
}
