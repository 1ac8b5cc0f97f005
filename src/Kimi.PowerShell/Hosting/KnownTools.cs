using System.Collections.Concurrent;
using Kimi.Engine.Mcp;

namespace Kimi.PowerShell.Hosting;

/// <summary>The MCP tools that commands of this process have seen so far, for completion.</summary>
internal static class KnownTools
{
    private static readonly ConcurrentDictionary<string, KnownTool> s_tools = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The tools, by name.</summary>
    public static IReadOnlyList<KnownTool> All => [.. s_tools.Values.OrderBy(t => t.Name, StringComparer.OrdinalIgnoreCase)];

    /// <summary>The tools that a full or bare name means.</summary>
    public static IEnumerable<KnownTool> Find(string name) =>
        s_tools.TryGetValue(name, out KnownTool? tool) ? [tool] : s_tools.Values.Where(t => t.Tool.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Takes what a server has said in place of what it said before.</summary>
    public static void Learn(McpServerReport report)
    {
        if (report.State != McpServerState.Connected) { return; }
        Forget(report.Name);
        foreach (McpTool tool in report.Tools)
        {
            s_tools[tool.FullName] = new KnownTool(tool.FullName, tool.Server, tool.Name, tool.Description, McpObjects.Arguments(tool.Schema));
        }
    }

    public static void Forget(string server)
    {
        foreach ((string name, KnownTool tool) in s_tools)
        {
            if (tool.Server == server) { s_tools.TryRemove(name, out _); }
        }
    }
}

/// <summary>A tool as it was last seen.</summary>
internal sealed record KnownTool(string Name, string Server, string Tool, string Description, IReadOnlyList<McpArgument> Arguments);
