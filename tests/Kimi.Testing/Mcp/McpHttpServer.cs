using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Kimi.Testing.Mcp;

/// <summary>The test MCP server over HTTP, streamable and with events, and an authorization server in front of it.</summary>
public sealed class McpHttpServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, StreamableHttpServerTransport> _sessions = new();
    private readonly ConcurrentDictionary<string, SseResponseStreamTransport> _streams = new();
    private readonly ConcurrentDictionary<string, (string Challenge, string Client)> _codes = new();
    private readonly ConcurrentDictionary<string, byte> _clients = new();
    private readonly ConcurrentDictionary<string, byte> _accessTokens = new();
    private readonly ConcurrentDictionary<string, byte> _refreshTokens = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly bool _isProtected;

    private McpHttpServer(WebApplication app, bool isProtected)
    {
        _app = app;
        _isProtected = isProtected;
    }

    public McpTestTools Tools { get; } = new();

    /// <summary>Where it listens, without a path.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Address of the streamable endpoint.</summary>
    public string McpUrl => Url + "/mcp";

    /// <summary>Address of the endpoint with events.</summary>
    public string SseUrl => Url + "/sse";

    /// <summary>Headers of the requests to the MCP endpoints, as <c>name: value</c>.</summary>
    public ConcurrentQueue<string> Headers { get; } = new();

    /// <summary>Methods of the requests and notifications received.</summary>
    public ConcurrentQueue<string> Methods { get; } = new();

    /// <summary>What the authorization server was asked for, in order: <c>register</c>, <c>authorize</c>, the grant types.</summary>
    public ConcurrentQueue<string> Authorizations { get; } = new();

    /// <summary>The client names registered.</summary>
    public ConcurrentQueue<string> ClientNames { get; } = new();

    /// <summary>Seconds an access token is good for.</summary>
    public int TokenLifetime { get; set; } = 3600;

    /// <summary>Whether refresh tokens are taken.</summary>
    public bool AcceptsRefresh { get; set; } = true;

    public static async Task<McpHttpServer> StartAsync(bool isProtected = false)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var server = new McpHttpServer(app, isProtected);
        server.Map();
        await app.StartAsync().ConfigureAwait(false);
        server.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return server;
    }

    /// <summary>Makes all access tokens worthless, as if their time were over.</summary>
    public void ExpireTokens() => _accessTokens.Clear();

    /// <summary>Forgets all registered clients.</summary>
    public void ForgetClients() => _clients.Clear();

    /// <summary>What a browser does: follows the authorization to the redirect address.</summary>
    public static async Task BrowseAsync(Uri address, CancellationToken cancellationToken)
    {
        using HttpClient browser = new();
        using HttpResponseMessage response = await browser.GetAsync(address, cancellationToken).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        using CancellationTokenSource patience = new(TimeSpan.FromSeconds(2));
        await _app.StopAsync(patience.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
        _ending.Dispose();
    }

    private void Map()
    {
        _app.MapPost("/mcp", PostAsync);
        _app.MapGet("/mcp", StreamAsync);
        _app.MapDelete("/mcp", DeleteAsync);
        _app.MapGet("/sse", EventsAsync);
        _app.MapPost("/message", MessageAsync);
        _app.MapGet("/.well-known/oauth-protected-resource/{**rest}", () => Results.Text(
            $$"""{"resource":"{{McpUrl}}","authorization_servers":["{{Url}}"]}""", "application/json"));
        _app.MapGet("/.well-known/oauth-authorization-server", () => Results.Text(
            $$"""
            {"issuer":"{{Url}}","authorization_endpoint":"{{Url}}/authorize","token_endpoint":"{{Url}}/token",
            "registration_endpoint":"{{Url}}/register","response_types_supported":["code"],
            "grant_types_supported":["authorization_code","refresh_token"],"code_challenge_methods_supported":["S256"],
            "token_endpoint_auth_methods_supported":["none"]}
            """,
            "application/json"));
        _app.MapPost("/register", (Delegate)RegisterAsync);
        _app.MapGet("/authorize", (Delegate)Authorize);
        _app.MapPost("/token", (Delegate)TokenAsync);
    }

    private async Task PostAsync(HttpContext context)
    {
        if (!Admit(context))
        {
            return;
        }

        JsonRpcMessage message = (await JsonSerializer.DeserializeAsync(
            context.Request.Body, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage)), context.RequestAborted).ConfigureAwait(false) as JsonRpcMessage)!;
        Methods.Enqueue(message switch { JsonRpcRequest request => request.Method, JsonRpcNotification notification => notification.Method, _ => "" });
        string? id = context.Request.Headers["Mcp-Session-Id"];
        StreamableHttpServerTransport? transport;
        if (id is null)
        {
            if (message is not JsonRpcRequest { Method: "initialize" })
            {
                // An older server: it knows no request outside a session.
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                await context.Response.WriteAsync("""{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: no session"},"id":null}""").ConfigureAwait(false);
                return;
            }

            id = Guid.NewGuid().ToString("N");
            transport = new StreamableHttpServerTransport { SessionId = id };
            _sessions[id] = transport;
            _ = RunAsync(transport);
        }
        else if (!_sessions.TryGetValue(id, out transport))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.Headers["Mcp-Session-Id"] = id;
        context.Response.ContentType = "text/event-stream";
        if (!await transport.HandlePostRequestAsync(message, context.Response.Body, context.RequestAborted).ConfigureAwait(false))
        {
            context.Response.ContentType = null;
            context.Response.StatusCode = StatusCodes.Status202Accepted;
        }
    }

    private async Task StreamAsync(HttpContext context)
    {
        if (!Admit(context))
        {
            return;
        }

        if (context.Request.Headers["Mcp-Session-Id"].ToString() is not { Length: > 0 } id || !_sessions.TryGetValue(id, out StreamableHttpServerTransport? transport))
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        context.Response.ContentType = "text/event-stream";
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending.Token);
        await context.Response.Body.FlushAsync(stop.Token).ConfigureAwait(false);
        await IgnoreCancellation(transport.HandleGetRequestAsync(context.Response.Body, stop.Token)).ConfigureAwait(false);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        if (_sessions.TryRemove(context.Request.Headers["Mcp-Session-Id"].ToString(), out StreamableHttpServerTransport? transport))
        {
            await transport.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task EventsAsync(HttpContext context)
    {
        if (!Admit(context))
        {
            return;
        }

        string id = Guid.NewGuid().ToString("N");
        context.Response.ContentType = "text/event-stream";
        SseResponseStreamTransport transport = new(context.Response.Body, $"/message?session={id}", id);
        await using (transport.ConfigureAwait(false))
        {
            _streams[id] = transport;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _ending.Token);
            Task stream = transport.RunAsync(stop.Token);
            Task serving = RunAsync(transport);
            await IgnoreCancellation(Task.WhenAny(stream, serving)).ConfigureAwait(false);
            _streams.TryRemove(id, out _);
        }
    }

    private async Task MessageAsync(HttpContext context)
    {
        if (!_streams.TryGetValue(context.Request.Query["session"].ToString(), out SseResponseStreamTransport? transport))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        JsonRpcMessage message = (await JsonSerializer.DeserializeAsync(
            context.Request.Body, McpJsonUtilities.DefaultOptions.GetTypeInfo(typeof(JsonRpcMessage)), context.RequestAborted).ConfigureAwait(false) as JsonRpcMessage)!;
        await transport.OnMessageReceivedAsync(message, context.RequestAborted).ConfigureAwait(false);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        await context.Response.WriteAsync("Accepted").ConfigureAwait(false);
    }

    private async Task RunAsync(ITransport transport)
    {
        McpServer server = McpServer.Create(transport, Tools.Options());
        await using (server.ConfigureAwait(false))
        {
            await IgnoreCancellation(server.RunAsync(_ending.Token)).ConfigureAwait(false);
        }
    }

    private bool Admit(HttpContext context)
    {
        foreach (KeyValuePair<string, Microsoft.Extensions.Primitives.StringValues> header in context.Request.Headers)
        {
            Headers.Enqueue($"{header.Key}: {header.Value}");
        }

        string authorization = context.Request.Headers.Authorization.ToString();
        if (!_isProtected || (authorization.StartsWith("Bearer ", StringComparison.Ordinal) && _accessTokens.ContainsKey(authorization[7..])))
        {
            return true;
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.Headers.WWWAuthenticate = $"Bearer resource_metadata=\"{Url}/.well-known/oauth-protected-resource/mcp\"";
        return false;
    }

    private async Task<IResult> RegisterAsync(HttpContext context)
    {
        Authorizations.Enqueue("register");
        using JsonDocument request = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted).ConfigureAwait(false);
        ClientNames.Enqueue(request.RootElement.GetProperty("client_name").GetString()!);
        string id = "client-" + Guid.NewGuid().ToString("N");
        _clients[id] = 0;
        return Results.Json(new
        {
            client_id = id,
            redirect_uris = request.RootElement.GetProperty("redirect_uris").EnumerateArray().Select(uri => uri.GetString()).ToArray(),
            token_endpoint_auth_method = "none",
        }, statusCode: StatusCodes.Status201Created);
    }

    private IResult Authorize(HttpContext context)
    {
        Authorizations.Enqueue("authorize");
        IQueryCollection query = context.Request.Query;
        if (!_clients.ContainsKey(query["client_id"].ToString()) || query["code_challenge_method"] != "S256")
        {
            return Results.BadRequest("unknown client");
        }

        string code = Guid.NewGuid().ToString("N");
        _codes[code] = (query["code_challenge"].ToString(), query["client_id"].ToString());
        return Results.Redirect($"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"].ToString())}");
    }

    private async Task<IResult> TokenAsync(HttpContext context)
    {
        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted).ConfigureAwait(false);
        string grant = form["grant_type"].ToString();
        Authorizations.Enqueue(grant);
        bool isGood = grant == "authorization_code"
            ? _codes.TryRemove(form["code"].ToString(), out (string Challenge, string Client) code) && code.Challenge == Challenge(form["code_verifier"].ToString())
            : AcceptsRefresh && _refreshTokens.TryRemove(form["refresh_token"].ToString(), out _);
        if (!isGood)
        {
            return Results.Json(new { error = "invalid_grant" }, statusCode: StatusCodes.Status400BadRequest);
        }

        string access = "access-" + Guid.NewGuid().ToString("N");
        string refresh = "refresh-" + Guid.NewGuid().ToString("N");
        _accessTokens[access] = 0;
        _refreshTokens[refresh] = 0;
        return Results.Json(new { access_token = access, token_type = "Bearer", expires_in = TokenLifetime, refresh_token = refresh });
    }

    private static string Challenge(string verifier) =>
        Convert.ToBase64String(SHA256.HashData(Encoding.ASCII.GetBytes(verifier))).TrimEnd('=').Replace('+', '-').Replace('/', '_');

    private static async Task IgnoreCancellation(Task task)
    {
        try
        {
            await task.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
        catch (IOException)
        {
        }
    }
}
