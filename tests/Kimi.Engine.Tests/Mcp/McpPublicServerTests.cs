using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Mcp;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>
/// Against the public servers that <c>bench/mcp-servers/install.mjs</c> installs; KIMI_MCP_PUBLIC_SERVERS names the folder.
/// Never by default: the default run installs nothing and needs no network.
/// </summary>
public sealed class McpPublicServerTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_captured_schemas_are_what_the_servers_list()
    {
        await using McpSession session = await new McpSession([Server("github"), Server("filesystem", _directory.Path), Server("everything")]).LoadAsync();
        using Stream stream = typeof(McpPublicServerTests).Assembly.GetManifestResourceStream("tools-53.json")!;
        using JsonDocument captured = JsonDocument.Parse(stream);

        // A server may list more to a client that can do more.
        Assert.Equal(53, captured.RootElement.EnumerateObject().Sum(server => server.Value.GetArrayLength()));
        foreach (JsonProperty server in captured.RootElement.EnumerateObject())
        {
            foreach (JsonElement tool in server.Value.EnumerateArray())
            {
                McpTool listed = session.Manager.Catalog.Find($"mcp__{server.Name}__{tool.GetProperty("name").GetString()}")!;
                Assert.Equal(tool.GetProperty("description").GetString(), listed.Description);
                Assert.True(JsonElement.DeepEquals(tool.GetProperty("inputSchema"), listed.Schema), listed.FullName);
                Assert.True(listed.IsSchemaValid, listed.FullName);
            }
        }
    }

    [Fact]
    public async Task Everything_is_searched_and_called()
    {
        await using McpSession session = await new McpSession([Server("everything")]).LoadAsync();

        Assert.StartsWith("mcp__everything__get-sum: Returns the sum of two numbers\narguments: {", await session.SearchAsync("sum of two numbers"), StringComparison.Ordinal);
        Assert.Contains("(no arguments)", await session.SearchAsync("tiny image"), StringComparison.Ordinal);
        Assert.Contains("5", McpSession.TextOf(await session.McpCallAsync("get-sum", """{"a":2,"b":3}""")), StringComparison.Ordinal);
        Assert.Contains("/b: expected number, got string", (await session.McpCallAsync("get-sum", """{"a":2,"b":"3"}""")).Message, StringComparison.Ordinal);
        Assert.Equal("Echo: grüße 😀", McpSession.TextOf(await session.McpCallAsync("everything.echo", """{"message":"grüße 😀"}""")));
        Assert.Contains((await session.McpCallAsync("get-tiny-image")).OutputParts!, part => part is ImageUrlPart { Url: var url } && url.StartsWith("data:image/png;base64,iVBOR", StringComparison.Ordinal));
        string environment = McpSession.TextOf(await session.McpCallAsync("get-env"));
        Assert.Contains("\"PATH\"", environment, StringComparison.Ordinal);
        Assert.DoesNotContain("DOTNET", environment, StringComparison.Ordinal);
        Assert.All(
            session.Manager.Catalog.Tools.Where(tool => tool.Name.StartsWith("get-", StringComparison.Ordinal)),
            tool => Assert.True(tool.IsSchemaValid));
    }

    [Fact]
    public async Task A_long_call_is_cancelled()
    {
        await using McpSession session = await new McpSession([Server("everything")], callTimeout: TimeSpan.FromSeconds(1)).LoadAsync();

        ToolReturnValue result = await session.McpCallAsync("trigger-long-running-operation", """{"duration":60,"steps":60}""");

        Assert.Equal("Timeout", result.Brief);
        Assert.Equal("Echo: x", McpSession.TextOf(await session.McpCallAsync("echo", """{"message":"x"}""")));
    }

    [Fact]
    public async Task Files_are_written_and_read_inside_the_folder_only()
    {
        await using McpSession session = await new McpSession([Server("filesystem", _directory.Path)]).LoadAsync();
        string file = JsonSerializer.Serialize(Path.Combine(_directory.Path, "a.txt"));

        ToolReturnValue written = await session.McpCallAsync("write_file", $$"""{"path":{{file}},"content":"one\ntwo"}""");
        ToolReturnValue read = await session.McpCallAsync("read_text_file", $$"""{"path":{{file}}}""");
        ToolReturnValue outside = await session.McpCallAsync("read_text_file", """{"path":"/etc/passwd"}""");

        Assert.False(written.IsError, written.Message);
        Assert.Equal("one\ntwo", McpSession.TextOf(read));
        Assert.True(outside.IsError);
        Assert.Equal("Tool returned an error. The output may be error message or incomplete output", outside.Message);
    }

    [Fact]
    public async Task The_graph_is_kept_between_calls()
    {
        McpServerConfig memory = Server("memory") with { Environment = new Dictionary<string, string> { ["MEMORY_FILE_PATH"] = _directory.At("memory.jsonl") } };
        await using McpSession session = await new McpSession([memory]).LoadAsync();

        ToolReturnValue made = await session.McpCallAsync("create_entities", """{"entities":[{"name":"Kimi","entityType":"agent","observations":["speaks PowerShell"]}]}""");
        string found = McpSession.TextOf(await session.McpCallAsync("search_nodes", """{"query":"PowerShell"}"""));

        Assert.False(made.IsError, made.Message);
        Assert.Contains("speaks PowerShell", found, StringComparison.Ordinal);
        Assert.StartsWith("mcp__memory__create_entities", await session.SearchAsync("create entities"), StringComparison.Ordinal);
    }

    private static McpServerConfig Server(string name, params string[] arguments)
    {
        string? folder = Environment.GetEnvironmentVariable("KIMI_MCP_PUBLIC_SERVERS");
        if (string.IsNullOrEmpty(folder))
        {
            Assert.Skip("KIMI_MCP_PUBLIC_SERVERS names no folder with the public servers; bench/mcp-servers/install.mjs installs them");
        }

        string program = Path.Combine(Path.GetFullPath(folder), "node_modules", "@modelcontextprotocol", $"server-{name}", "dist", "index.js");
        return new McpServerConfig { Name = name, Transport = McpTransport.Stdio, Command = "node", Arguments = [program, .. arguments] };
    }
}
