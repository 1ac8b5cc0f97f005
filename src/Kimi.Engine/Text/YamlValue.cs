namespace Kimi.Engine.Text;

/// <summary>One YAML node: a scalar, a sequence or a mapping with text keys. Reading one never touches the YAML library's types.</summary>
internal sealed class YamlValue
{
    private YamlValue(string? text, bool isPlain, List<YamlValue>? items, Dictionary<string, YamlValue>? members)
    {
        Text = text;
        IsPlain = isPlain;
        Items = items;
        Members = members;
    }

    /// <summary>A scalar's text, else null.</summary>
    public string? Text { get; }

    /// <summary>Written without quotes, block marker or tag.</summary>
    public bool IsPlain { get; }

    /// <summary>The entries of a sequence, else null.</summary>
    public List<YamlValue>? Items { get; }

    /// <summary>The members of a mapping in file order, else null.</summary>
    public Dictionary<string, YamlValue>? Members { get; }

    /// <summary>YAML's null: nothing, <c>~</c> or <c>null</c>.</summary>
    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";

    public static YamlValue Scalar(string text, bool isPlain) => new(text, isPlain, null, null);

    public static YamlValue Sequence() => new(null, false, [], null);

    public static YamlValue Mapping() => new(null, false, null, new Dictionary<string, YamlValue>(StringComparer.Ordinal));

    /// <summary>A member of a mapping; null when absent or when this is no mapping.</summary>
    public YamlValue? this[string key] => Members is not null && Members.TryGetValue(key, out YamlValue? value) ? value : null;
}
