using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>Which keywords mean something.</summary>
internal enum SchemaDialect
{
    Draft7,
    Draft202012,
}

/// <summary>The JSON types as a set.</summary>
[Flags]
internal enum SchemaTypes
{
    None = 0,
    Null = 1,
    Boolean = 2,
    Object = 4,
    Array = 8,
    Number = 16,
    String = 32,
    Integer = 64,
}

/// <summary>A schema with an identifier of its own; the unit of dynamic scope.</summary>
internal sealed class SchemaResource(string uri, SchemaDialect dialect)
{
    public string Uri { get; } = uri;

    public SchemaDialect Dialect { get; } = dialect;

    /// <summary>Names of $dynamicAnchor and where they are.</summary>
    public Dictionary<string, SchemaLocation>? DynamicAnchors { get; set; }
}

/// <summary>A place in a schema document.</summary>
/// <param name="Key">Document and pointer: the identity of the place.</param>
/// <param name="Schema">What stands there.</param>
/// <param name="Resource">The resource it belongs to.</param>
internal sealed record SchemaLocation(string Key, JsonElement Schema, SchemaResource Resource);

/// <summary>A pattern and the schema of the properties it names.</summary>
internal sealed record PatternProperty(EcmaPattern Pattern, SchemaNode Schema);

/// <summary>One compiled schema: only keywords that were present have a value.</summary>
internal sealed class SchemaNode(SchemaResource resource)
{
    public SchemaResource Resource { get; } = resource;

    /// <summary>Set for true and false schemas.</summary>
    public bool? Always { get; set; }

    public string? Title { get; set; }

    public SchemaTypes Types { get; set; }

    public JsonElement[]? Enum { get; set; }

    public HashSet<JsonElement>? EnumSet { get; set; }

    public JsonElement? Const { get; set; }

    public SchemaNode? Ref { get; set; }

    public SchemaNode? DynamicRef { get; set; }

    /// <summary>The anchor looked up in the dynamic scope; null when the reference is an ordinary one.</summary>
    public string? DynamicAnchor { get; set; }

    public SchemaNode[]? AllOf { get; set; }

    public SchemaNode[]? AnyOf { get; set; }

    public SchemaNode[]? OneOf { get; set; }

    public SchemaNode? Not { get; set; }

    public SchemaNode? If { get; set; }

    public SchemaNode? Then { get; set; }

    public SchemaNode? Else { get; set; }

    public bool HasNumberRules { get; set; }

    public JsonNumber? Minimum { get; set; }

    public JsonNumber? Maximum { get; set; }

    public JsonNumber? ExclusiveMinimum { get; set; }

    public JsonNumber? ExclusiveMaximum { get; set; }

    public JsonNumber? MultipleOf { get; set; }

    public string? MultipleOfText { get; set; }

    public bool HasStringRules { get; set; }

    public long? MinLength { get; set; }

    public long? MaxLength { get; set; }

    public EcmaPattern? Pattern { get; set; }

    public bool HasArrayRules { get; set; }

    public SchemaNode[]? PrefixItems { get; set; }

    public SchemaNode? Items { get; set; }

    public SchemaNode? Contains { get; set; }

    public long? MinContains { get; set; }

    public long? MaxContains { get; set; }

    public long? MinItems { get; set; }

    public long? MaxItems { get; set; }

    public bool UniqueItems { get; set; }

    public SchemaNode? UnevaluatedItems { get; set; }

    public bool HasObjectRules { get; set; }

    public Dictionary<string, SchemaNode>? Properties { get; set; }

    public PatternProperty[]? PatternProperties { get; set; }

    public SchemaNode? AdditionalProperties { get; set; }

    public SchemaNode? PropertyNames { get; set; }

    public string[]? Required { get; set; }

    public long? MinProperties { get; set; }

    public long? MaxProperties { get; set; }

    public Dictionary<string, string[]>? DependentRequired { get; set; }

    public Dictionary<string, SchemaNode>? DependentSchemas { get; set; }

    public SchemaNode? UnevaluatedProperties { get; set; }

    public bool HasUnevaluated => UnevaluatedItems is not null || UnevaluatedProperties is not null;
}
