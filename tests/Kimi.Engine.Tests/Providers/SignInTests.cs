using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Providers;

/// <summary>A key that comes from a sign-in: read, renewed over HTTP, shared with other programs through its file.</summary>
public sealed class SignInTests : IAsyncLifetime
{
    private const string StorePath = "credentials/kimi-code.json";

    private ProviderTestBench _bench = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string StoreFile => Path.Combine(_bench.Directories.Share, StorePath);

    public async ValueTask InitializeAsync() => _bench = await ProviderTestBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_refused_token_is_renewed_once_and_the_request_repeated()
    {
        Store("""{"access_token":"old","refresh_token":"r 1","client_id":"client-7","scope":"s"}""");
        Serve(refused: "old", """{"access_token":"new","refresh_token":"r2","expires_in":900,"token_type":"Bearer"}""");

        Collected answer = await AskAsync(Provider());

        Assert.Equal("ok", answer.Message.ExtractText());
        Assert.Equal("grant_type=refresh_token&refresh_token=r%201&client_id=client-7", _bench.Server.Requests.Single(static r => r.Path == "/token").Text);
        Assert.Equal("Bearer new", _bench.Server.Requests[^1].Header("Authorization"));
        using JsonDocument stored = JsonDocument.Parse(File.ReadAllText(StoreFile));
        Assert.Equal(("new", "r2", "client-7", "s"), (Member("access_token"), Member("refresh_token"), Member("client_id"), Member("scope")));
        Assert.Equal(_bench.Time.GetUtcNow().ToUnixTimeSeconds() + 900, stored.RootElement.GetProperty("expires_at").GetInt64());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(StoreFile));
        }

        string? Member(string name) => stored.RootElement.GetProperty(name).GetString();
    }

    [Fact]
    public async Task A_token_about_to_end_is_renewed_before_it_is_used()
    {
        Store($$"""{"access_token":"old","refresh_token":"r1","expires_at":{{_bench.Time.GetUtcNow().ToUnixTimeSeconds() + 30}}}""");
        Serve(refused: "never", """{"access_token":"new","expires_in":900}""");
        IChatProvider provider = Provider();

        await AskAsync(provider);
        await AskAsync(provider);

        Assert.Equal(["/.well-known/oauth-authorization-server", "/token", "/v1/chat/completions", "/v1/chat/completions"], _bench.Server.Requests.Select(static r => r.Path));
        Assert.All(_bench.Server.Requests.Skip(2), static r => Assert.Equal("Bearer new", r.Header("Authorization")));
        Assert.Contains("\"refresh_token\":\"r1\"", File.ReadAllText(StoreFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_another_program_renewed_is_taken()
    {
        Store("""{"access_token":"old","refresh_token":"r1"}""");
        Serve(refused: "old", "{}");
        IChatProvider provider = Provider();
        Store("""{"access_token":"theirs","refresh_token":"r2"}""");

        await AskAsync(provider);

        Assert.Equal(["Bearer old", "Bearer theirs"], _bench.Server.Requests.Select(static r => r.Header("Authorization")));
    }

    [Theory]
    [InlineData("""{"error":"invalid_grant"}""", 400)]
    [InlineData("""{"token_type":"Bearer"}""", 200)]
    [InlineData("<html>", 200)]
    public async Task A_failed_renewal_raises_the_refusal_and_keeps_the_file(string body, int status)
    {
        const string Tokens = """{"access_token":"old","refresh_token":"r1"}""";
        Store(Tokens);
        Serve(refused: "old", body, status);

        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => AskAsync(Provider()));

        Assert.Equal((401, true), (error.StatusCode, error.IsSignInExpired));
        Assert.Single(_bench.Server.Requests, static r => r.Path.EndsWith("completions", StringComparison.Ordinal));
        Assert.Equal(Tokens, File.ReadAllText(StoreFile));
        Assert.DoesNotContain("r1", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_requests_at_once_renew_once()
    {
        Store("""{"access_token":"old","refresh_token":"r1"}""");
        Serve(refused: "old", """{"access_token":"new","expires_in":900}""");
        IChatProvider provider = Provider();

        await Task.WhenAll(AskAsync(provider), AskAsync(provider));

        Assert.Single(_bench.Server.Requests, static r => r.Path == "/token");
    }

    [Fact]
    public async Task A_refresh_token_goes_nowhere_without_encryption()
    {
        Store("""{"access_token":"old","refresh_token":"r1"}""");
        Serve(refused: "old", "{}");
        ResolvedModel model = Model(("KIMI_OAUTH_HOST", "http://auth.example"));

        await Assert.ThrowsAsync<ChatProviderException>(() => AskAsync(ProviderFactory.Create(model, _bench.Context)!));

        Assert.Equal("/v1/chat/completions", Assert.Single(_bench.Server.Requests).Path);
    }

    [Theory]
    [InlineData("/.well-known/oauth-authorization-server")]
    [InlineData("/token")]
    public async Task A_refresh_token_is_not_sent_where_the_service_points_to(string redirecting)
    {
        await using ModelServer other = await ModelServer.StartAsync();
        Store("""{"access_token":"old","refresh_token":"r1"}""");
        _bench.Server.Handle(request => request.Path == redirecting ? ModelAnswer.Error(307, "", ("Location", other.Url + redirecting))
            : request.Path == "/.well-known/oauth-authorization-server" ? ModelAnswer.Of($$"""{"token_endpoint":"{{_bench.Server.Url}}/token"}""", contentType: "application/json")
            : ModelAnswer.Error(401));

        await Assert.ThrowsAsync<ChatProviderException>(() => AskAsync(Provider()));

        Assert.Contains(_bench.Server.Requests, request => request.Path == redirecting);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task A_life_without_end_is_no_error()
    {
        Store("""{"access_token":"old","refresh_token":"r1"}""");
        Serve(refused: "old", """{"access_token":"new","expires_in":1e300}""");

        await AskAsync(Provider());

        Assert.Equal("Bearer new", _bench.Server.Requests[^1].Header("Authorization"));
    }

    [Fact]
    public async Task The_client_is_taken_from_the_access_token_when_the_file_does_not_name_it()
    {
        string claims = System.Buffers.Text.Base64Url.EncodeToString("""{"client_id":"from-jwt"}"""u8);
        Store($$"""{"access_token":"h.{{claims}}.s","refresh_token":"r1"}""");
        Serve(refused: $"h.{claims}.s", """{"access_token":"new"}""");

        await AskAsync(Provider());

        Assert.EndsWith("&client_id=from-jwt", _bench.Server.Requests.Single(static r => r.Path == "/token").Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_given_expressly_is_not_replaced_by_the_sign_in()
    {
        Store("""{"access_token":"stored","refresh_token":"r1"}""");
        Serve(refused: "given", "{}");
        ProviderContext given = _bench.Context.With(new ProviderCredential("given"));

        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => AskAsync(ProviderFactory.Create(Model(), given)!));

        Assert.False(error.IsSignInExpired);
        Assert.Equal("Bearer given", Assert.Single(_bench.Server.Requests).Header("Authorization"));
    }

    private static Task<Collected> AskAsync(IChatProvider provider) => ProviderTestBench.AskAsync(provider, ProviderTestBench.Hello, Token);

    private void Store(string tokens) => _bench.Directories.WriteShare(StorePath, tokens);

    private void Serve(string refused, string renewed, int status = 200) => _bench.Server.Handle(request => request.Path switch
    {
        "/.well-known/oauth-authorization-server" => ModelAnswer.Of($$"""{"issuer":"{{_bench.Server.Url}}","token_endpoint":"{{_bench.Server.Url}}/token"}""", contentType: "application/json"),
        "/token" => ModelAnswer.Of(renewed, status, "application/json"),
        _ => request.Header("Authorization") == "Bearer " + refused ? ModelAnswer.Error(401) : null,
    });

    private IChatProvider Provider() => ProviderFactory.Create(Model(), _bench.Context)!;

    private ResolvedModel Model(params (string Name, string Value)[] variables)
    {
        ResolvedModel model = _bench.Model(ProviderType.Kimi);
        Dictionary<string, string> environment = new() { ["KIMI_CODE_OAUTH_HOST"] = _bench.Server.Url };
        foreach ((string name, string value) in variables)
        {
            environment.Remove("KIMI_CODE_OAUTH_HOST");
            environment[name] = value;
        }

        return model with
        {
            Provider = model.Provider with { OAuth = new OAuthReference("file", "oauth/kimi-code") },
            Environment = EnvironmentSource.From(environment),
        };
    }
}
