using System.Text.Json;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Kimi.Testing.Mcp;

/// <summary>A small MCP server for files, for the examples of the help pages: <c>serve-mcp-files</c>.</summary>
public static class McpFileServer
{
    private static readonly Tool[] s_tools =
    [
        Describe("list_directory", "Lists the entries of a directory", """{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}""", readOnly: true),
        Describe("read_file", "Reads a file as text", """{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]}""", readOnly: true),
        Describe("write_file", "Writes a text to a file", """{"type":"object","properties":{"path":{"type":"string"},"content":{"type":"string"}},"required":["path","content"]}""", readOnly: false),
    ];

    /// <summary>Serves standard input until it ends.</summary>
    public static async Task<int> RunAsync()
    {
        StdioServerTransport transport = new("files");
        await using (transport.ConfigureAwait(false))
        {
            McpServer server = McpServer.Create(transport, new McpServerOptions
            {
                ServerInfo = new Implementation { Name = "files", Version = "1.0" },
                Capabilities = new ServerCapabilities { Tools = new ToolsCapability() },
                Handlers = new McpServerHandlers
                {
                    ListToolsHandler = static (_, _) => new ValueTask<ListToolsResult>(new ListToolsResult { Tools = [.. s_tools] }),
                    CallToolHandler = static (request, _) => new ValueTask<CallToolResult>(Call(request.Params!)),
                },
            });
            await using (server.ConfigureAwait(false))
            {
                await server.RunAsync().ConfigureAwait(false);
            }
        }

        return 0;
    }

    private static CallToolResult Call(CallToolRequestParams call)
    {
        try
        {
            string path = Text(call, "path");
            return call.Name switch
            {
                "list_directory" => Say(string.Join('\n', Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).Order(StringComparer.Ordinal))),
                "read_file" => Say(File.ReadAllText(path)),
                _ => Write(path, Text(call, "content")),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or KeyNotFoundException)
        {
            return Say(e.Message, isError: true);
        }
    }

    private static CallToolResult Write(string path, string content)
    {
        File.WriteAllText(path, content);
        return Say($"Wrote {content.Length} characters.");
    }

    private static CallToolResult Say(string text, bool isError = false) => new() { Content = [new TextContentBlock { Text = text }], IsError = isError };

    private static string Text(CallToolRequestParams call, string name) => call.Arguments![name].GetString()!;

    private static Tool Describe(string name, string description, string schema, bool readOnly) => new()
    {
        Name = name,
        Description = description,
        InputSchema = JsonDocument.Parse(schema).RootElement,
        Annotations = new ToolAnnotations { ReadOnlyHint = readOnly, DestructiveHint = false },
    };
}
