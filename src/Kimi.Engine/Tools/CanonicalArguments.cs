using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools;

/// <summary>Arguments in one form, whatever the order of members and the blanks: compact JSON with sorted members.</summary>
internal static class CanonicalArguments
{
    /// <summary>The arguments' one form.</summary>
    public static string Of(JsonElement arguments)
    {
        JsonWriter writer = new();
        Write(writer, arguments);
        return writer.ToString();
    }

    private static void Write(JsonWriter writer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                writer.BeginObject();
                List<JsonProperty> members = [.. value.EnumerateObject()];
                members.Sort(static (left, right) => string.CompareOrdinal(left.Name, right.Name));
                foreach (JsonProperty member in members)
                {
                    writer.Name(member.Name.AsSpan());
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
