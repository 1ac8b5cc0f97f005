using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>A schema ready for use.</summary>
/// <param name="Root">Its first node.</param>
/// <param name="IsDynamic">Whether the evaluation must keep the dynamic scope.</param>
/// <param name="DynamicTargets">Compiled places of dynamic anchors, by place.</param>
/// <param name="Unresolved">References without a target.</param>
internal sealed record CompiledSchema(
    SchemaNode Root, bool IsDynamic, IReadOnlyDictionary<string, SchemaNode> DynamicTargets, IReadOnlyList<string> Unresolved);

/// <summary>
/// Turns schema text into nodes. Keywords of a wrong shape are passed over here: saying so is the work of the meta-schema.
/// </summary>
internal sealed class SchemaCompiler
{
    private readonly SchemaDocument _document = new();
    private readonly Dictionary<string, SchemaNode> _nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EcmaPattern> _patterns = new(StringComparer.Ordinal);
    private readonly Queue<SchemaLocation> _waiting = new();
    private readonly List<string> _unresolved = [];
    private readonly HashSet<SchemaResource> _dynamicResources = [];

    public static CompiledSchema Compile(JsonElement schema)
    {
        if (schema.ValueKind is not (JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False))
        {
            throw new JsonSchemaException("a schema must be an object or a boolean");
        }

        var compiler = new SchemaCompiler();
        SchemaLocation root = compiler._document.Load(schema, "", SchemaDocument.DefaultBase, SchemaDialect.Draft202012);
        SchemaNode node = compiler.Node(root);
        compiler.Drain();
        return new CompiledSchema(node, compiler._document.HasDynamicAnchors, compiler._nodes, compiler._unresolved);
    }

