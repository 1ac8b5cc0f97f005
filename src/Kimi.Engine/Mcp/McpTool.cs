using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>One tool of an MCP server, as the server describes it. What is derived from it is made when first asked for.</summary>
public sealed class McpTool
{
    private static readonly JsonElement s_noSchema = JsonDocument.Parse("""{"type":"object"}""").RootElement;

    private string? _schemaText;
    private string? _schemaHash;
    private JsonSchema? _validator;
    private bool? _isSchemaValid;

    /// <summary>Describes a tool.</summary>
    /// <param name="server">Name of the server in the configuration.</param>
    /// <param name="name">The server's name of the tool.</param>
    /// <param name="description">The server's description, if any.</param>
    /// <param name="schema">Schema of the arguments; undefined when the server gives none.</param>
    /// <param name="readOnlyHint">Whether the server says that the tool changes nothing.</param>
    /// <param name="destructiveHint">Whether the server says that the tool may destroy something; null when it does not say.</param>
    public McpTool(string server, string name, string? description, JsonElement schema, bool readOnlyHint = false, bool? destructiveHint = null)
    {
        Server = server;
        Name = name;
        FullName = $"mcp__{server}__{name}";
        Description = description ?? "";
        Schema = schema.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? s_noSchema : schema;
        ReadOnlyHint = readOnlyHint;
        DestructiveHint = destructiveHint;
    }

    /// <summary>Name of the server in the configuration.</summary>
    public string Server { get; }

    /// <summary>The server's name of the tool.</summary>
    public string Name { get; }

    /// <summary><c>mcp__server__tool</c>, with <c>~2</c> and so on where two tools would have the same.</summary>
    public string FullName { get; internal set; }

    /// <summary>The server's description; empty when there is none.</summary>
    public string Description { get; }

    /// <summary>Schema of the arguments.</summary>
    public JsonElement Schema { get; }

    /// <summary>Whether the server says that the tool changes nothing. Not to be trusted.</summary>
    public bool ReadOnlyHint { get; }

    /// <summary>Whether the server says that the tool may destroy something.</summary>
    public bool? DestructiveHint { get; }

    /// <summary>Whether results may be remembered: the server calls the tool read-only and not destructive.</summary>
    public bool IsCacheable => ReadOnlyHint && DestructiveHint != true;

    /// <summary>The schema as compact JSON, without <c>$schema</c>.</summary>
    public string SchemaText => _schemaText ??= ComposeSchema(Schema);

    /// <summary>Identity of the schema.</summary>
    public string SchemaHash => _schemaHash ??= Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(SchemaText)).AsSpan(0, 8));

    /// <summary>Whether the schema asks for nothing and offers nothing.</summary>
    public bool TakesNoArguments => IsEmpty(Schema);

    /// <summary>Whether the schema is one; found out when first asked.</summary>
    internal bool IsSchemaValid => _isSchemaValid ??= JsonSchema.CheckSchema(Schema, 1).Count == 0;

    /// <summary>Checks arguments; compiled at the first check.</summary>
    internal JsonSchema Validator => _validator ??= JsonSchema.Defer(Schema);

    private static bool IsEmpty(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return schema.ValueKind == JsonValueKind.True;
        }

        foreach (JsonProperty member in schema.EnumerateObject())
        {
            bool matters = member.Name switch
            {
                "properties" or "patternProperties" => member.Value.ValueKind != JsonValueKind.Object || member.Value.GetPropertyCount() > 0,
                "required" => member.Value.ValueKind != JsonValueKind.Array || member.Value.GetArrayLength() > 0,
                "allOf" or "anyOf" or "oneOf" or "not" or "if" or "$ref" => true,
                "additionalProperties" => member.Value.ValueKind == JsonValueKind.Object && member.Value.GetPropertyCount() > 0,
                _ => false,
            };
            if (matters)
            {
                return false;
            }
        }

        return true;
    }

    private static string ComposeSchema(JsonElement schema)
    {
        var writer = new JsonWriter();
        if (schema.ValueKind != JsonValueKind.Object)
        {
            writer.Element(schema);
            return writer.ToString();
        }

        writer.BeginObject();
        foreach (JsonProperty member in schema.EnumerateObject())
        {
            if (member.Name != "$schema")
            {
                writer.Name(member.Name);
                writer.Element(member.Value);
            }
        }

        writer.EndObject();
        return writer.ToString();
    }
}
