namespace Kimi.Engine.Mcp;

/// <summary>Words that mean about the same in names of tools.</summary>
internal static class McpSynonyms
{
    /// <summary>How much a match by a synonym counts.</summary>
    public const double Weight = 0.6;

    private static readonly Lazy<Dictionary<string, string[]>> s_groups = new(() => Index(
    [
        ["create", "make", "add", "new"],
        ["delete", "remove", "rm", "del", "destroy"],
        ["list", "enumerate", "ls", "show", "all"],
        ["get", "read", "fetch", "retrieve", "view"],
        ["update", "edit", "modify", "change", "set"],
        ["find", "search", "query", "lookup"],
        ["run", "execute", "exec", "call", "invoke"],
        ["directory", "folder", "dir"],
        ["send", "post", "submit"],
        ["copy", "duplicate", "clone"],
        ["move", "rename", "mv"],
    ]));

    /// <summary>The group of a stemmed term, itself included; empty when it has none.</summary>
    public static string[] Of(string term) => s_groups.Value.GetValueOrDefault(term, []);

    private static Dictionary<string, string[]> Index(string[][] groups)
    {
        var index = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (string[] group in groups)
        {
            string[] stems = [.. group.Select(word => McpTokens.Stem(word.ToCharArray()).ToString())];
            foreach (string stem in stems)
            {
                index[stem] = stems;
            }
        }

        return index;
    }
}
