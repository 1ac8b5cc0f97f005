using System.Collections.Concurrent;

namespace Kimi.PowerShell.Hosting;

/// <summary>The names of models seen in configurations so far, for completion.</summary>
internal static class KnownModels
{
    private static readonly ConcurrentDictionary<string, byte> s_names = new(StringComparer.Ordinal) { ["demo"] = 0 };

    public static IReadOnlyList<string> All => [.. s_names.Keys.Order(StringComparer.OrdinalIgnoreCase)];

    public static void Add(IEnumerable<string> names)
    {
        foreach (string name in names) { s_names.TryAdd(name, 0); }
    }
}
