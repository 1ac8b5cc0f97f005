using System.Text;
using System.Text.Json;
using Kimi.Engine.Mcp;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>Tools and catalogues for tests.</summary>
internal static class McpTestTools
{
    public static JsonElement Json(string text)
    {
        using JsonDocument document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    public static McpTool Tool(string server, string name, string description = "", string? schema = null, bool readOnly = false, bool? destructive = null) =>
        new(server, name, description, schema is null ? default : Json(schema), readOnly, destructive);

    public static McpCatalog Catalog(params McpTool[] tools) => new(
        [.. tools.GroupBy(tool => tool.Server).Select(group => new McpServerTools(group.Key, McpServerState.Connected, [.. group]))], 300);

    /// <summary>A catalogue of the size of real ones: names of two or three words, descriptions of about fifteen.</summary>
    public static List<McpTool> Many(int count)
    {
        string[] verbs = ["create", "delete", "list", "get", "update", "search", "run", "send", "copy", "move", "merge", "close"];
        string[] nouns = ["issue", "board", "file", "service", "branch", "comment", "message", "invoice", "customer", "image", "release", "label", "event"];
        string[] words = ["with", "optional", "filters", "returns", "the", "matching", "entries", "of", "a", "workspace", "sorted", "by", "date", "including", "metadata", "for", "users"];
        var random = new Random(7);
        var tools = new List<McpTool>(count);
        JsonElement schema = Json("""{"type":"object","properties":{"id":{"type":"string"}},"required":["id"]}""");
        for (int i = 0; i < count; i++)
        {
            string verb = verbs[random.Next(verbs.Length)];
            string noun = nouns[random.Next(nouns.Length)];
            var description = new StringBuilder($"{verb} {noun} {i}");
            for (int w = 0; w < 14; w++)
            {
                description.Append(' ').Append(words[random.Next(words.Length)]);
            }

            tools.Add(new McpTool($"server{i / 10}", $"{verb}_{noun}_{i}", description.ToString(), schema));
        }

        return tools;
    }
}
