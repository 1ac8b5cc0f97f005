using System.Globalization;

namespace Kimi.Engine.Configuration;

/// <summary>
/// Reads the settings of one table, with the leniency of the reference: whole numbers also as text or with a zero fraction,
/// truth values also as numbers and words. What does not fit is noted with its path; no value is ever part of a note.
/// </summary>
internal sealed class ConfigSection
{
    private readonly Dictionary<string, ConfigNode>? _members;
    private readonly string _path;
    private readonly List<string> _errors;

    private ConfigSection(Dictionary<string, ConfigNode>? members, string path, List<string> errors)
    {
        _members = members;
        _path = path;
        _errors = errors;
    }

    /// <summary>The names in this table, in order.</summary>
    public IEnumerable<string> Names => _members is null ? [] : _members.Keys;

    /// <summary>The whole document.</summary>
    public static ConfigSection Root(ConfigNode node, List<string> errors)
    {
        if (node.Kind == ConfigNodeKind.Table)
        {
            return new ConfigSection(node.Members, "", errors);
        }

        errors.Add("the configuration must be a table");
        return new ConfigSection(null, "", errors);
    }

    /// <summary>Whether the setting is there and not null.</summary>
    public bool Has(string name) => _members is not null && _members.TryGetValue(name, out ConfigNode? node) && node.Kind != ConfigNodeKind.Null;

    /// <summary>A table below this one; an empty one when it is absent.</summary>
    public ConfigSection Table(string name)
    {
        ConfigNode? node = Find(name);
        return node is null
            ? new ConfigSection(null, PathOf(name), _errors)
            : AsTable(node, PathOf(name));
    }

    /// <summary>The tables of an array.</summary>
    public List<ConfigSection> Tables(string name)
    {
        var tables = new List<ConfigSection>();
        IReadOnlyList<ConfigNode> items = List(name);
        for (int i = 0; i < items.Count; i++)
        {
            tables.Add(AsTable(items[i], $"{PathOf(name)}.{i.ToString(CultureInfo.InvariantCulture)}"));
        }

        return tables;
    }

    /// <summary>An array of strings.</summary>
    public List<string> Texts(string name)
    {
        var texts = new List<string>();
        IReadOnlyList<ConfigNode> items = List(name);
        for (int i = 0; i < items.Count; i++)
        {
            if (items[i].Kind == ConfigNodeKind.Text)
            {
                texts.Add(items[i].Text);
            }
            else
            {
                _errors.Add($"{PathOf(name)}.{i.ToString(CultureInfo.InvariantCulture)}: must be a string");
            }
        }

        return texts;
    }

    /// <summary>A table of strings; null when it is absent.</summary>
    public Dictionary<string, string>? TextTable(string name)
    {
        if (!Has(name))
        {
            return null;
        }

        ConfigSection table = Table(name);
        var texts = new Dictionary<string, string>();
        foreach (string key in table.Names)
        {
            texts.Add(key, table.Text(key, ""));
        }

        return texts;
    }

    /// <summary>A string, or its default.</summary>
    public string Text(string name, string otherwise)
    {
        ConfigNode? node = Find(name);
        if (node is null)
        {
            return otherwise;
        }

        if (node.Kind != ConfigNodeKind.Text)
        {
            Note(name, "must be a string");
        }

        return node.Text;
    }

    /// <summary>A string that may be absent or null.</summary>
    public string? TextOrNull(string name) => Has(name) ? Text(name, "") : null;

    /// <summary>A string that must be there.</summary>
    public string RequiredText(string name) => Require(name) ? Text(name, "") : "";

    /// <summary>One of some names, as its position; <paramref name="otherwise"/> when absent.</summary>
    public int Choice(string name, IReadOnlyList<string> names, int otherwise)
    {
        ConfigNode? node = Find(name);
        if (node is null)
        {
            return otherwise;
        }

        for (int i = 0; i < names.Count; i++)
        {
            if (node.Kind == ConfigNodeKind.Text && names[i] == node.Text)
            {
                return i;
            }
        }

        Note(name, "must be one of " + string.Join(", ", names));
        return Math.Max(otherwise, 0);
    }

    /// <summary>One of some names that must be there, as its position.</summary>
    public int RequiredChoice(string name, IReadOnlyList<string> names) => Require(name) ? Choice(name, names, 0) : 0;

