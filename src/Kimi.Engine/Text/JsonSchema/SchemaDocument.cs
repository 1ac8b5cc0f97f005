using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>Where the identified places of a schema document and of the embedded meta-schemas are.</summary>
internal sealed class SchemaDocument
{
    /// <summary>Base of documents that do not name themselves.</summary>
    public const string DefaultBase = "schema://local/";

    private const int MaxPlaces = 200_000;

    // Places are known by their pointer; the pointers of a very deep schema would take quadratic room.
    private const int MaxKey = 16_384;

    private static readonly string[] s_single =
    [
        "additionalItems", "items", "contains", "additionalProperties", "propertyNames", "not", "if", "then", "else",
        "unevaluatedItems", "unevaluatedProperties", "contentSchema",
    ];

    private static readonly string[] s_lists = ["allOf", "anyOf", "oneOf", "prefixItems", "items"];

    private static readonly string[] s_maps =
        ["properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies"];

    private readonly Dictionary<string, SchemaLocation> _identified = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SchemaResource> _resourceRoots = new(StringComparer.Ordinal);
    private readonly HashSet<string> _loaded = new(StringComparer.Ordinal);
    private int _places;

    /// <summary>True when some $dynamicAnchor exists, so that the evaluation must keep the dynamic scope.</summary>
    public bool HasDynamicAnchors { get; private set; }

    public SchemaLocation Load(JsonElement schema, string key, string baseUri, SchemaDialect defaultDialect)
    {
        var resource = new SchemaResource(baseUri, DialectOf(schema, defaultDialect));
        var root = new SchemaLocation(key, schema, resource);
        _identified[baseUri] = root;
        _resourceRoots[key] = resource;
        Scan(schema, key, resource, isRoot: true);
        return new SchemaLocation(key, schema, _resourceRoots[key]);
    }

    /// <summary>Finds what a reference means, seen from a resource; null when it is remote or missing.</summary>
    public SchemaLocation? Find(SchemaResource from, string reference)
    {
        int hash = reference.IndexOf('#', StringComparison.Ordinal);
        string uri = hash < 0 ? reference : reference[..hash];
        string fragment = hash < 0 ? "" : Unescape(reference[(hash + 1)..]);
        string target = uri.Length == 0 ? from.Uri : Combine(from.Uri, uri);
        if (!_identified.TryGetValue(target, out SchemaLocation? place) && !LoadMetaSchema(target, out place))
        {
            return null;
        }

        if (fragment.Length == 0)
        {
            return place;
        }

        return fragment[0] == '/' ? Walk(place!, fragment) : _identified.GetValueOrDefault(target + "#" + fragment);
    }

    /// <summary>The resource a place belongs to: its own, if it is the root of one.</summary>
    public SchemaResource ResourceAt(string key, SchemaResource parent) => _resourceRoots.GetValueOrDefault(key, parent);

    public static SchemaDialect DialectOf(JsonElement schema, SchemaDialect fallback)
    {
        if (schema.ValueKind != JsonValueKind.Object || !TryString(schema, "$schema", out string? name))
        {
            return fallback;
        }

        return name.Contains("draft-07", StringComparison.Ordinal)
            || name.Contains("draft-06", StringComparison.Ordinal)
            || name.Contains("draft-04", StringComparison.Ordinal)
            ? SchemaDialect.Draft7
            : SchemaDialect.Draft202012;
    }

    public static bool TryString(JsonElement schema, string name, out string value)
    {
        if (schema.TryGetProperty(name, out JsonElement found) && found.ValueKind == JsonValueKind.String)
        {
            value = JsonText.Value(found);
            return true;
        }

        value = "";
        return false;
    }

