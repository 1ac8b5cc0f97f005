namespace Kimi.Engine.Mcp;

/// <summary>What a name given by the model means.</summary>
/// <param name="Tool">The tool, if it is clear which.</param>
/// <param name="Candidates">The tools it could mean, when there are several.</param>
/// <param name="Suggestions">Names close to it, when there is none.</param>
internal sealed record McpNameResolution(McpTool? Tool, IReadOnlyList<McpTool> Candidates, IReadOnlyList<McpTool> Suggestions);

/// <summary>Finds the tool of a name: exact, without its prefix, bare; then without regard to case. Never guesses.</summary>
internal static class McpNames
{
    private const int MaxSuggestions = 3;

    public static McpNameResolution Resolve(McpCatalog catalog, string name, bool withSuggestions = true)
    {
        name = name.Trim();
        if (catalog.Find(name) is { } exact)
        {
            return new McpNameResolution(exact, [], []);
        }

        List<McpTool> prefixed = [.. catalog.Tools.Where(tool => IsPrefixed(tool, name, StringComparison.Ordinal))];
        if (prefixed.Count > 0)
        {
            return Of(prefixed);
        }

        IReadOnlyList<McpTool> bare = catalog.FindByName(name);
        if (bare.Count > 0)
        {
            return Of(bare);
        }

        List<McpTool> loose =
        [
            .. catalog.Tools.Where(tool => tool.FullName.Equals(name, StringComparison.OrdinalIgnoreCase)
                || tool.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || IsPrefixed(tool, name, StringComparison.OrdinalIgnoreCase)),
        ];
        if (loose.Count > 0)
        {
            return Of(loose);
        }

        if (!withSuggestions)
        {
            return new McpNameResolution(null, [], []);
        }

        List<McpTool> nearest = Nearest(catalog, name, Math.Max(2, name.Length / 3));
        foreach (McpTool tool in catalog.Index.Search(name, MaxSuggestions).Tools)
        {
            if (nearest.Count < MaxSuggestions && !nearest.Contains(tool))
            {
                nearest.Add(tool);
            }
        }

        return new McpNameResolution(null, [], nearest);
    }

    /// <summary>Up to three tools whose full or bare name differs least.</summary>
    public static List<McpTool> Nearest(McpCatalog catalog, string name, int limit)
    {
        var near = new List<(int Distance, McpTool Tool)>();
        string qualified = "mcp__" + name.Replace("/", "__", StringComparison.Ordinal).Replace(".", "__", StringComparison.Ordinal);
        foreach (McpTool tool in catalog.Tools)
        {
            int distance = Math.Min(
                Math.Min(EditDistance.Between(name, tool.Name, limit), EditDistance.Between(name, tool.FullName, limit)),
                EditDistance.Between(qualified, tool.FullName, limit));
            if (distance <= limit)
            {
                near.Add((distance, tool));
            }
        }

        near.Sort(static (x, y) => x.Distance != y.Distance ? x.Distance.CompareTo(y.Distance) : string.CompareOrdinal(x.Tool.FullName, y.Tool.FullName));
        return [.. near.Take(MaxSuggestions).Select(n => n.Tool)];
    }

    private static McpNameResolution Of(IReadOnlyList<McpTool> tools) =>
        tools.Count == 1 ? new McpNameResolution(tools[0], [], []) : new McpNameResolution(null, tools, []);

    /// <summary>Whether the name is <c>server__tool</c>, <c>server.tool</c> or <c>server/tool</c>.</summary>
    private static bool IsPrefixed(McpTool tool, string name, StringComparison comparison)
    {
        int rest = name.Length - tool.Server.Length;
        return (rest == tool.Name.Length + 2 || rest == tool.Name.Length + 1)
            && name.StartsWith(tool.Server, comparison) && name.EndsWith(tool.Name, comparison)
            && name[tool.Server.Length..^tool.Name.Length] is "__" or "." or "/";
    }
}
