using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers;

/// <summary>
/// Writes a tool's schema for Kimi: a schema below the root that says nothing of its type gets one, from its values or else
/// from its structure. The input is not changed.
/// </summary>
internal static class SchemaTypes
{
    private static readonly string[] s_selfExplaining = ["type", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "$ref"];
    private static readonly string[] s_object = ["properties", "additionalProperties", "patternProperties", "propertyNames", "required", "minProperties", "maxProperties"];
    private static readonly string[] s_array = ["items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"];
    private static readonly string[] s_string = ["minLength", "maxLength", "pattern", "format"];
    private static readonly string[] s_number = ["minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"];

    /// <summary>Writes the root schema, which itself stays as it is.</summary>
    public static void Write(JsonWriter writer, JsonElement schema) => Write(writer, schema, isRoot: true);

    private static void Write(JsonWriter writer, JsonElement schema, bool isRoot)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            writer.Element(schema);
            return;
        }

        writer.BeginObject();
        foreach (JsonProperty member in schema.EnumerateObject())
        {
            writer.Name(member.Name.AsSpan());
            switch (member.Name)
            {
                case "properties" when member.Value.ValueKind == JsonValueKind.Object:
                    writer.BeginObject();
                    foreach (JsonProperty property in member.Value.EnumerateObject())
                    {
                        writer.Name(property.Name.AsSpan());
                        Write(writer, property.Value, isRoot: false);
                    }

                    writer.EndObject();
                    break;
                case "items" or "anyOf" or "oneOf" or "allOf" when member.Value.ValueKind == JsonValueKind.Array:
                    writer.BeginArray();
                    foreach (JsonElement item in member.Value.EnumerateArray())
                    {
                        Write(writer, item, isRoot: false);
                    }

                    writer.EndArray();
                    break;
                case "items" or "additionalProperties":
                    Write(writer, member.Value, isRoot: false);
                    break;
                default:
                    writer.Element(member.Value);
                    break;
            }
        }

        if (!isRoot && !HasAny(schema, s_selfExplaining))
        {
            writer.Member("type"u8, Guess(schema));
        }

        writer.EndObject();
    }

    private static string Guess(JsonElement schema)
    {
        if (schema.TryGetProperty("enum", out JsonElement values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() > 0)
        {
            string? common = null;
            foreach (JsonElement value in values.EnumerateArray())
            {
                string type = TypeOf(value);
                common = common is null || common == type ? type
                    : (common is "integer" or "number") && (type is "integer" or "number") ? "number"
                    : "mixed";
                if (common == "mixed")
                {
                    return "string";
                }
            }

            return common!;
        }

        return schema.TryGetProperty("const", out JsonElement constant) ? TypeOf(constant)
            : HasAny(schema, s_object) ? "object"
            : HasAny(schema, s_array) ? "array"
            : HasAny(schema, s_string) ? "string"
            : HasAny(schema, s_number) ? "number"
            : "string";
    }

    private static string TypeOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True or JsonValueKind.False => "boolean",
        JsonValueKind.Number => value.GetRawText().AsSpan().IndexOfAny('.', 'e', 'E') < 0 ? "integer" : "number",
        JsonValueKind.String => "string",
        JsonValueKind.Object => "object",
        JsonValueKind.Array => "array",
        _ => "null",
    };

    private static bool HasAny(JsonElement schema, string[] names)
    {
        foreach (string name in names)
        {
            if (schema.TryGetProperty(name, out _))
            {
                return true;
            }
        }

        return false;
    }
}
