using System.Globalization;
using System.Text;

namespace Kimi.Engine.Mcp;

/// <summary>The block of the system prompt that says which servers there are; bounded for any number of them.</summary>
internal static class McpPromptIndex
{
    /// <summary>Servers that get a line of their own.</summary>
    public const int MaxLines = 20;

    private const int MaxChars = 4000;

    /// <summary>Composes the block; empty when no server is configured.</summary>
    public static string Compose(McpCatalog catalog)
    {
        if (catalog.Servers.Count == 0)
        {
            return "";
        }

        var text = new StringBuilder(
            "# MCP servers\n\n"
            + "Tools of the servers below are not listed one by one. Find them with `mcp_search` by keywords, then run one with `mcp_call`, "
            + "giving its full name and arguments that fit the schema found.\n\n");
        if (catalog.Servers.All(server => server.State != McpServerState.Connected))
        {
            text.Append("No server is connected at the moment.\n");
        }

        foreach (McpServerTools server in catalog.Servers.Take(MaxLines))
        {
            text.Append(Line(server)).Append('\n');
        }

        int further = catalog.Servers.Count - MaxLines;
        if (further > 0)
        {
            int tools = catalog.Servers.Skip(MaxLines).Sum(CountOf);
            text.Append(CultureInfo.InvariantCulture, $"- and {Number(further, "further server")} with {Number(tools, "tool")}\n");
        }

        if (text.Length > MaxChars)
        {
            throw new InvalidOperationException("the index of MCP servers outgrew its bound");
        }

        return text.ToString().TrimEnd('\n');
    }

    private static string Line(McpServerTools server)
    {
        string line = $"- {McpText.OneLine(server.Name, 64)}: {Number(CountOf(server), "tool")}";
        if (server.State != McpServerState.Connected)
        {
            return $"{line}, {server.State.Text()}";
        }

        string hint = server.Hint is null ? "" : McpText.FirstSentence(server.Hint, 80);
        return hint.Length == 0 ? line : $"{line}. {hint}";
    }

    private static int CountOf(McpServerTools server) => server.State == McpServerState.Connected ? server.Tools.Count : 0;

    private static string Number(int count, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
