using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Configuration;

/// <summary>The type of a <see cref="ConfigNode"/>.</summary>
internal enum ConfigNodeKind
{
    /// <summary>JSON's null.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A number with a fraction or an exponent, or too large for an integer.</summary>
    Float,

    /// <summary>Text.</summary>
    Text,

    /// <summary>A TOML date or time, which no setting takes.</summary>
    Date,

    /// <summary>A list.</summary>
    List,

    /// <summary>Names and values.</summary>
    Table,
}

/// <summary>A value of a configuration, whichever format it came from.</summary>
internal sealed class ConfigNode
{
    private ConfigNode(ConfigNodeKind kind) => Kind = kind;

    public ConfigNodeKind Kind { get; }

    public bool Boolean { get; private init; }

    public long Integer { get; private init; }

    public double Float { get; private init; }

    public string Text { get; private init; } = "";

    public IReadOnlyList<ConfigNode> Items { get; private init; } = [];

    /// <summary>The members of a table, in order.</summary>
    public Dictionary<string, ConfigNode> Members { get; private init; } = s_none;

    private static readonly Dictionary<string, ConfigNode> s_none = [];

    public static ConfigNode FromToml(TomlValue value)
    {
        switch (value)
        {
            case TomlTable table:
                var members = new Dictionary<string, ConfigNode>(table.Count);
                for (int i = 0; i < table.Count; i++)
                {
                    members.Add(table.KeyAt(i), FromToml(table.ValueAt(i)));
                }

                return new ConfigNode(ConfigNodeKind.Table) { Members = members };
            case TomlArray array:
                var items = new List<ConfigNode>(array.Count);
                foreach (TomlValue item in array)
                {
                    items.Add(FromToml(item));
                }

                return new ConfigNode(ConfigNodeKind.List) { Items = items };
            default:
                var scalar = (TomlScalar)value;
                return scalar.Kind switch
                {
                    TomlKind.String => new ConfigNode(ConfigNodeKind.Text) { Text = scalar.Text },
                    TomlKind.Integer => new ConfigNode(ConfigNodeKind.Integer) { Integer = scalar.Integer },
                    TomlKind.Float => new ConfigNode(ConfigNodeKind.Float) { Float = scalar.Float },
                    TomlKind.Boolean => new ConfigNode(ConfigNodeKind.Boolean) { Boolean = scalar.Boolean },
                    _ => new ConfigNode(ConfigNodeKind.Date),
                };
        }
    }

    public static ConfigNode FromJson(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new Dictionary<string, ConfigNode>();
                foreach (JsonProperty member in value.EnumerateObject())
                {
                    members[member.Name] = FromJson(member.Value);
                }

                return new ConfigNode(ConfigNodeKind.Table) { Members = members };
            case JsonValueKind.Array:
                var items = new List<ConfigNode>();
                foreach (JsonElement item in value.EnumerateArray())
                {
                    items.Add(FromJson(item));
                }

                return new ConfigNode(ConfigNodeKind.List) { Items = items };
            case JsonValueKind.String:
                return new ConfigNode(ConfigNodeKind.Text) { Text = value.ReadString() };
            case JsonValueKind.Number:
                return value.TryGetInt64(out long whole)
                    ? new ConfigNode(ConfigNodeKind.Integer) { Integer = whole }
                    : new ConfigNode(ConfigNodeKind.Float) { Float = value.GetDouble() };
            case JsonValueKind.True or JsonValueKind.False:
                return new ConfigNode(ConfigNodeKind.Boolean) { Boolean = value.ValueKind == JsonValueKind.True };
            default:
                return new ConfigNode(ConfigNodeKind.Null);
        }
    }
}
