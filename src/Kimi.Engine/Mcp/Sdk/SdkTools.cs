using System.Text.Json;
using Kimi.Engine.Text;
using ModelContextProtocol.Protocol;

namespace Kimi.Engine.Mcp.Sdk;

/// <summary>Reads lists of tools. A tool that cannot be used is left out; it does not cost the others.</summary>
internal static class SdkTools
{
    /// <summary>Reads one page of <c>tools/list</c>.</summary>
    /// <param name="server">Name of the server.</param>
    /// <param name="page">The result.</param>
    /// <param name="tools">Receives the tools.</param>
    /// <param name="warn">Told of tools that are left out.</param>
    public static void Read(string server, JsonElement page, List<McpTool> tools, Action<string> warn)
    {
        if (page.ValueKind != JsonValueKind.Object || !page.TryGetProperty("tools", out JsonElement listed) || listed.ValueKind != JsonValueKind.Array)
        {
            throw new InvalidDataException("the server's list of tools has no array of tools");
        }

        foreach (JsonElement tool in listed.EnumerateArray())
        {
            if (tool.ValueKind != JsonValueKind.Object || tool.StringOrNull("name") is not { Length: > 0 } name)
            {
                warn($"MCP server '{server}' lists a tool without a name; it is ignored");
                continue;
            }

            tool.TryGetProperty("inputSchema", out JsonElement schema);
            bool hasHints = tool.TryGetProperty("annotations", out JsonElement hints) && hints.ValueKind == JsonValueKind.Object;
            tools.Add(new McpTool(
                server, name, tool.StringOrNull("description"), schema,
                hasHints && Flag(hints, "readOnlyHint") == true, hasHints ? Flag(hints, "destructiveHint") : null));
        }
    }

    /// <summary>The tools some of whose arguments go into headers too; only those the library has to know.</summary>
    public static IEnumerable<Tool> WithHeaders(IEnumerable<McpTool> tools)
    {
        foreach (McpTool tool in tools)
        {
            bool isKnown = tool.Schema.ValueKind == JsonValueKind.Object && tool.Schema.StringOrNull("type") == "object"
                && tool.SchemaText.Contains("\"x-mcp-header\"", StringComparison.Ordinal);
            if (isKnown)
            {
                yield return new Tool { Name = tool.Name, InputSchema = tool.Schema };
            }
        }
    }

    private static bool? Flag(JsonElement hints, string name) => !hints.TryGetProperty(name, out JsonElement value) ? null : value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };
}
