using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.Testing;
using Kimi.Testing.Mcp;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>Against an authorization server of the test's own, with everything but the browser real.</summary>
public sealed class McpOAuthTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<string> _output = [];
    private readonly List<string> _errors = [];
    private int _browsed;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private ShareDirectory Share => new(_directory.At("share"), _directory.Path);

    private McpCommands Commands => new(Share, _output.Add, _errors.Add)
    {
        OpenBrowser = (address, stop) =>
        {
            _browsed++;
            _ = McpHttpServer.BrowseAsync(address, stop);
            return Task.CompletedTask;
        },
    };

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Authorize_use_refresh_and_reset()
    {
        await using McpHttpServer server = await McpHttpServer.StartAsync(isProtected: true);
        Commands.Add(new McpAddRequest { Name = "web", Target = [server.McpUrl], Transport = "http", Auth = "oauth" });
        _output.Clear();

        Assert.Equal(0, await Commands.AuthorizeAsync("web", Stop));

        Assert.Equal(["Authorizing with 'web'...", "A browser window will open for authorization.", "Successfully authorized with 'web'.", "Available tools: 17"], _output);
        Assert.Equal(["register", "authorize", "authorization_code"], server.Authorizations);
        Assert.Equal(["Kimi Code CLI"], server.ClientNames);
        Assert.Equal(1, _browsed);
        CheckStore(server.McpUrl);

        await using (McpManager manager = Manager())
        {
            await manager.WaitLoadedAsync(Stop);
            Assert.Equal("connected", manager.Status().Servers[0].Status);
        }

        // An expired token is renewed without anybody being asked, and the new one is kept.
        server.ExpireTokens();
        await using (McpManager manager = Manager())
        {
            await manager.WaitLoadedAsync(Stop);
            Assert.Equal("connected", manager.Status().Servers[0].Status);
        }

        Assert.Contains("refresh_token", server.Authorizations);
        Assert.Equal(1, server.Authorizations.Count(what => what == "register"));

        // A refresh that is refused needs the user again, but no browser opens by itself.
        server.ExpireTokens();
        server.AcceptsRefresh = false;
        await using (McpManager manager = Manager())
        {
            await manager.WaitLoadedAsync(Stop);
            Assert.Equal("unauthorized", manager.Status().Servers[0].Status);
        }

        Assert.Equal(1, _browsed);
        Assert.Equal(0, Commands.ResetAuthorization("web"));
        Commands.List();
        Assert.EndsWith("[authorization required - run: kimi mcp auth web]", _output[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_tokens_a_server_is_not_even_asked()
    {
        await using McpHttpServer server = await McpHttpServer.StartAsync(isProtected: true);
        Commands.Add(new McpAddRequest { Name = "web", Target = [server.McpUrl], Transport = "http", Auth = "oauth" });
        var log = new List<string>();
        await using McpManager manager = Manager(log);

        await manager.WaitLoadedAsync(Stop);

        Assert.Equal("unauthorized", manager.Status().Servers[0].Status);
        Assert.Equal(["Skipping OAuth MCP server 'web': not authorized. Run 'kimi mcp auth web' first."], log);
        Assert.Empty(server.Authorizations);
        Assert.Empty(server.Headers);
    }

    [Fact]
    public async Task A_client_the_server_has_forgotten_is_registered_once_more()
    {
        await using McpHttpServer server = await McpHttpServer.StartAsync(isProtected: true);
        Commands.Add(new McpAddRequest { Name = "web", Target = [server.McpUrl], Transport = "http", Auth = "oauth" });
        await Commands.AuthorizeAsync("web", Stop);
        server.ExpireTokens();
        server.AcceptsRefresh = false;
        server.ForgetClients();

        int code = await Commands.AuthorizeAsync("web", Stop);

        Assert.True(code == 0, string.Join('\n', _errors));
        Assert.Equal(2, server.Authorizations.Count(what => what == "register"));
        Assert.Equal("Available tools: 17", _output[^1]);
    }

    [Fact]
    public async Task A_refused_authorization_is_told()
    {
        await using McpHttpServer server = await McpHttpServer.StartAsync(isProtected: true);
        Commands.Add(new McpAddRequest { Name = "web", Target = [server.McpUrl], Transport = "http", Auth = "oauth" });
        var commands = new McpCommands(Share, _output.Add, _errors.Add)
        {
            OpenBrowser = async (address, stop) =>
            {
                string redirect = System.Web.HttpUtility.ParseQueryString(address.Query)["redirect_uri"]!;
                using HttpClient browser = new();
                using HttpResponseMessage page = await browser.GetAsync(new Uri(redirect + "?error=access_denied"), stop);
            },
        };

        Assert.Equal(1, await commands.AuthorizeAsync("web", Stop));

        Assert.StartsWith("Authorization failed: ", Assert.Single(_errors), StringComparison.Ordinal);
    }

    private McpManager Manager(List<string>? log = null) => new(new McpManagerOptions
    {
        Servers = McpConfigSources.Load(Share, [], []),
        Share = Share,
        ConnectTimeout = TimeSpan.FromSeconds(20),
        Log = (_, text) => log?.Add(text),
    });

    private void CheckStore(string url)
    {
        string tokens = Path.Combine(Share.McpOAuthDirectory, "3a009b34f2223805050721f1155bd27e40dedf450815dfe3ac84cdd17cec75b3");
        string clients = Path.Combine(Share.McpOAuthDirectory, "92af0fc1bad38eef91d64a9b4af8e0b6c566215ab349f24999c9971033267fe9");
        string name = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(url + "/tokens"))) + ".json";
        string file = Path.Combine(tokens, name);
        Assert.True(File.Exists(file));
        Assert.True(File.Exists(tokens + "-info.json"));
        Assert.Single(Directory.GetFiles(clients));
        Assert.Contains("\"access_token\":\"access-", File.ReadAllText(file), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Share.McpOAuthDirectory));
        }

        var store = new McpTokenStore(Share.McpOAuthDirectory);
        Assert.True(store.HasTokens(url + "/"));
        Assert.False(store.HasTokens(url + "/other"));
        File.AppendAllText(Path.Combine(tokens, "broken.json"), "{");
        Assert.True(store.HasTokens(url));
    }
}
