using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpConfigTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];

    private ShareDirectory Share => new(_directory.At("share"), _directory.Path);

    private McpCommands Commands => new(Share, _output.Add, _errors.Add);

    private IReadOnlyList<McpServerConfig> Load(string[]? files = null, params string[] texts) => McpConfigSources.Load(Share, files ?? [], texts);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Servers_added_at_the_same_moment_are_all_there()
    {
        string[] names = [.. Enumerable.Range(0, 24).Select(static i => $"s{i}")];

        await Task.WhenAll(names.Select(name => Task.Run(() => Assert.Equal(0, new McpCommands(Share, static _ => { }, static _ => { }).Add(
            new McpAddRequest { Name = name, Transport = "stdio", Target = ["program"] })))));

        Assert.Equal(names.Order(StringComparer.Ordinal), McpConfigFile.Load(Share).Servers.Select(static s => s.Key).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Sources_are_merged_by_name_and_keep_the_first_place()
    {
        _directory.Write("share/mcp.json", """{"mcpServers":{"a":{"command":"a0"},"b":{"command":"b0"}}}""");
        string file = _directory.Write("more.json", """{"c":{"command":"c1"},"note":1}""".Replace(",\"note\":1", "", StringComparison.Ordinal));

        Assert.Equal(["a:a0", "b:b1", "d:d1"], Load(null, """{"mcpServers":{"d":{"command":"d0"},"b":{"command":"b1"}}}""", """{"mcpServers":{"d":{"command":"d1"}}}""").Select(s => $"{s.Name}:{s.Command}"));
        Assert.Equal(["c:c1", "b:b1"], Load([file], """{"mcpServers":{"b":{"command":"b1"}}}""").Select(s => $"{s.Name}:{s.Command}"));
    }

    [Fact]
    public void Nothing_configured_is_nothing() => Assert.Empty(Load());

    [Theory]
    [InlineData("""{"url":"https://x.test/mcp"}""", McpTransport.Http)]
    [InlineData("""{"url":"https://x.test/sse"}""", McpTransport.Sse)]
    [InlineData("""{"url":"https://x.test/a/sse/?q=1"}""", McpTransport.Sse)]
    [InlineData("""{"url":"https://x.test/sse?x"}""", McpTransport.Sse)]
    [InlineData("""{"url":"https://x.test/ssemble"}""", McpTransport.Http)]
    [InlineData("""{"url":"https://x.test/a?b=/sse"}""", McpTransport.Http)]
    [InlineData("""{"url":"https://x.test/sse","transport":"http"}""", McpTransport.Http)]
    [InlineData("""{"url":"https://x.test/","transport":"streamable-http"}""", McpTransport.Http)]
    [InlineData("""{"url":"https://x.test/","transport":"sse"}""", McpTransport.Sse)]
    [InlineData("""{"url":"https://x.test/","command":"both"}""", McpTransport.Stdio)]
    [InlineData("""{"command":"x","type":"stdio","timeout":5,"icon":"y"}""", McpTransport.Stdio)]
    public void Transport_is_recognised(string entry, McpTransport expected) =>
        Assert.Equal(expected, Assert.Single(Load(null, $"{{\"mcpServers\":{{\"n\":{entry}}}}}")).Transport);

    [Fact]
    public void Members_are_read()
    {
        IReadOnlyList<McpServerConfig> servers = Load(null, """
            {"mcpServers":{"p":{"command":"npx","args":["-y","x"],"env":{"A":"1","N":2},"cwd":"/tmp"},
            "o":{"url":"https://x.test/mcp","auth":"oauth"},"t":{"url":"https://x.test/mcp","auth":"tok","headers":{"H":"v"}}}}
            """);

        Assert.Equal(["-y", "x"], servers[0].Arguments);
        Assert.Equal("2", servers[0].Environment["N"]);
        Assert.Equal("/tmp", servers[0].WorkingDirectory);
        Assert.True(servers[1].UsesOAuth);
        Assert.Equal("tok", servers[2].BearerToken);
        Assert.Equal("v", servers[2].Headers["H"]);
    }

    [Fact]
    public void All_faults_are_told_at_once()
    {
        McpConfigException e = Assert.Throws<McpConfigException>(() => Load(
            null, """{"mcpServers":{"a":1,"b":{"command":"","env":[]},"c":{"url":"https://x.test","transport":"carrier pigeon"}}}""", """{"mcpServers":[]}"""));

        Assert.Equal(
            "Invalid MCP config: server 'a' must be an object; server 'b': command is empty; server 'b': env must be an object; "
            + "server 'c': transport must be http, streamable-http or sse, not 'carrier pigeon'; mcpServers must be an object",
            e.Message);
        Assert.False(e.IsSyntax);
    }

    [Fact]
    public void Faults_of_all_sources_are_told_with_the_first_unreadable_one()
    {
        string file = _directory.Write("bad.json", "{nope");

        McpConfigException e = Assert.Throws<McpConfigException>(() => Load([file, _directory.At("missing.json")], """{"mcpServers":{"a":{},"h":{"url":"https://x.test","headers":{"A B":"1","C":"x\ny"}}}}""", "["));

        string[] parts = e.Message.Split("; ");
        Assert.Equal(6, parts.Length);
        Assert.StartsWith("Invalid JSON: ", parts[0], StringComparison.Ordinal);
        Assert.StartsWith("Cannot read '", parts[1], StringComparison.Ordinal);
        Assert.StartsWith("Invalid JSON: ", parts[2], StringComparison.Ordinal);
        Assert.Equal("Invalid MCP config: server 'a' needs a 'command' or a 'url'", parts[3]);
        Assert.StartsWith("server 'h': headers.A B is no header", parts[4], StringComparison.Ordinal);
        Assert.StartsWith("server 'h': headers.C is no header", parts[5], StringComparison.Ordinal);
        Assert.Equal("--mcp-config-file", e.Option);
        Assert.True(e.IsSyntax);
    }

    [Fact]
    public void Broken_json_names_its_option()
    {
        string file = _directory.Write("bad.json", "{nope");

        McpConfigException e = Assert.Throws<McpConfigException>(() => Load([file]));

        Assert.StartsWith("Invalid JSON: ", e.Message, StringComparison.Ordinal);
        Assert.Equal("--mcp-config-file", e.Option);
        Assert.True(e.IsSyntax);
    }

    [Fact]
    public void Add_list_and_remove_keep_what_they_do_not_know()
    {
        string path = _directory.Write("share/mcp.json", """{"extra":{"ü":1.0},"mcpServers":{"old":{"odd":true}}}""");

        Assert.Equal(0, Commands.Add(new McpAddRequest { Name = "fs", Target = ["npx", "-y", "server"], Environment = ["A=b=c", "B= d "] }));
        Assert.Equal(0, Commands.Add(new McpAddRequest { Name = "web", Target = ["https://x.test/mcp"], Transport = "http", Headers = [" K : v:w "], Auth = "oauth" }));
        Assert.Equal(0, Commands.List());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Share.McpFile));
        }

        Assert.Equal(
            [
                $"Added MCP server 'fs' to {path}.", $"Added MCP server 'web' to {path}.", $"MCP config file: {path}", "  old: {\"odd\":true}",
                "  fs (stdio): npx -y server", "  web (http): https://x.test/mcp [authorization required - run: kimi mcp auth web]",
            ],
            _output);
        Assert.Equal(
            """
            {
              "extra": {
                "ü": 1.0
              },
              "mcpServers": {
                "old": {
                  "odd": true
                },
                "fs": {
                  "command": "npx",
                  "args": [
                    "-y",
                    "server"
                  ],
                  "env": {
                    "A": "b=c",
                    "B": " d "
                  }
                },
                "web": {
                  "url": "https://x.test/mcp",
                  "transport": "http",
                  "headers": {
                    "K": "v:w"
                  },
                  "auth": "oauth"
                }
              }
            }
            """.ReplaceLineEndings("\n"),
            File.ReadAllText(path));
        Assert.Equal(0, Commands.Remove("old"));
        Assert.Equal($"Removed MCP server 'old' from {path}.", _output[^1]);
        Assert.Equal(1, Commands.Remove("old"));
        Assert.Equal(["MCP server 'old' not found."], _errors);
    }

    [Fact]
    public void A_token_in_the_file_is_for_the_owner_only()
    {
        Assert.Equal(0, Commands.Add(new McpAddRequest { Name = "web", Target = ["https://x.test/mcp"], Transport = "http", Auth = "a-bearer-token" }));

        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Share.McpFile));
        }
    }

    [Fact]
    public void Empty_list()
    {
        Assert.Equal(0, Commands.List());

        Assert.Equal([$"MCP config file: {Share.McpFile}", "No MCP servers configured."], _output);
    }

    [Theory]
    [InlineData("stdio", "", "", "", "", "For stdio transport, provide the command to start the MCP server after `--`.")]
    [InlineData("stdio", "cmd", "", "A:b", "", "--header is only valid for http transport.")]
    [InlineData("stdio", "cmd", "", "", "oauth", "--auth is only valid for http transport.")]
    [InlineData("http", "u", "A=b", "", "", "--env is only supported for stdio transport.")]
    [InlineData("http", "", "", "", "", "URL is required for http transport.")]
    [InlineData("http", "u v", "", "", "", "Multiple targets provided. Supply a single URL for http transport.")]
    [InlineData("smoke", "u", "", "", "", "Unsupported transport: smoke.")]
    [InlineData("stdio", "cmd", "novalue", "", "", "Invalid env format: novalue (expected KEY=VALUE).")]
    [InlineData("stdio", "cmd", "=x", "", "", "Invalid env format: =x (empty key).")]
    [InlineData("http", "u", "", "novalue", "", "Invalid header format: novalue (expected KEY:VALUE).")]
    [InlineData("http", "u", "", ":x", "", "Invalid header format: :x (empty key).")]
    public void Add_refuses(string transport, string target, string env, string header, string auth, string message)
    {
        static string[] Items(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(1, Commands.Add(new McpAddRequest
        {
            Name = "n",
            Target = Items(target),
            Transport = transport,
            Environment = Items(env),
            Headers = Items(header),
            Auth = auth.Length == 0 ? null : auth,
        }));
        Assert.Equal([message], _errors);
        Assert.False(File.Exists(Share.McpFile));
    }

    [Theory]
    [InlineData("{", "Invalid JSON in MCP config file '")]
    [InlineData("[]", "Invalid MCP config in '")]
    [InlineData("""{"mcpServers":3}""", "Invalid MCP config in '")]
    public void Commands_refuse_a_broken_file(string text, string message)
    {
        _directory.Write("share/mcp.json", text);

        McpConfigException e = Assert.Throws<McpConfigException>(() => Commands.List());

        Assert.StartsWith(message + Share.McpFile + "': ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tests_connect()
    {
        McpServerConfig server = McpSession.Stdio("good");
        Commands.Add(new McpAddRequest { Name = "good", Target = [server.Command, .. server.Arguments] });
        Commands.Add(new McpAddRequest { Name = "bad", Target = ["no-such-program-anywhere"] });
        _output.Clear();

        Assert.Equal(0, await Commands.TestAsync("good", TestContext.Current.CancellationToken));
        Assert.Equal(1, await Commands.TestAsync("bad", TestContext.Current.CancellationToken));
        Assert.Equal(1, await Commands.TestAsync("none", TestContext.Current.CancellationToken));

        Assert.Equal(["Testing connection to 'good'...", "✓ Connected to 'good'", "  Available tools: 17", "  Tools:", "    - echo: Gives the text back"], _output.Take(5));
        Assert.Contains("    - media: Gives a text, an image, a sound, resources and ...", _output);
        Assert.StartsWith("✗ Connection failed: IOException: ", _errors[0], StringComparison.Ordinal);
        Assert.Equal("MCP server 'none' not found.", _errors[1]);
    }

    [Fact]
    public async Task Authorization_commands_refuse_what_has_none()
    {
        Commands.Add(new McpAddRequest { Name = "p", Target = ["x"] });
        Commands.Add(new McpAddRequest { Name = "w", Target = ["https://x.test/mcp"], Transport = "http" });

        Assert.Equal(1, await Commands.AuthorizeAsync("none", TestContext.Current.CancellationToken));
        Assert.Equal(1, await Commands.AuthorizeAsync("p", TestContext.Current.CancellationToken));
        Assert.Equal(1, await Commands.AuthorizeAsync("w", TestContext.Current.CancellationToken));
        Assert.Equal(1, Commands.ResetAuthorization("p"));
        Assert.Equal(0, Commands.ResetAuthorization("w"));

        Assert.Equal(
            [
                "MCP server 'none' not found.", "MCP server 'p' is not a remote server.", "MCP server 'w' does not use OAuth. Add with --auth oauth.",
                "MCP server 'p' is not a remote server.",
            ],
            _errors);
        Assert.Equal("OAuth tokens cleared for 'w'.", _output[^1]);
    }
}
