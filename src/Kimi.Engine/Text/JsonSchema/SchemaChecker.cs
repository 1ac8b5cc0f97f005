using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>Is a schema a schema: by the meta-schema of its dialect, which only sees JSON, and by its patterns.</summary>
internal static class SchemaChecker
{
    private static readonly Lazy<JsonSchema> s_draft7 = new(() => Meta(MetaSchemas.Draft7));
    private static readonly Lazy<JsonSchema> s_draft202012 = new(() => Meta(MetaSchemas.Draft202012));

    public static IReadOnlyList<JsonSchemaViolation> Check(JsonElement schema, int maxErrors)
    {
        bool isDraft7 = SchemaDocument.DialectOf(schema, SchemaDialect.Draft202012) == SchemaDialect.Draft7;
        IReadOnlyList<JsonSchemaViolation> found = (isDraft7 ? s_draft7 : s_draft202012).Value.Validate(schema, maxErrors);
        if (found.Count > 0)
        {
            return found;
        }

        var patterns = new List<JsonSchemaViolation>();
        CheckPatterns(schema, "", patterns, maxErrors);
        return patterns;
    }

    private static JsonSchema Meta(string uri) =>
        MetaSchemas.TryGet(uri, out JsonElement schema) ? JsonSchema.Parse(schema) : throw new JsonSchemaException(uri);

    private static void CheckPatterns(JsonElement schema, string pointer, List<JsonSchemaViolation> found, int maxErrors)
    {
        SchemaCompiler.GuardStack();
        if (schema.ValueKind == JsonValueKind.Array)
        {
            int i = 0;
            foreach (JsonElement item in schema.EnumerateArray())
            {
                CheckPatterns(item, pointer + "/" + i++, found, maxErrors);
            }
        }

        if (schema.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty property in schema.EnumerateObject())
        {
            string name = JsonText.Name(property);
            string at = SchemaDocument.Token(pointer, name);
            if (name is "enum" or "const" or "default" or "examples")
            {
                continue;
            }

            if (name == "pattern" && property.Value.ValueKind == JsonValueKind.String)
            {
                CheckPattern(JsonText.Value(property.Value), at, found, maxErrors);
            }
            else if (name == "patternProperties" && property.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty pattern in property.Value.EnumerateObject())
                {
                    CheckPattern(JsonText.Name(pattern), at, found, maxErrors);
                }
            }

            CheckPatterns(property.Value, at, found, maxErrors);
        }
    }

    private static void CheckPattern(string text, string pointer, List<JsonSchemaViolation> found, int maxErrors)
    {
        if (found.Count < maxErrors && !new EcmaPattern(text).TryBuild(out string? reason) && reason is not null)
        {
            found.Add(new JsonSchemaViolation(pointer, "a regular expression", "string", $"expected a regular expression, got {text}"));
        }
    }
}
