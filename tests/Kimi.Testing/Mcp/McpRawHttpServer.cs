using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kimi.Testing.Mcp;

/// <summary>An MCP server over HTTP without a library: results of any size, as JSON or as an event, and redirects.</summary>
public sealed class McpRawHttpServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private McpRawHttpServer(WebApplication app) => _app = app;

    /// <summary>Where it listens, without a path.</summary>
    public string Url { get; private set; } = "";

    /// <summary>Where requests to <c>/moved</c> are sent.</summary>
    public string MovedTo { get; set; } = "/json";

    /// <summary>The status of that answer.</summary>
    public int MovedStatus { get; set; } = 307;

    /// <summary>The requests: path, then headers as <c>name: value</c>, a line each.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Starts it; <c>/json</c> answers in JSON, <c>/events</c> in events.</summary>
    public static async Task<McpRawHttpServer> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var server = new McpRawHttpServer(app);
        app.MapPost("/json", (RequestDelegate)(context => server.AnswerAsync(context, isEvent: false)));
        app.MapPost("/events", (RequestDelegate)(context => server.AnswerAsync(context, isEvent: true)));
        app.MapPost("/moved", (HttpContext context) =>
        {
            server.Note(context);
            context.Response.Headers.Location = server.MovedTo;
            context.Response.StatusCode = server.MovedStatus;
        });
        await app.StartAsync().ConfigureAwait(false);
        server.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync().ConfigureAwait(false);

    private void Note(HttpContext context) => Requests.Enqueue(
        context.Request.Path + "\n" + string.Join('\n', context.Request.Headers.Select(static header => $"{header.Key}: {header.Value}")));

    private async Task AnswerAsync(HttpContext context, bool isEvent)
    {
        Note(context);
        using JsonDocument message = await JsonDocument.ParseAsync(context.Request.Body, default, context.RequestAborted).ConfigureAwait(false);
        if (!message.RootElement.TryGetProperty("id", out JsonElement id))
        {
            context.Response.StatusCode = StatusCodes.Status202Accepted;
            return;
        }

        context.Response.ContentType = isEvent ? "text/event-stream" : "application/json";
        await WriteAsync(context, isEvent ? "id: 1\r\ndata: " : "").ConfigureAwait(false);
        string head = $$"""{"jsonrpc":"2.0","id":{{id.GetRawText()}},""";
        switch (message.RootElement.GetProperty("method").GetString())
        {
            case "initialize":
                await WriteAsync(context, head + "\"result\":" + """{"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"raw","version":"1"}}}""").ConfigureAwait(false);
                break;
            case "tools/list":
                await WriteAsync(context, head + "\"result\":" + """{"tools":[{"name":"huge","inputSchema":{"type":"object"}}]}}""").ConfigureAwait(false);
                break;
            case "tools/call":
                await HugeAsync(context, head, message.RootElement.GetProperty("params").GetProperty("arguments").GetProperty("bytes").GetInt64()).ConfigureAwait(false);
                break;
            default:
                await WriteAsync(context, head + "\"error\":" + """{"code":-32601,"message":"Method not found"}}""").ConfigureAwait(false);
                break;
        }

        await WriteAsync(context, isEvent ? "\r\n\r\n" : "\n").ConfigureAwait(false);
    }

    private static async Task HugeAsync(HttpContext context, string head, long bytes)
    {
        await WriteAsync(context, head + "\"result\":" + """{"content":[{"type":"text","text":"start """).ConfigureAwait(false);
        byte[] piece = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("a line of a long text\\n", 3000)));
        for (long written = 0; written < bytes; written += piece.Length)
        {
            await context.Response.Body.WriteAsync(piece, context.RequestAborted).ConfigureAwait(false);
        }

        await WriteAsync(context, """ end"}]}}""").ConfigureAwait(false);
    }

    private static Task WriteAsync(HttpContext context, string text) => context.Response.WriteAsync(text, context.RequestAborted);
}
