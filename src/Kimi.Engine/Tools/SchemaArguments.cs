using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools;

/// <summary>Checks arguments of tools that are described by a JSON Schema and nothing else.</summary>
public static class SchemaArguments
{
    /// <summary>Checks arguments.</summary>
    /// <exception cref="ToolArgumentException">They do not fit.</exception>
    public static void Check(JsonSchema schema, JsonElement arguments)
    {
        IReadOnlyList<JsonSchemaViolation> violations;
        try
        {
            violations = schema.Validate(arguments);
        }
        catch (JsonSchemaException e)
        {
            throw new ToolArgumentException($"the tool's schema cannot be used: {e.Message}");
        }

        if (violations.Count > 0)
        {
            throw new ToolArgumentException(string.Join("; ", violations));
        }
    }
}
