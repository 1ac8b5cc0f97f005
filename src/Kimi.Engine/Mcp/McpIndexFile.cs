using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>A tool as it was known last.</summary>
/// <param name="FullName">Its full name.</param>
/// <param name="Server">Its server.</param>
/// <param name="Name">The server's name of it.</param>
/// <param name="Description">What it does, in one line.</param>
/// <param name="Arguments">Names of its arguments.</param>
public sealed record McpKnownTool(string FullName, string Server, string Name, string Description, IReadOnlyList<string> Arguments);

/// <summary>The tools known last, in a file: what completes names must not connect to servers.</summary>
public static class McpIndexFile
{
    private const int DescriptionChars = 120;

    /// <summary>Keeps the tools of a catalogue. A file that cannot be written is no error.</summary>
    public static void Save(ShareDirectory share, McpCatalog catalog)
    {
        JsonWriter writer = new();
        writer.BeginArray();
        foreach (McpTool tool in catalog.Tools)
        {
            writer.BeginObject();
            writer.Member("full_name"u8, tool.FullName);
            writer.Member("server"u8, tool.Server);
            writer.Member("name"u8, tool.Name);
            writer.Member("description"u8, McpText.OneLine(tool.Description, DescriptionChars));
            writer.Name("arguments"u8);
            writer.BeginArray();
            if (tool.Schema.TryMember("properties", out JsonElement properties) && properties.ValueKind == JsonValueKind.Object)
            {
                foreach (JsonProperty property in properties.EnumerateObject())
                {
                    writer.Text(property.Name);
                }
            }

            writer.EndArray();
            writer.EndObject();
        }

        writer.EndArray();
        try
        {
            share.Create();
            AtomicFile.Write(PathOf(share), writer.WrittenSpan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Completion then knows less; nothing else.
        }
    }

    /// <summary>The tools known last; none when the file is not there or broken.</summary>
    public static IReadOnlyList<McpKnownTool> Load(ShareDirectory share)
    {
        try
        {
            string path = PathOf(share);
            if (!File.Exists(path) || LenientJson.Parse(File.ReadAllBytes(path)) is not { ValueKind: JsonValueKind.Array } tools)
            {
                return [];
            }

            return
            [
                .. tools.EnumerateArray().Select(static tool => new McpKnownTool(
                    tool.StringOrNull("full_name") ?? "",
                    tool.StringOrNull("server") ?? "",
                    tool.StringOrNull("name") ?? "",
                    tool.StringOrNull("description") ?? "",
                    tool.TryMember("arguments", out JsonElement names) && names.ValueKind == JsonValueKind.Array
                        ? [.. names.EnumerateArray().Where(static name => name.ValueKind == JsonValueKind.String).Select(static name => name.ReadString())]
                        : [])),
            ];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return [];
        }
    }

    private static string PathOf(ShareDirectory share) => Path.Combine(share.Root, "mcp-index.json");
}
