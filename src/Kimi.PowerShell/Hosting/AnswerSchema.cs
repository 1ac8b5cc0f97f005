using System.Collections;
using System.Management.Automation;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kimi.Engine.Text;

namespace Kimi.PowerShell.Hosting;

/// <summary>The form an answer must have, and the way from its JSON to objects.</summary>
internal sealed class AnswerSchema
{
    /// <summary>Not every provider takes a schema whose root is no object; the answer then travels in a member of one.</summary>
    private const string Wrapper = "items";

    private readonly Type? _type;
    private readonly JsonElement _given; // faults are told of what was given, not of what was put around it
    private readonly bool _wrapped;

    private AnswerSchema(JsonObject schema, Type? type)
    {
        _type = type;
        _wrapped = schema["type"]?.GetValueKind() != JsonValueKind.String || schema["type"]!.GetValue<string>() != "object";
        JsonObject root = !_wrapped ? schema : new JsonObject
        {
            ["type"] = "object",
            ["properties"] = new JsonObject { [Wrapper] = schema.DeepClone() },
            ["required"] = new JsonArray(Wrapper),
            ["additionalProperties"] = false,
        };
        _given = JsonDocument.Parse(schema.ToJsonString()).RootElement;
        Json = JsonDocument.Parse(root.ToJsonString()).RootElement;
    }

    /// <summary>The schema that is sent.</summary>
    public JsonElement Json { get; }

    /// <summary>Makes the form of what a user gave: JSON text, a dictionary, or a type.</summary>
    /// <exception cref="FormatException">It is no schema.</exception>
    public static AnswerSchema Of(object given)
    {
        object plain = given is PSObject wrapped ? wrapped.BaseObject : given;
        try
        {
            AnswerSchema schema = plain switch
            {
                Type type => new AnswerSchema(TypeSchema.Of(type), type),
                string text => new AnswerSchema(AsObject(text), null),
                IDictionary or PSCustomObject => new AnswerSchema(AsObject(ObjectJson.Write(given, 32)), null),
                _ => throw new FormatException($"A {plain.GetType()} is no schema."),
            };
            return JsonSchema.CheckSchema(schema._given) is [JsonSchemaViolation violation, ..]
                ? throw new FormatException($"The schema is not valid: {violation}")
                : schema;
        }
        catch (JsonException e)
        {
            throw new FormatException($"The schema is not valid JSON: {JsonFault.Describe(e)}.", e);
        }
        catch (ArgumentException e)
        {
            throw new FormatException(e.Message, e);
        }
    }

    /// <summary>The answer as objects: of the type, if one was given.</summary>
    /// <exception cref="PSInvalidCastException">The type cannot be made of the answer.</exception>
    public object? Objects(JsonElement answer)
    {
        JsonElement value = _wrapped && answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty(Wrapper, out JsonElement inner) ? inner : answer;
        return _type is null ? ObjectJson.Read(value) : LanguagePrimitives.ConvertTo(Dictionaries(value), _type, System.Globalization.CultureInfo.InvariantCulture);
    }

    // Hashtables, because that is what PowerShell makes objects of a class from.
    private static object? Dictionaries(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Aggregate(new Hashtable(StringComparer.Ordinal), (table, member) =>
        {
            table[member.Name] = Dictionaries(member.Value);
            return table;
        }),
        JsonValueKind.Array => value.EnumerateArray().Select(Dictionaries).ToArray(),
        _ => JsonValues.From(value),
    };

    private static JsonObject AsObject(string json) => JsonNode.Parse(json) as JsonObject ?? throw new FormatException("A schema is a JSON object.");
}
