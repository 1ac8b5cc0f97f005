using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Demo;

/// <summary>Finds in the result of <c>mcp_search</c> a tool that can be called without knowing more.</summary>
internal static class DemoMcp
{
    /// <summary>Name and arguments of a call; null when no tool was found.</summary>
    public static (string Name, string Arguments)? ChooseCall(DemoScene scene)
    {
        if (scene.ResultOf("mcp_search") is not { Error: null } found)
        {
            return null;
        }

        int at = found.Output.IndexOf("mcp__", StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        int end = at;
        while (end < found.Output.Length && (char.IsAsciiLetterOrDigit(found.Output[end]) || found.Output[end] is '_' or '-' or '.'))
        {
            end++;
        }

        int next = found.Output.IndexOf("mcp__", end, StringComparison.Ordinal);
        string block = next < 0 ? found.Output[end..] : found.Output[end..next];
        return (found.Output[at..end], Arguments(block, scene.Question));
    }

    private static string Arguments(string block, string question)
    {
        int brace = block.IndexOf('{', StringComparison.Ordinal);
        int last = block.LastIndexOf('}');
        if (brace < 0 || last < brace || !LenientJson.TryParse(block[brace..(last + 1)], out JsonElement schema)
            || !schema.TryMember("required", out JsonElement required) || required.ValueKind != JsonValueKind.Array
            || !schema.TryMember("properties", out JsonElement properties))
        {
            return "{}";
        }

        return JsonWriter.Compose(writer =>
        {
            writer.BeginObject();
            foreach (JsonElement member in required.EnumerateArray())
            {
                if (member.ValueKind == JsonValueKind.String && properties.TryMember(member.ReadString(), out JsonElement property))
                {
                    writer.Name(member.ReadString().AsSpan());
                    WriteSample(writer, property, question);
                }
            }

            writer.EndObject();
        });
    }

    private static void WriteSample(JsonWriter writer, JsonElement property, string question)
    {
        if (property.TryMember("enum", out JsonElement values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0)
        {
            writer.Element(values[0]);
            return;
        }

        switch (property.StringOrNull("type"))
        {
            case "integer" or "number":
                writer.Number(property.LongOr("minimum", 1));
                break;
            case "boolean":
                writer.Bool(false);
                break;
            case "array":
                writer.Raw("[]"u8);
                break;
            case "object":
                writer.Raw("{}"u8);
                break;
            default:
                writer.Text(question.Length is 0 or > 200 ? "demo" : question);
                break;
        }
    }
}