    public static string Token(string key, string token) =>
        key + "/" + token.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    private void Scan(JsonElement schema, string key, SchemaResource resource, bool isRoot = false)
    {
        if (schema.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        SchemaCompiler.GuardStack();
        if (++_places > MaxPlaces || key.Length > MaxKey)
        {
            throw new JsonSchemaException(key.Length > MaxKey ? "the schema is nested too deeply" : "the schema is too large");
        }

        resource = Identify(schema, key, resource, isRoot);
        foreach (string name in s_single)
        {
            if (schema.TryGetProperty(name, out JsonElement one))
            {
                Scan(one, Token(key, name), resource);
            }
        }

        foreach (string name in s_lists)
        {
            if (schema.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array)
            {
                int i = 0;
                foreach (JsonElement item in list.EnumerateArray())
                {
                    Scan(item, Token(key, name) + "/" + i++, resource);
                }
            }
        }

        foreach (string name in s_maps)
        {
            if (schema.TryGetProperty(name, out JsonElement map) && map.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty property in map.EnumerateObject())
                {
                    Scan(property.Value, Token(Token(key, name), JsonText.Name(property)), resource);
                }
            }
        }
    }

    private SchemaResource Identify(JsonElement schema, string key, SchemaResource resource, bool isRoot)
    {
        SchemaDialect dialect = DialectOf(schema, resource.Dialect);
        bool ignored = dialect == SchemaDialect.Draft7 && schema.TryGetProperty("$ref", out _);
        if (!ignored && TryString(schema, "$id", out string id))
        {
            int hash = id.IndexOf('#', StringComparison.Ordinal);
            string uri = hash < 0 ? id : id[..hash];
            if (uri.Length > 0)
            {
                resource = new SchemaResource(Combine(resource.Uri, uri), dialect);
                _identified[resource.Uri] = new SchemaLocation(key, schema, resource);
                _resourceRoots[key] = resource;
            }

            if (hash >= 0 && hash + 1 < id.Length && dialect == SchemaDialect.Draft7)
            {
                _identified[resource.Uri + "#" + Unescape(id[(hash + 1)..])] = new SchemaLocation(key, schema, resource);
            }
        }
        else if (isRoot)
        {
            _resourceRoots[key] = resource;
        }

        if (dialect == SchemaDialect.Draft202012)
        {
            if (TryString(schema, "$anchor", out string anchor))
            {
                _identified[resource.Uri + "#" + anchor] = new SchemaLocation(key, schema, resource);
            }

            if (TryString(schema, "$dynamicAnchor", out string dynamicAnchor))
            {
                var place = new SchemaLocation(key, schema, resource);
                _identified[resource.Uri + "#" + dynamicAnchor] = place;
                (resource.DynamicAnchors ??= new Dictionary<string, SchemaLocation>(StringComparer.Ordinal))[dynamicAnchor] = place;
                HasDynamicAnchors = true;
            }
        }

        return resource;
    }

    private bool LoadMetaSchema(string uri, out SchemaLocation? place)
    {
        place = null;
        if (!_loaded.Add(uri) || !MetaSchemas.TryGet(uri, out JsonElement schema))
        {
            return false;
        }

        place = Load(schema, "meta:" + uri, uri, SchemaDialect.Draft202012);
        return true;
    }

    private SchemaLocation? Walk(SchemaLocation from, string pointer)
    {
        JsonElement here = from.Schema;
        string key = from.Key;
        SchemaResource resource = from.Resource;
        foreach (string raw in pointer[1..].Split('/'))
        {
            string token = raw.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (here.ValueKind == JsonValueKind.Object && here.TryGetProperty(token, out JsonElement member))
            {
                here = member;
            }
            else if (here.ValueKind == JsonValueKind.Array && int.TryParse(token, out int index)
                && index >= 0 && index < here.GetArrayLength())
            {
                here = here[index];
            }
            else
            {
                return null;
            }

            key = Token(key, token);
            resource = _resourceRoots.GetValueOrDefault(key, resource);
        }

        return new SchemaLocation(key, here, resource);
    }

    private static string Combine(string baseUri, string reference)
    {
        // What cannot be combined stays as it is: it may still name an identifier written the same way.
        if (Uri.TryCreate(reference, UriKind.Absolute, out Uri? absolute) && !reference.StartsWith('/'))
        {
            return absolute.AbsoluteUri;
        }

        return Uri.TryCreate(baseUri, UriKind.Absolute, out Uri? from) && Uri.TryCreate(from, reference, out Uri? combined)
            ? combined.AbsoluteUri
            : reference;
    }

    private static string Unescape(string fragment)
    {
        return fragment.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(fragment) : fragment;
    }
}