    public static void GuardStack()
    {
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw new JsonSchemaException("the schema is nested too deeply");
        }
    }

    /// <summary>The node of a place; its keywords are read later, so that neither cycles nor depth matter.</summary>
    private SchemaNode Node(SchemaLocation place)
    {
        if (!_nodes.TryGetValue(place.Key, out SchemaNode? node))
        {
            node = new SchemaNode(place.Resource);
            _nodes.Add(place.Key, node);
            _waiting.Enqueue(place);
            AddDynamicTargets(place.Resource);
        }

        return node;
    }

    private void Drain()
    {
        while (_waiting.TryDequeue(out SchemaLocation? place))
        {
            Fill(_nodes[place.Key], place);
        }
    }

    private void AddDynamicTargets(SchemaResource resource)
    {
        if (resource.DynamicAnchors is not null && _dynamicResources.Add(resource))
        {
            foreach (SchemaLocation anchor in resource.DynamicAnchors.Values)
            {
                Node(anchor);
            }
        }
    }

    private void Fill(SchemaNode node, SchemaLocation place)
    {
        JsonElement schema = place.Schema;
        if (schema.ValueKind != JsonValueKind.Object)
        {
            node.Always = schema.ValueKind != JsonValueKind.False;
            return;
        }

        bool isDraft7 = place.Resource.Dialect == SchemaDialect.Draft7;
        if (SchemaDocument.TryString(schema, "$ref", out string reference))
        {
            node.Ref = Reference(place, reference);
            if (isDraft7)
            {
                return;
            }
        }
        else if (SchemaDocument.TryString(schema, "$recursiveRef", out reference))
        {
            node.Ref = Reference(place, reference);
        }

        if (!isDraft7 && SchemaDocument.TryString(schema, "$dynamicRef", out string dynamicReference))
        {
            SetDynamic(node, place, dynamicReference);
        }

        if (SchemaDocument.TryString(schema, "title", out string title))
        {
            node.Title = title;
        }

        FillAny(node, place);
        FillNumber(node, schema);
        FillString(node, schema);
        FillArray(node, place, isDraft7);
        FillObject(node, place, isDraft7);
    }

    private SchemaNode? Reference(SchemaLocation from, string reference)
    {
        SchemaLocation? target = _document.Find(from.Resource, reference);
        if (target is null)
        {
            _unresolved.Add(reference);
            return null;
        }

        return Node(target);
    }

    private void SetDynamic(SchemaNode node, SchemaLocation place, string reference)
    {
        SchemaLocation? target = _document.Find(place.Resource, reference);
        if (target is null)
        {
            _unresolved.Add(reference);
            return;
        }

        node.DynamicRef = Node(target);
        int hash = reference.IndexOf('#', StringComparison.Ordinal);
        string anchor = hash < 0 ? "" : reference[(hash + 1)..];
        if (anchor.Length > 0 && anchor[0] != '/'
            && target.Resource.DynamicAnchors?.GetValueOrDefault(anchor)?.Key == target.Key)
        {
            node.DynamicAnchor = anchor;
        }
    }

    private void FillAny(SchemaNode node, SchemaLocation place)
    {
        JsonElement schema = place.Schema;
        if (schema.TryGetProperty("type", out JsonElement type))
        {
            node.Types = Types(type);
        }

        if (schema.TryGetProperty("enum", out JsonElement values) && values.ValueKind == JsonValueKind.Array)
        {
            node.Enum = [.. values.EnumerateArray()];
            node.EnumSet = node.Enum.Length > 12 ? new HashSet<JsonElement>(node.Enum, JsonValueComparer.Instance) : null;
        }

        if (schema.TryGetProperty("const", out JsonElement constant))
        {
            node.Const = constant;
        }

        node.AllOf = List(place, "allOf");
        node.AnyOf = List(place, "anyOf");
        node.OneOf = List(place, "oneOf");
        node.Not = Child(place, "not");
        node.If = Child(place, "if");
        if (node.If is not null)
        {
            node.Then = Child(place, "then");
            node.Else = Child(place, "else");
        }
    }

    private static void FillNumber(SchemaNode node, JsonElement schema)
    {
        node.Minimum = Number(schema, "minimum");
        node.Maximum = Number(schema, "maximum");
        node.ExclusiveMinimum = Number(schema, "exclusiveMinimum");
        node.ExclusiveMaximum = Number(schema, "exclusiveMaximum");
        node.MultipleOf = Number(schema, "multipleOf");
        if (node.MultipleOf is not null)
        {
            node.MultipleOfText = schema.GetProperty("multipleOf").GetRawText();
        }

        // Draft 4 wrote these as flags.
        if (IsTrue(schema, "exclusiveMinimum"))
        {
            (node.ExclusiveMinimum, node.Minimum) = (node.Minimum, null);
        }

        if (IsTrue(schema, "exclusiveMaximum"))
        {
            (node.ExclusiveMaximum, node.Maximum) = (node.Maximum, null);
        }

        node.HasNumberRules = (node.Minimum ?? node.Maximum ?? node.ExclusiveMinimum ?? node.ExclusiveMaximum ?? node.MultipleOf) is not null;
    }

    private void FillString(SchemaNode node, JsonElement schema)
    {
        node.MinLength = Count(schema, "minLength");
        node.MaxLength = Count(schema, "maxLength");
        if (SchemaDocument.TryString(schema, "pattern", out string pattern))
        {
            node.Pattern = Pattern(pattern);
        }

        node.HasStringRules = (node.MinLength ?? node.MaxLength) is not null || node.Pattern is not null;
    }

    private void FillArray(SchemaNode node, SchemaLocation place, bool isDraft7)
    {
        JsonElement schema = place.Schema;
        node.PrefixItems = isDraft7 ? null : List(place, "prefixItems");
        if (schema.TryGetProperty("items", out JsonElement items))
        {
            if (items.ValueKind != JsonValueKind.Array)
            {
                node.Items = Child(place, "items");
            }
            else if (node.PrefixItems is null)
            {
                // The older form of tuples; many servers write it without naming their draft.
                node.PrefixItems = List(place, "items");
                node.Items = Child(place, "additionalItems");
            }
        }

        node.Contains = Child(place, "contains");
        if (!isDraft7)
        {
            node.MinContains = Count(schema, "minContains");
            node.MaxContains = Count(schema, "maxContains");
            node.UnevaluatedItems = Child(place, "unevaluatedItems");
        }

        node.MinItems = Count(schema, "minItems");
        node.MaxItems = Count(schema, "maxItems");
        node.UniqueItems = IsTrue(schema, "uniqueItems");
        node.HasArrayRules = node.PrefixItems is not null || node.UniqueItems || (node.MinItems ?? node.MaxItems) is not null
            || (node.Items ?? node.Contains ?? node.UnevaluatedItems) is not null;
    }

    private void FillObject(SchemaNode node, SchemaLocation place, bool isDraft7)
    {
        JsonElement schema = place.Schema;
        node.Properties = Map(place, "properties");
        if (Map(place, "patternProperties") is { } patterns)
        {
            node.PatternProperties = [.. patterns.Select(p => new PatternProperty(Pattern(p.Key), p.Value))];
        }

        node.AdditionalProperties = Child(place, "additionalProperties");
        node.PropertyNames = Child(place, "propertyNames");
        node.Required = schema.TryGetProperty("required", out JsonElement required) ? Strings(required) : null;
        node.MinProperties = Count(schema, "minProperties");
        node.MaxProperties = Count(schema, "maxProperties");
        if (!isDraft7)
        {
            node.DependentSchemas = Map(place, "dependentSchemas");
            AddDependentRequired(node, schema, "dependentRequired");
            node.UnevaluatedProperties = Child(place, "unevaluatedProperties");
        }

        AddDependencies(node, place);
        node.HasObjectRules = node.Properties is not null || node.PatternProperties is not null || node.Required is not null
            || node.DependentRequired is not null || node.DependentSchemas is not null
            || (node.MinProperties ?? node.MaxProperties) is not null
            || (node.AdditionalProperties ?? node.PropertyNames ?? node.UnevaluatedProperties) is not null;
    }

    /// <summary>Both kinds in one keyword; of draft 7, still read in 2020-12 as its meta-schema allows.</summary>
    private void AddDependencies(SchemaNode node, SchemaLocation place)
    {
        if (!place.Schema.TryGetProperty("dependencies", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        AddDependentRequired(node, place.Schema, "dependencies");
        foreach (JsonProperty property in map.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.Array)
            {
                string name = JsonText.Name(property);
                string key = SchemaDocument.Token(place.Key + "/dependencies", name);
                (node.DependentSchemas ??= new Dictionary<string, SchemaNode>(StringComparer.Ordinal))[name] = At(place, key, property.Value);
            }
        }
    }

    private static void AddDependentRequired(SchemaNode node, JsonElement schema, string keyword)
    {
        if (!schema.TryGetProperty(keyword, out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (JsonProperty property in map.EnumerateObject())
        {
            if (Strings(property.Value) is { } names)
            {
                (node.DependentRequired ??= new Dictionary<string, string[]>(StringComparer.Ordinal))[JsonText.Name(property)] = names;
            }
        }
    }

    private SchemaNode? Child(SchemaLocation place, string keyword)
    {
        return place.Schema.TryGetProperty(keyword, out JsonElement schema) && IsSchema(schema)
            ? At(place, SchemaDocument.Token(place.Key, keyword), schema)
            : null;
    }

    private SchemaNode[]? List(SchemaLocation place, string keyword)
    {
        if (!place.Schema.TryGetProperty(keyword, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
        {
            return null;
        }

        string key = SchemaDocument.Token(place.Key, keyword);
        var nodes = new SchemaNode[list.GetArrayLength()];
        int i = 0;
        foreach (JsonElement schema in list.EnumerateArray())
        {
            nodes[i] = At(place, key + "/" + i, schema);
            i++;
        }

        return nodes.Length == 0 ? null : nodes;
    }

    private Dictionary<string, SchemaNode>? Map(SchemaLocation place, string keyword)
    {
        if (!place.Schema.TryGetProperty(keyword, out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        string key = SchemaDocument.Token(place.Key, keyword);
        var nodes = new Dictionary<string, SchemaNode>(StringComparer.Ordinal);
        foreach (JsonProperty property in map.EnumerateObject())
        {
            string name = JsonText.Name(property);
            nodes[name] = At(place, SchemaDocument.Token(key, name), property.Value);
        }

        return nodes;
    }

    private SchemaNode At(SchemaLocation parent, string key, JsonElement schema) =>
        Node(new SchemaLocation(key, schema, _document.ResourceAt(key, parent.Resource)));

    private EcmaPattern Pattern(string text)
    {
        if (!_patterns.TryGetValue(text, out EcmaPattern? pattern))
        {
            pattern = new EcmaPattern(text);
            _patterns.Add(text, pattern);
        }

        return pattern;
    }

    private static bool IsSchema(JsonElement schema) =>
        schema.ValueKind is JsonValueKind.Object or JsonValueKind.True or JsonValueKind.False;

    private static bool IsTrue(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out JsonElement flag) && flag.ValueKind == JsonValueKind.True;

    private static JsonNumber? Number(JsonElement schema, string keyword) =>
        schema.TryGetProperty(keyword, out JsonElement number) && number.ValueKind == JsonValueKind.Number ? JsonNumber.Of(number) : null;

    private static long? Count(JsonElement schema, string keyword) => Number(schema, keyword)?.ToCount();

    private static string[]? Strings(JsonElement list)
    {
        return list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(JsonText.Value)]
            : null;
    }

    private static SchemaTypes Types(JsonElement type)
    {
        if (type.ValueKind == JsonValueKind.String)
        {
            return Type(JsonText.Value(type));
        }

        SchemaTypes types = SchemaTypes.None;
        if (type.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement one in type.EnumerateArray())
            {
                types |= one.ValueKind == JsonValueKind.String ? Type(JsonText.Value(one)) : SchemaTypes.None;
            }
        }

        return types;
    }

    private static SchemaTypes Type(string name) => name switch
    {
        "null" => SchemaTypes.Null,
        "boolean" => SchemaTypes.Boolean,
        "object" => SchemaTypes.Object,
        "array" => SchemaTypes.Array,
        "number" => SchemaTypes.Number,
        "string" => SchemaTypes.String,
        "integer" => SchemaTypes.Integer,
        _ => SchemaTypes.None,
    };
}
