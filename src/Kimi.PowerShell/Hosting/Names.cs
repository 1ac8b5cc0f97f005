using System.Management.Automation;

namespace Kimi.PowerShell.Hosting;

/// <summary>Chooses items by names and patterns.</summary>
internal static class Names
{
    /// <summary>The items that bear one of the names, each once, in their own order.</summary>
    /// <param name="items">The items.</param>
    /// <param name="nameOf">The name of an item.</param>
    /// <param name="names">Names and patterns; null for all.</param>
    /// <param name="missing">Called with a name, not a pattern, that no item bears.</param>
    public static IEnumerable<T> Choose<T>(IReadOnlyList<T> items, Func<T, string> nameOf, string[]? names, Action<string> missing)
        where T : class
    {
        if (names is null) { return items; }
        HashSet<T> chosen = [];
        foreach (string name in names)
        {
            WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            T[] found = [.. items.Where(i => nameOf(i) == name || pattern.IsMatch(nameOf(i)))];
            chosen.UnionWith(found);
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name)) { missing(name); }
        }

        return items.Where(chosen.Contains);
    }
}