    /// <summary>A truth value, or its default.</summary>
    public bool Bool(string name, bool otherwise)
    {
        ConfigNode? node = Find(name);
        if (node is null)
        {
            return otherwise;
        }

        bool? value = node.Kind switch
        {
            ConfigNodeKind.Boolean => node.Boolean,
            ConfigNodeKind.Integer => node.Integer switch { 0 => false, 1 => true, _ => null },
            ConfigNodeKind.Float => node.Float switch { 0 => false, 1 => true, _ => null },
            ConfigNodeKind.Text => Word(node.Text),
            _ => null,
        };
        if (value is null)
        {
            Note(name, "must be true or false");
        }

        return value ?? otherwise;
    }

    /// <summary>A whole number within bounds, or its default.</summary>
    public int Int(string name, int otherwise, int min = int.MinValue, int max = int.MaxValue)
    {
        ConfigNode? node = Find(name);
        if (node is null)
        {
            return otherwise;
        }

        if (!TryInteger(node, out int value))
        {
            Note(name, "must be an integer");
            return otherwise;
        }

        Check(name, value, min, max, max != int.MaxValue);
        return value;
    }

    /// <summary>A whole number that must be there.</summary>
    public int RequiredInt(string name) => Require(name) ? Int(name, 0) : 0;

    /// <summary>A number within bounds, or its default.</summary>
    public double Number(string name, double otherwise, double min, double max)
    {
        ConfigNode? node = Find(name);
        if (node is null)
        {
            return otherwise;
        }

        double value = node.Kind switch
        {
            ConfigNodeKind.Integer => node.Integer,
            ConfigNodeKind.Float => node.Float,
            ConfigNodeKind.Text => ConfigNumbers.TryParseNumber(node.Text, out double parsed) ? parsed : double.NaN,
            _ => double.NaN,
        };
        if (!double.IsFinite(value))
        {
            Note(name, "must be a number");
            return otherwise;
        }

        Check(name, value, min, max, double.IsFinite(max));
        return value;
    }

    /// <summary>A number that may be absent or null.</summary>
    public double? NumberOrNull(string name, double min) => Has(name) ? Number(name, 0, min, double.PositiveInfinity) : null;

    /// <summary>Notes what is wrong with a setting.</summary>
    public void Note(string name, string problem) => _errors.Add($"{PathOf(name)}: {problem}");

    private static bool? Word(string text) => text.ToLowerInvariant() switch
    {
        "true" or "t" or "yes" or "y" or "on" or "1" => true,
        "false" or "f" or "no" or "n" or "off" or "0" => false,
        _ => null,
    };

    private static bool TryInteger(ConfigNode node, out int value)
    {
        value = 0;
        switch (node.Kind)
        {
            case ConfigNodeKind.Integer:
                value = ConfigNumbers.Saturate(node.Integer);
                return true;
            case ConfigNodeKind.Float when Math.Floor(node.Float) == node.Float && double.IsFinite(node.Float):
                value = (int)Math.Clamp(node.Float, int.MinValue, int.MaxValue);
                return true;
            case ConfigNodeKind.Text:
                string text = node.Text.Trim();
                int point = text.IndexOf('.');
                bool zeros = point > 0 && point < text.Length - 1 && text.AsSpan(point + 1).TrimEnd('0').IsEmpty;
                return ConfigNumbers.TryParseInteger(zeros ? text[..point] : text, out value);
            default:
                return false;
        }
    }

    private ConfigNode? Find(string name) => _members is not null && _members.TryGetValue(name, out ConfigNode? node) ? node : null;

    private bool Require(string name)
    {
        if (Find(name) is null)
        {
            Note(name, "is required");
            return false;
        }

        return true;
    }

    private ConfigSection AsTable(ConfigNode node, string path)
    {
        if (node.Kind == ConfigNodeKind.Table)
        {
            return new ConfigSection(node.Members, path, _errors);
        }

        _errors.Add($"{path}: must be a table");
        return new ConfigSection(null, path, []);
    }

    private IReadOnlyList<ConfigNode> List(string name)
    {
        ConfigNode? node = Find(name);
        if (node is { Kind: not ConfigNodeKind.List })
        {
            Note(name, "must be an array");
        }

        return node?.Items ?? [];
    }

    private void Check(string name, double value, double min, double max, bool bothEnds)
    {
        if (value < min || value > max)
        {
            CultureInfo culture = CultureInfo.InvariantCulture;
            Note(name, bothEnds
                ? string.Create(culture, $"must be between {min} and {max}")
                : string.Create(culture, $"must be at least {min}"));
        }
    }

    private string PathOf(string name) => _path.Length == 0 ? name : $"{_path}.{name}";
}
