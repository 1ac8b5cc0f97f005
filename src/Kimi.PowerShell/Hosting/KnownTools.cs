using System.Collections.Concurrent;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;

namespace Kimi.PowerShell.Hosting;

/// <summary>The MCP tools that commands have seen so far, for completion: those of this process, and from the file those of others.</summary>
internal static class KnownTools
{
    private static readonly ConcurrentDictionary<string, KnownTool> s_tools = new(StringComparer.OrdinalIgnoreCase);
    private static readonly ConcurrentDictionary<string, object> s_lists = new(StringComparer.Ordinal);

    /// <summary>The tools, by name.</summary>
    public static IReadOnlyList<KnownTool> All()
    {
        Dictionary<string, KnownTool> all = new(s_tools, StringComparer.OrdinalIgnoreCase);
        foreach (McpKnownTool tool in McpIndexFile.Load(ShareDirectory.Locate(EnvironmentSource.Process)))
        {
            // What the process has seen itself is newer, and tells types.
            all.TryAdd(tool.FullName, new KnownTool(tool.FullName, tool.Server, tool.Name, tool.Description, [.. tool.Arguments.Select(a => new McpArgument(a, "", true))]));
        }

        return [.. all.Values.OrderBy(t => t.Name, StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The tools that a full or bare name means.</summary>
    public static IEnumerable<KnownTool> Find(string name) =>
        All().Where(t => t.Name.Equals(name, StringComparison.OrdinalIgnoreCase) || t.Tool.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Takes what a server has said in place of what it said before; false if that is the same.</summary>
    public static bool Learn(McpServerSnapshot report)
    {
        if (report.State != McpServerState.Connected || (s_lists.TryGetValue(report.Config.Name, out object? last) && last == report.Tools)) { return false; }
        Forget(report.Config.Name);
        s_lists[report.Config.Name] = report.Tools;
        foreach (McpTool tool in report.Tools)
        {
            s_tools[tool.FullName] = new KnownTool(tool.FullName, tool.Server, tool.Name, tool.Description, McpObjects.Arguments(tool.Schema));
        }

        return true;
    }

    /// <summary>Forgets a server that is no longer configured.</summary>
    public static void ForgetForGood(string server)
    {
        Forget(server);
        McpIndexFile.Forget(ShareDirectory.Locate(EnvironmentSource.Process), server);
    }

    private static void Forget(string server)
    {
        s_lists.TryRemove(server, out _);
        foreach ((string name, KnownTool tool) in s_tools)
        {
            if (tool.Server == server) { s_tools.TryRemove(name, out _); }
        }
    }
}

/// <summary>A tool as it was last seen.</summary>
internal sealed record KnownTool(string Name, string Server, string Tool, string Description, IReadOnlyList<McpArgument> Arguments);
