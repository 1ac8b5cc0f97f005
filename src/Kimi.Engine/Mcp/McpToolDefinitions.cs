using Kimi.Engine.Chat;

namespace Kimi.Engine.Mcp;

/// <summary>The two tools the model is told of, whatever servers there are: constants, so that requests never change.</summary>
public static class McpToolDefinitions
{
    /// <summary>Name of the search.</summary>
    public const string SearchName = "mcp_search";

    /// <summary>Name of the dispatcher.</summary>
    public const string CallName = "mcp_call";

    /// <summary>The search.</summary>
    public static ToolDefinition Search { get; } = new(
        SearchName,
        "Find tools of the connected MCP servers by keywords; the result lists name, description and argument schema of the best matches. "
        + "Search before the first mcp_call of a tool, and again with other words when nothing fits.",
        """{"type":"object","properties":{"query":{"type":"string","description":"Keywords of the wanted action and object, e.g. create issue"}},"required":["query"]}"""u8.ToArray());

    /// <summary>The dispatcher.</summary>
    public static ToolDefinition Call { get; } = new(
        CallName,
        "Call one MCP tool found with mcp_search. The arguments are checked against the tool's schema first; an error says what to correct. "
        + "Long results are cut: ask for little by filters, pages or ids.",
        """{"type":"object","properties":{"name":{"type":"string","description":"Full tool name as mcp_search gives it: mcp__<server>__<tool>"},"arguments":{"type":"object","description":"Arguments that fit the tool's schema; omit when it takes none"}},"required":["name"]}"""u8.ToArray());
}
