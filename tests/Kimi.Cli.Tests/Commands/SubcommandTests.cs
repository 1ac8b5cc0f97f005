using System.IO.Compression;
using Kimi.Cli.Tests.Harness;

namespace Kimi.Cli.Tests.Commands;

public sealed class SubcommandTests : IDisposable
{
    private readonly KimiFolder _folder = new();

    private string McpFile => Path.Combine(_folder.Share, "mcp.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Servers_are_added_listed_and_removed()
    {
        Assert.Equal($"MCP config file: {McpFile}\nNo MCP servers configured.\n", (await _folder.RunAsync("mcp", "list")).Output);
        Assert.Equal($"Added MCP server 'one' to {McpFile}.\n", (await _folder.RunAsync("mcp", "add", "one", "-e", "A=1", "--env", "B=x=y", "--", "npx", "-y", "pkg")).Output);
        await _folder.RunAsync("mcp", "add", "two", "--transport", "http", "--header", "X: y", "--auth", "oauth", "https://h/x");
        Assert.Equal(
            $"MCP config file: {McpFile}\n  one (stdio): npx -y pkg\n  two (http): https://h/x [authorization required - run: kimi mcp auth two]\n",
            (await _folder.RunAsync("mcp", "list")).Output);
        Assert.Equal(
            """{"mcpServers":{"one":{"command":"npx","args":["-y","pkg"],"env":{"A":"1","B":"x=y"}},"two":{"url":"https://h/x","transport":"http","headers":{"X":"y"},"auth":"oauth"}}}""",
            string.Concat((await File.ReadAllLinesAsync(McpFile, TestContext.Current.CancellationToken)).Select(static line => line.Trim())).Replace("\": ", "\":", StringComparison.Ordinal));
        Assert.Equal($"Removed MCP server 'one' from {McpFile}.\n", (await _folder.RunAsync("mcp", "remove", "one")).Output);
    }

    [Theory]
    [InlineData(1, "MCP server 'zz' not found.", "mcp", "remove", "zz")]
    [InlineData(1, "MCP server 'zz' not found.", "mcp", "test", "zz")]
    [InlineData(1, "For stdio transport, provide the command to start the MCP server after `--`.", "mcp", "add", "a")]
    [InlineData(1, "--header is only valid for http transport.", "mcp", "add", "a", "-H", "A:1", "cmd")]
    [InlineData(1, "URL is required for http transport.", "mcp", "add", "a", "-t", "http")]
    [InlineData(1, "Invalid env format: A (expected KEY=VALUE).", "mcp", "add", "a", "-e", "A", "cmd")]
    [InlineData(2, "Missing argument 'NAME'.", "mcp", "remove")]
    [InlineData(2, "Missing command.", "mcp")]
    [InlineData(2, "No such command 'bogus'.", "mcp", "bogus")]
    [InlineData(2, "No such option: --bogus", "mcp", "list", "--bogus")]
    [InlineData(2, "Got unexpected extra argument (b)", "mcp", "remove", "a", "b")]
    [InlineData(2, "Option '-o' requires an argument.", "export", "-o")]
    [InlineData(2, "Invalid value for '--transport' / '-t': 'ftp' is not one of 'stdio', 'http'.", "mcp", "add", "a", "-t", "ftp", "x")]
    [InlineData(2, "Missing argument 'TARGET'.", "plugin", "install")]
    [InlineData(2, "No such command 'update'.", "plugin", "update")]
    [InlineData(1, "Error: no previous session found for the working directory.", "export")]
    [InlineData(1, "Error: session 'gone' not found.", "export", "gone")]
    public async Task Errors_have_their_text_and_code(int exitCode, string text, params string[] arguments)
    {
        KimiResult result = await _folder.RunAsync(arguments);
        Assert.Equal((exitCode, ""), (result.ExitCode, result.Output));
        Assert.EndsWith(text, result.Error.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_agents_run_a_turn_over_mcp()
    {
        using KimiProcess server = _folder.Start("mcp", "serve");
        await server.SendLineAsync("""{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}""");
        Assert.Contains("\"name\":\"kimi\"", await server.ReadUntilAsync(static line => line.Contains("\"id\":1", StringComparison.Ordinal)), StringComparison.Ordinal);
        await server.SendLineAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        await server.SendLineAsync("""{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"kimi_turn","arguments":{"prompt":"what is here?"}}}""");
        Assert.Contains("demo model", await server.ReadUntilAsync(static line => line.Contains("\"id\":2", StringComparison.Ordinal)), StringComparison.Ordinal);
        server.CloseInput();
        Assert.Equal(0, (await server.EndAsync()).ExitCode);
    }

    [Fact]
    public async Task A_broken_file_is_a_usage_error()
    {
        Directory.CreateDirectory(_folder.Share);
        await File.WriteAllTextAsync(McpFile, "{", TestContext.Current.CancellationToken);
        KimiResult result = await _folder.RunAsync("mcp", "list");
        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"Invalid JSON in MCP config file '{McpFile}': ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plugins_are_installed_listed_shown_and_removed()
    {
        _folder.Write("source/plugin.json", """{"name":"greeter","version":"1.2","description":"Greets","tools":[{"name":"greet","description":"Say hello","command":["echo","hi"]}]}""");
        Assert.Equal("No plugins installed.\n", (await _folder.RunAsync("plugin", "list")).Output);
        Assert.Equal("Installed plugin 'greeter' v1.2\n", (await _folder.RunAsync("plugin", "install", Path.Combine(_folder.Root, "source"))).Output);
        Assert.True(File.Exists(Path.Combine(_folder.Share, "plugins", "greeter", "plugin.json")));
        Assert.Contains("greeter", (await _folder.RunAsync("plugin", "list")).Output, StringComparison.Ordinal);
        Assert.Contains("greet - Say hello", (await _folder.RunAsync("plugin", "info", "greeter")).Output, StringComparison.Ordinal);
        Assert.Equal("Removed plugin 'greeter'\n", (await _folder.RunAsync("plugin", "remove", "greeter")).Output);
        KimiResult gone = await _folder.RunAsync("plugin", "remove", "greeter");
        Assert.Equal((1, ""), (gone.ExitCode, gone.Output));
        Assert.StartsWith("Error: Plugin 'greeter' not found", gone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Providers_are_listed_and_tested()
    {
        Assert.Equal("No providers configured.\n", (await _folder.RunAsync("provider", "list")).Output);
        Directory.CreateDirectory(_folder.Share);
        string scripts = _folder.Write("scripts.json", "[\"text: ok\"]");
        await File.WriteAllTextAsync(
            Path.Combine(_folder.Share, "config.toml"),
            $"""
            default_model = "main"
            [providers.lab]
            type = "openai_legacy"
            base_url = "http://127.0.0.1:9/v1"
            api_key = ""
            [providers.play]
            type = "_scripted_echo"
            base_url = ""
            api_key = ""
            env = {'{'} KIMI_SCRIPTED_ECHO_SCRIPTS = '{scripts}' {'}'}
            [providers.idle]
            type = "anthropic"
            base_url = "http://127.0.0.1:9"
            api_key = ""
            [models.main]
            provider = "lab"
            model = "m-1"
            max_context_size = 1000
            [models.toy]
            provider = "play"
            model = "toy-1"
            max_context_size = 1000
            """,
            TestContext.Current.CancellationToken);
        Assert.Equal(
            "lab (openai_legacy): http://127.0.0.1:9/v1\n  main: m-1 (default)\nplay (_scripted_echo):\n  toy: toy-1\nidle (anthropic): http://127.0.0.1:9\n",
            (await _folder.RunAsync("provider", "list")).Output);
        KimiResult works = await _folder.RunAsync("provider", "test", "play");
        Assert.Equal(0, works.ExitCode);
        Assert.StartsWith("toy-1 answered: ok (", works.Output, StringComparison.Ordinal);
        foreach ((string[] arguments, string text) in new (string[], string)[]
        {
            (["provider", "test", "main"], "Error: Nothing listens at 127.0.0.1:9: the connection was refused."),
            (["provider", "models", "lab"], "Error: Nothing listens at 127.0.0.1:9: the connection was refused."),
            (["provider", "models", "play"], "Error: This type of provider cannot list its models."),
            (["provider", "test", "idle"], "Error: Provider 'idle' has no model in the configuration to test with."),
            (["provider", "test", "zz"], "Error: 'zz' is neither a provider nor a model of the configuration."),
        })
        {
            KimiResult result = await _folder.RunAsync(arguments);
            Assert.Equal((1, "", text), (result.ExitCode, result.Output, result.Error.TrimEnd()));
        }
    }

    [Theory]
    [InlineData("mcp", "-h")]
    [InlineData("mcp", "add", "--help")]
    [InlineData("export", "-h")]
    [InlineData("info", "-h")]
    public async Task Commands_have_a_help_page(params string[] arguments)
    {
        KimiResult result = await _folder.RunAsync(arguments);
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Contains($"kimi {arguments[0]}", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\n", false)]
    [InlineData("y\n", true)]
    public async Task The_last_session_is_exported_after_a_question(string answer, bool written)
    {
        await _folder.RunAsync("--quiet", "-p", "hello", "--config-file", _folder.WriteScripts("text: hi"));
        KimiResult result = await _folder.RunAsync(["export", "-o", Path.Combine(_folder.Root, "out.zip")], answer);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("hello", result.Output, StringComparison.Ordinal);
        Assert.Equal(!written, result.Output.Contains("Export cancelled.", StringComparison.Ordinal));
        Assert.Equal(written, File.Exists(Path.Combine(_folder.Root, "out.zip")));
    }

    [Fact]
    public async Task An_export_holds_the_session()
    {
        KimiResult run = await _folder.RunAsync("--quiet", "-p", "hello", "--config-file", _folder.WriteScripts("text: hi"));
        string id = run.Error.Trim().Split(' ')[^1];
        KimiResult result = await _folder.RunAsync("export", id);
        string file = Path.Combine(_folder.Work, $"session-{id}.zip");
        Assert.Equal(file, result.Lines[^1]);
        using ZipArchive zip = await ZipFile.OpenReadAsync(file, TestContext.Current.CancellationToken);
        Assert.NotNull(zip.GetEntry("manifest.json"));
        Assert.NotNull(zip.GetEntry("context.jsonl"));
        Assert.NotNull(zip.GetEntry("wire.jsonl"));
    }
}
