using System.Globalization;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Mcp;

/// <summary>What is said to people of the servers of a session.</summary>
public static class McpStatusText
{
    /// <summary>Said when servers begin to connect beside everything else.</summary>
    public const string Connecting = "connecting to mcp servers...";

    private const int MostServers = 20;

    /// <summary>Said when every server has connected or failed.</summary>
    public static string Settled(McpStatus status) =>
        status.Servers.Any(static server => server.Status == "failed") ? "mcp connection failed"
        : status.Servers.Any(static server => server.Status == "unauthorized") ? "mcp authorization needed"
        : "mcp servers connected";

    /// <summary>The text of <c>/mcp</c>: all servers and their tools.</summary>
    /// <param name="status">State of the servers; null when none is configured.</param>
    public static string Describe(McpStatus? status)
    {
        if (status is null || status.Total == 0)
        {
            return "No MCP servers configured.";
        }

        List<string> lines = [Header(status)];
        foreach (McpServerStatus server in status.Servers)
        {
            string name = McpText.OneLine(server.Name, 200);
            lines.Add("  • " + name + server.Status switch
            {
                "connected" => "",
                "unauthorized" => $" (unauthorized - run: kimi mcp auth {name})",
                _ => $" ({server.Status})",
            });
            lines.AddRange(server.Tools.Select(static tool => "    • " + McpText.OneLine(tool, 200)));
        }

        return string.Join('\n', lines);
    }

    /// <summary>How far the servers are: a line for each, up to a number of them, and no tools.</summary>
    public static string Progress(McpStatus status)
    {
        List<string> lines = [Header(status)];
        foreach (McpServerStatus server in status.Servers.Take(MostServers))
        {
            int tools = server.Tools.Count;
            string count = tools == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {tools} tool{(tools == 1 ? "" : "s")}");
            lines.Add($"  • {McpText.OneLine(server.Name, 64)} ({server.Status}{count})");
        }

        if (status.Servers.Count > MostServers)
        {
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"  and {status.Servers.Count - MostServers} more"));
        }

        return string.Join('\n', lines);
    }

    private static string Header(McpStatus status) =>
        string.Create(CultureInfo.InvariantCulture, $"MCP Servers: {status.Connected}/{status.Total} connected, {status.Tools} tools");
}
