using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Kimi.Engine.Text;

/// <summary>Keys and values in the order they were added.</summary>
/// <remarks>Tables are mostly small: two arrays and a linear search; an index is built when a table grows.</remarks>
internal sealed class TomlTable : TomlValue, IEnumerable<KeyValuePair<string, TomlValue>>
{
    private const int IndexFrom = 16;

    private string[] _keys = [];
    private TomlValue[] _values = [];
    private Dictionary<string, int>? _index;

    /// <summary>An empty table.</summary>
    public TomlTable()
        : base(TomlKind.Table)
    {
    }

    /// <summary>How a table came to be while parsing; it decides what may still be added to it.</summary>
    internal enum Origin
    {
        /// <summary>Named as a parent in a header; may be defined once.</summary>
        Implied,

        /// <summary>Defined by a header, or the root.</summary>
        Header,

        /// <summary>Made by a dotted key.</summary>
        Dotted,

        /// <summary>An inline table: closed.</summary>
        Inline,
    }

    /// <summary>The number of keys.</summary>
    public int Count { get; private set; }

    /// <summary>How the table was made.</summary>
    internal Origin MadeBy { get; set; } = Origin.Header;

    /// <summary>Gets the value of a key; sets it in place, or appends a new key.</summary>
    /// <exception cref="KeyNotFoundException">The key to read does not exist.</exception>
    public TomlValue this[string key]
    {
        get => TryGetValue(key, out TomlValue? value) ? value : throw new KeyNotFoundException($"The table has no key '{key}'.");
        set
        {
            int at = IndexOf(key);
            if (at >= 0)
            {
                _values[at] = value;
            }
            else
            {
                Add(key, value);
            }
        }
    }

    /// <summary>The key at a position.</summary>
    public string KeyAt(int index) => _keys[index];

    /// <summary>The value at a position.</summary>
    public TomlValue ValueAt(int index) => _values[index];

    /// <summary>Whether the key exists.</summary>
    public bool ContainsKey(string key) => IndexOf(key) >= 0;

    /// <summary>Looks a key up.</summary>
    public bool TryGetValue(string key, [NotNullWhen(true)] out TomlValue? value)
    {
        int at = IndexOf(key);
        value = at >= 0 ? _values[at] : null;
        return at >= 0;
    }

    /// <summary>Appends a key that must not exist yet.</summary>
    /// <exception cref="ArgumentException">The key exists.</exception>
    public void Add(string key, TomlValue value)
    {
        if (IndexOf(key) >= 0)
        {
            throw new ArgumentException($"The table has a key '{key}' already.", nameof(key));
        }

        if (Count == _keys.Length)
        {
            int size = Count == 0 ? 4 : Count * 2;
            Array.Resize(ref _keys, size);
            Array.Resize(ref _values, size);
        }

        _keys[Count] = key;
        _values[Count] = value;
        _index?.Add(key, Count);
        Count++;
    }

    /// <summary>Removes a key; false if there is none.</summary>
    public bool Remove(string key)
    {
        int at = IndexOf(key);
        if (at < 0)
        {
            return false;
        }

        Count--;
        Array.Copy(_keys, at + 1, _keys, at, Count - at);
        Array.Copy(_values, at + 1, _values, at, Count - at);
        _index = null;
        return true;
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, TomlValue>> GetEnumerator()
    {
        for (int i = 0; i < Count; i++)
        {
            yield return new(_keys[i], _values[i]);
        }
    }

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int IndexOf(string key)
    {
        if (Count >= IndexFrom)
        {
            _index ??= BuildIndex();
            return _index.TryGetValue(key, out int found) ? found : -1;
        }

        for (int i = 0; i < Count; i++)
        {
            if (_keys[i] == key)
            {
                return i;
            }
        }

        return -1;
    }

    private Dictionary<string, int> BuildIndex()
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < Count; i++)
        {
            index.Add(_keys[i], i);
        }

        return index;
    }
}
