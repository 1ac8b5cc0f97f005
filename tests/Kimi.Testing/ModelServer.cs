using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kimi.Testing;

/// <summary>
/// A model server on loopback: answers what the test has queued, in order, the last one again and again, and records what it
/// was sent. Speaks chat completions, Responses, Anthropic and Gemini, by the path it is asked on.
/// </summary>
public sealed class ModelServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Func<RecordedRequest, ModelAnswer>> _answers = new();
    private readonly List<RecordedRequest> _requests = [];
    private Func<RecordedRequest, ModelAnswer>? _last;
    private Func<RecordedRequest, ModelAnswer?>? _handler;

    private ModelServer(WebApplication app) => _app = app;

    /// <summary>The address without a path.</summary>
    public string Url { get; private set; } = "";

    /// <summary>The address with the path that the OpenAI family expects.</summary>
    public string BaseUrl => Url + "/v1";

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<RecordedRequest> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Starts a server on a free port.</summary>
    public static async Task<ModelServer> StartAsync(int port = 0)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, port);
            options.AddServerHeader = false;
            options.AllowSynchronousIO = true;
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinResponseDataRate = null;
        });
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        ModelServer server = new(app);
        app.Run(server.AnswerAsync);
        await app.StartAsync().ConfigureAwait(false);
        server.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return server;
    }

    /// <summary>Queues answers.</summary>
    public ModelServer Answer(params ModelAnswer[] answers)
    {
        foreach (ModelAnswer answer in answers)
        {
            _answers.Enqueue(_ => answer);
        }

        return this;
    }

    /// <summary>Queues answers of the model, in the form of the family that will be asked.</summary>
    public ModelServer Answer(params Reply[] replies)
    {
        foreach (Reply reply in replies)
        {
            _answers.Enqueue(request => ModelAnswer.Of(reply.ToBody(request.Path)));
        }

        return this;
    }

    /// <summary>Queues the answers of a script.</summary>
    public ModelServer Answer(IReadOnlyList<Func<RecordedRequest, ModelAnswer>> script)
    {
        foreach (Func<RecordedRequest, ModelAnswer> answer in script)
        {
            _answers.Enqueue(answer);
        }

        return this;
    }

    /// <summary>Answers before the queue is looked at; null leaves a request to the queue.</summary>
    public ModelServer Handle(Func<RecordedRequest, ModelAnswer?> handler)
    {
        _handler = handler;
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        using CancellationTokenSource hurry = new(TimeSpan.FromMilliseconds(200));
        try
        {
            await _app.StopAsync(hurry.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }

        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize = null;
        RecordedRequest request = await RecordAsync(context).ConfigureAwait(false);
        ModelAnswer answer = Choose(request);
        if (answer.Delay > TimeSpan.Zero)
        {
            await Task.Delay(answer.Delay, context.RequestAborted).ConfigureAwait(false);
        }

        if (answer.SendsNothing)
        {
            await EndAsync(context, answer.End == AnswerEnd.Normal ? AnswerEnd.Cut : answer.End).ConfigureAwait(false);
        }
        else if (answer.Framing == AnswerFraming.Close || answer.ContentLength is not null || answer.End is AnswerEnd.Cut or AnswerEnd.Reset)
        {
            await SendRawAsync(context, answer).ConfigureAwait(false);
        }
        else
        {
            await SendAsync(context, answer).ConfigureAwait(false);
        }
    }

    private async Task<RecordedRequest> RecordAsync(HttpContext context)
    {
        using MemoryStream body = new();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted).ConfigureAwait(false);
        Dictionary<string, string> headers = context.Request.Headers.ToDictionary(static header => header.Key, static header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        string path = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        RecordedRequest request = new(context.Request.Method, path, headers, body.ToArray(), DateTimeOffset.UtcNow);
        lock (_requests)
        {
            _requests.Add(request);
        }

        return request;
    }

    private ModelAnswer Choose(RecordedRequest request)
    {
        if (_handler?.Invoke(request) is ModelAnswer handled)
        {
            return handled;
        }

        if (_answers.TryDequeue(out Func<RecordedRequest, ModelAnswer>? next))
        {
            _last = next;
        }

        return _last?.Invoke(request) ?? ModelAnswer.Of(Reply.Says("ok").ToBody(request.Path));
    }

    private static async Task SendAsync(HttpContext context, ModelAnswer answer)
    {
        context.Response.StatusCode = answer.Status;
        if (answer.ContentType is not null)
        {
            context.Response.ContentType = answer.ContentType;
        }

        foreach (KeyValuePair<string, string> header in answer.Headers)
        {
            context.Response.Headers.Append(header.Key, header.Value);
        }

        if (answer.Framing == AnswerFraming.Length)
        {
            context.Response.ContentLength = answer.Body.Length;
        }

        if (answer.Status is not (204 or 304))
        {
            await context.Response.StartAsync(context.RequestAborted).ConfigureAwait(false);
            await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
            foreach (ReadOnlyMemory<byte> piece in Pieces(answer))
            {
                await context.Response.Body.WriteAsync(piece, context.RequestAborted).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(context.RequestAborted).ConfigureAwait(false);
                if (answer.Pause > TimeSpan.Zero)
                {
                    await Task.Delay(answer.Pause, context.RequestAborted).ConfigureAwait(false);
                }
            }
        }

        await EndAsync(context, answer.End).ConfigureAwait(false);
    }

    private static async Task SendRawAsync(HttpContext context, ModelAnswer answer)
    {
        StringBuilder head = new();
        head.Append(CultureInfo.InvariantCulture, $"HTTP/1.1 {answer.Status} Answer\r\nConnection: close\r\n");
        if (answer.ContentType is not null)
        {
            head.Append("Content-Type: ").Append(answer.ContentType).Append("\r\n");
        }

        foreach (KeyValuePair<string, string> header in answer.Headers)
        {
            head.Append(header.Key).Append(": ").Append(header.Value).Append("\r\n");
        }

        if (answer.ContentLength is long length)
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {length}\r\n");
        }

        bool chunked = answer.Framing == AnswerFraming.Chunked && answer.ContentLength is null;
        head.Append(chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
        Socket socket = SocketOf(context);
        await socket.SendAsync(Encoding.ASCII.GetBytes(head.ToString())).ConfigureAwait(false);
        foreach (ReadOnlyMemory<byte> piece in Pieces(answer))
        {
            if (chunked)
            {
                await socket.SendAsync(Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n")).ConfigureAwait(false);
            }

            await socket.SendAsync(piece).ConfigureAwait(false);
            if (chunked)
            {
                await socket.SendAsync("\r\n"u8.ToArray()).ConfigureAwait(false);
            }
        }

        if (answer.End != AnswerEnd.Normal)
        {
            // The client has to have read what was sent, or the end would swallow it.
            await Task.Delay(50).ConfigureAwait(false);
        }

        await EndAsync(context, answer.End == AnswerEnd.Normal ? AnswerEnd.Cut : answer.End).ConfigureAwait(false);
    }

    private static async Task EndAsync(HttpContext context, AnswerEnd end)
    {
        switch (end)
        {
            case AnswerEnd.Cut:
                SocketOf(context).Shutdown(SocketShutdown.Send);
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
                context.Abort();
                break;
            case AnswerEnd.Reset:
                Socket socket = SocketOf(context);
                socket.LingerState = new LingerOption(true, 0);
                socket.Close(0);
                context.Abort();
                break;
            case AnswerEnd.Hang:
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
                break;
        }
    }

    private static Socket SocketOf(HttpContext context) => context.Features.Get<IConnectionSocketFeature>()!.Socket;

    private static IEnumerable<ReadOnlyMemory<byte>> Pieces(ModelAnswer answer)
    {
        int size = answer.WriteSize > 0 ? answer.WriteSize : Math.Max(1, answer.Body.Length);
        for (int at = 0; at < answer.Body.Length; at += size)
        {
            yield return answer.Body.Slice(at, Math.Min(size, answer.Body.Length - at));
        }
    }
}
