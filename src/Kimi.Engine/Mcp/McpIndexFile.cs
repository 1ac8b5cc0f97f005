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

    /// <summary>Keeps the tools of a catalogue, and of servers it does not have. A file that cannot be written is no error.</summary>
    public static void Save(ShareDirectory share, McpCatalog catalog)
    {
        HashSet<string> told = [.. catalog.Servers.Where(static server => server.State == McpServerState.Connected || server.Tools.Count > 0).Select(static server => server.Name)];
        IEnumerable<McpKnownTool> tools = catalog.Tools.Select(static tool => new McpKnownTool(
            tool.FullName, tool.Server, tool.Name, McpText.OneLine(tool.Description, DescriptionChars),
            tool.Schema.TryMember("properties", out JsonElement properties) && properties.ValueKind == JsonValueKind.Object
                ? [.. properties.EnumerateObject().Select(static property => property.Name)]
                : []));
        Write(share, [.. Load(share).Where(tool => !told.Contains(tool.Server)), .. tools]);
    }

    /// <summary>Forgets the tools of a server.</summary>
    public static void Forget(ShareDirectory share, string server)
    {
        IReadOnlyList<McpKnownTool> known = Load(share);
        McpKnownTool[] others = [.. known.Where(tool => tool.Server != server)];
        if (others.Length < known.Count)
        {
            Write(share, others);
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

    private static void Write(ShareDirectory share, IReadOnlyList<McpKnownTool> tools)
    {
        JsonWriter writer = new();
        writer.BeginArray();
        foreach (McpKnownTool tool in tools)
        {
            writer.BeginObject();
            writer.Member("full_name"u8, tool.FullName);
            writer.Member("server"u8, tool.Server);
            writer.Member("name"u8, tool.Name);
            writer.Member("description"u8, tool.Description);
            writer.Name("arguments"u8);
            writer.BeginArray();
            foreach (string argument in tool.Arguments)
            {
                writer.Text(argument);
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

    private static string PathOf(ShareDirectory share) => Path.Combine(share.Root, "mcp-index.json");
}
