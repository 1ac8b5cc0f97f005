using System.Collections;

namespace Kimi.Engine.Text;

/// <summary>An ordered list of TOML values, of mixed types if need be.</summary>
internal sealed class TomlArray : TomlValue, IEnumerable<TomlValue>
{
    private readonly List<TomlValue> _items = [];

    /// <summary>An empty array.</summary>
    public TomlArray()
        : base(TomlKind.Array)
    {
    }

    /// <summary>The number of elements.</summary>
    public int Count => _items.Count;

    /// <summary>Set by the parser for arrays made by <c>[[x]]</c>, the only ones that may grow later in the document.</summary>
    internal bool GrowsByHeader { get; init; }

    /// <summary>The element at a position.</summary>
    public TomlValue this[int index] => _items[index];

    /// <summary>Appends an element.</summary>
    public void Add(TomlValue value) => _items.Add(value);

    /// <inheritdoc/>
    public IEnumerator<TomlValue> GetEnumerator() => _items.GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
