namespace Kimi.Engine.Text;

/// <summary>Which members of one object or array some schema has already looked at; kept only where unevaluated* asks.</summary>
internal sealed class EvaluatedSet
{
    private HashSet<string>? _properties;
    private HashSet<int>? _items;
    private int _leadingItems;
    private bool _allProperties;
    private bool _allItems;

    public void AddProperty(string name) => (_properties ??= new HashSet<string>(StringComparer.Ordinal)).Add(name);

    public void AddItem(int index) => (_items ??= []).Add(index);

    public void AddLeadingItems(int count) => _leadingItems = Math.Max(_leadingItems, count);

    public void AddAllProperties() => _allProperties = true;

    public void AddAllItems() => _allItems = true;

    public bool HasProperty(string name) => _allProperties || (_properties is not null && _properties.Contains(name));

    public bool HasItem(int index) => _allItems || index < _leadingItems || (_items is not null && _items.Contains(index));

    public void Merge(EvaluatedSet other)
    {
        _allProperties |= other._allProperties;
        _allItems |= other._allItems;
        _leadingItems = Math.Max(_leadingItems, other._leadingItems);
        if (other._properties is not null)
        {
            (_properties ??= new HashSet<string>(StringComparer.Ordinal)).UnionWith(other._properties);
        }

        if (other._items is not null)
        {
            (_items ??= []).UnionWith(other._items);
        }
    }
}
