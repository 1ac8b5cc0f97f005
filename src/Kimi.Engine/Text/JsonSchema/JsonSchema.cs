using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>
/// A JSON Schema: draft 2020-12, or draft 7 where <c>$schema</c> says so. Formats and contents are annotations, remote
/// references are never fetched and accept everything. Compiled at the first check, so holding one costs nothing.
/// </summary>
public sealed class JsonSchema
{
    private readonly JsonElement _schema;
    private volatile CompiledSchema? _compiled;

    private JsonSchema(JsonElement schema) => _schema = schema;

    /// <summary>The schema as it was given.</summary>
    public JsonElement Source => _schema;

    /// <summary>References that could not be found in the document; what they stand for accepts everything.</summary>
    public IReadOnlyList<string> UnresolvedReferences => Compiled.Unresolved;

    private CompiledSchema Compiled => _compiled ??= SchemaCompiler.Compile(_schema);

    /// <summary>Compiles a schema. The element must live as long as the schema; clone it when its document does not.</summary>
    /// <exception cref="JsonSchemaException">It is neither an object nor a boolean, or nested too deeply.</exception>
    public static JsonSchema Parse(JsonElement schema)
    {
        var parsed = new JsonSchema(schema);
        _ = parsed.Compiled;
        return parsed;
    }

    /// <summary>Takes a schema without looking at it; the first check compiles it and may then throw as <see cref="Parse"/> does.</summary>
    public static JsonSchema Defer(JsonElement schema) => new(schema);

    /// <summary>Checks a schema against the meta-schema of its dialect, and that its patterns are regular expressions.</summary>
    public static IReadOnlyList<JsonSchemaViolation> CheckSchema(JsonElement schema, int maxErrors = 5) =>
        SchemaChecker.Check(schema, maxErrors);

    /// <summary>Checks a value; an empty list says that it fits.</summary>
    /// <param name="value">The value.</param>
    /// <param name="maxErrors">Stop after so many violations.</param>
    /// <exception cref="JsonSchemaException">The schema is unusable or would take too long to apply.</exception>
    public IReadOnlyList<JsonSchemaViolation> Validate(JsonElement value, int maxErrors = 5)
    {
        var evaluator = new SchemaEvaluator(Compiled, Math.Max(1, maxErrors));
        return evaluator.Run(value);
    }

    /// <summary>Checks a value without saying what is wrong.</summary>
    /// <exception cref="JsonSchemaException">The schema is unusable or would take too long to apply.</exception>
    public bool IsValid(JsonElement value) => new SchemaEvaluator(Compiled, 0).Test(value);
}
