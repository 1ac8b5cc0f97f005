using System.Diagnostics;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.Engine.Tools;
using Kimi.Testing;
using static Kimi.Engine.Tests.Mcp.McpTestTools;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpScriptTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Tools_are_found_and_invoked_without_an_agent()
    {
        await using var session = new McpSession([McpSession.Stdio("a"), McpSession.Stdio("b", "--exit")]);
        McpManager manager = session.Manager;

        await manager.ConnectAsync("a", Stop);

        Assert.Equal([McpServerState.Connected, McpServerState.Pending], manager.Servers.Select(server => server.State));
        McpTool tool = manager.FindTools("sum numbers", null, 5)[0];
        Assert.Equal("mcp__a__add_numbers", tool.FullName);
        Assert.Equal(17, manager.FindTools(null, "a", 100).Count);
        Assert.Empty(manager.FindTools("add", "b", 5));
        McpCallResult result = await manager.InvokeAsync(manager.ResolveTool("a.structured"), Json("{}"), Stop);
        Assert.Equal("""{"value":[1,2.50]}""", result.StructuredContent!.Value.GetRawText());
        Assert.Equal("[]", result.Raw.GetProperty("content").GetRawText());
        await Assert.ThrowsAsync<ToolArgumentException>(() => manager.InvokeAsync(tool, Json("""{"a":1}"""), Stop));
        Assert.Equal(["mcp__a__add_numbers"], Assert.Throws<McpToolNotFoundException>(() => manager.ResolveTool("ad_numbers")).Suggestions.Take(1));
        McpCallException refused = await Assert.ThrowsAsync<McpCallException>(() => manager.InvokeAsync(manager.ResolveTool("refuse"), Json("{}"), Stop));
        Assert.Equal(McpCallFailure.Call, refused.Reason);
        Assert.Empty(session.Asked);

        await manager.ConnectAsync("b", Stop);
        Assert.Equal(McpServerState.Failed, manager.Servers[1].State);
        Assert.Contains("exited with code 3: this server does not want to run", manager.Servers[1].Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Known_tools_are_kept_in_a_file()
    {
        using TempDirectory directory = new();
        var share = new ShareDirectory(directory.At("share"), directory.Path);
        Assert.Empty(McpIndexFile.Load(share));

        McpIndexFile.Save(share, Catalog(Tool("s", "t", "Does\nit", """{"properties":{"a":{},"ü":{}}}""")));

        McpKnownTool tool = Assert.Single(McpIndexFile.Load(share));
        Assert.Equal(("mcp__s__t", "s", "t", "Does it"), (tool.FullName, tool.Server, tool.Name, tool.Description));
        Assert.Equal(["a", "ü"], tool.Arguments);
        File.WriteAllText(Path.Combine(share.Root, "mcp-index.json"), "{");
        Assert.Empty(McpIndexFile.Load(share));
    }

    [Fact]
    public async Task The_protocol_library_is_not_loaded_without_servers()
    {
        using TestDirectories directories = new();
        (string command, string[] arguments) = Kimi.Testing.Mcp.McpStdioServer.CommandLine();
        Assert.True(File.Exists(arguments[0]), command);

        // Another process: in this one other tests have loaded it.
        ProcessStartInfo start = new(command, [typeof(McpScriptTests).Assembly.Location, "-method", "*.Prints_its_assemblies"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string list = Path.Combine(directories.Root, "assemblies.txt");
        start.Environment["KIMI_TEST_PRINT_ASSEMBLIES"] = list;
        start.Environment["KIMI_SHARE_DIR"] = directories.Share;
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync(Stop);
        string output = await process.StandardOutput.ReadToEndAsync(Stop);
        await process.WaitForExitAsync(Stop);

        Assert.True(File.Exists(list), output + await error);
        string[] assemblies = await File.ReadAllLinesAsync(list, Stop);
        Assert.Contains("Kimi.Engine", assemblies);
        Assert.DoesNotContain("ModelContextProtocol.Core", assemblies);
    }

    /// <summary>Only for the test above.</summary>
    [Fact]
    public async Task Prints_its_assemblies()
    {
        string? list = Environment.GetEnvironmentVariable("KIMI_TEST_PRINT_ASSEMBLIES");
        if (list is null)
        {
            Assert.Skip("a part of another test, in a process of its own");
        }

        using TestDirectories directories = new();
        KimiSession session = await KimiSession.OpenAsync(
            new KimiSessionOptions { WorkDirectory = directories.Work, Environment = EnvironmentSource.From(directories.Environment), ConfigText = "{}" }, Stop);
        await session.DisposeAsync();
        Assert.Null(session.Mcp);
        await File.WriteAllLinesAsync(list, AppDomain.CurrentDomain.GetAssemblies().Select(assembly => assembly.GetName().Name!), Stop);
    }
}
