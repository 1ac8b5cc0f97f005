using System.Net;
using Kimi.Engine.Configuration;

namespace Kimi.Engine.Mcp.Sdk;

/// <summary>
/// HTTP of one server. Follows redirects, but what was meant for the server alone, its headers and its authorization, does
/// not go to another host; and takes the answers of calls out of what comes back.
/// </summary>
internal sealed class McpHttpHandler : DelegatingHandler
{
    private const int MaxRedirects = 10;

    private static readonly string[] s_ownHeaders = ["Authorization", "Cookie", "Mcp-Session-Id"];

    private readonly string[] _secretHeaders;
    private readonly PendingCalls _calls;

    public McpHttpHandler(HttpMessageHandler inner, IEnumerable<string> headers, PendingCalls calls)
        : base(inner)
    {
        _secretHeaders = [.. headers, .. s_ownHeaders];
        _calls = calls;
    }

    /// <summary>A client for one server; no time limit of its own, the calls have theirs.</summary>
    public static HttpClient Client(McpServerConfig server, PendingCalls calls)
    {
        SocketsHttpHandler sockets = new() { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = TimeSpan.FromSeconds(30), Proxy = EnvironmentProxy.ForSocks(EnvironmentSource.Process) };
        return new HttpClient(new McpHttpHandler(sockets, server.Headers.Keys, calls)) { Timeout = Timeout.InfiniteTimeSpan };
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        for (int i = 0; i < MaxRedirects && Target(request, response) is { } target; i++)
        {
            Redirect(request, target, response.StatusCode);
            response.Dispose();
            response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }

        if (response.IsSuccessStatusCode && FramingOf(response.Content) is { } framing)
        {
            response.Content = new AnswerContent(response.Content, framing, _calls);
        }

        return response;
    }

    /// <summary>Where an answer sends the request; null when it does not, or when it may not: never from a safe connection to an open one.</summary>
    private static Uri? Target(HttpRequestMessage request, HttpResponseMessage response)
    {
        bool isRedirect = response.StatusCode is HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect;
        if (!isRedirect || response.Headers.Location is not { } location || request.RequestUri is not { } from)
        {
            return null;
        }

        Uri target = location.IsAbsoluteUri ? location : new Uri(from, location);
        return target.Scheme == Uri.UriSchemeHttps || (target.Scheme == Uri.UriSchemeHttp && from.Scheme == Uri.UriSchemeHttp) ? target : null;
    }

    private void Redirect(HttpRequestMessage request, Uri target, HttpStatusCode status)
    {
        Uri from = request.RequestUri!;
        if (Uri.Compare(from, target, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) != 0)
        {
            foreach (string header in _secretHeaders)
            {
                request.Headers.Remove(header);
            }
        }

        request.RequestUri = target;
        bool keepsMethod = status is HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
            || (request.Method != HttpMethod.Post && status != HttpStatusCode.SeeOther);
        if (!keepsMethod)
        {
            request.Method = HttpMethod.Get;
            request.Content = null;
        }
    }

    private static MessageFraming? FramingOf(HttpContent content) => content.Headers.ContentType?.MediaType switch
    {
        "text/event-stream" => MessageFraming.Events,
        "application/json" => MessageFraming.Whole,
        _ => null,
    };

    /// <summary>A body without the answers of calls.</summary>
    private sealed class AnswerContent : HttpContent
    {
        private readonly HttpContent _inner;
        private readonly MessageFraming _framing;
        private readonly PendingCalls _calls;

        public AnswerContent(HttpContent inner, MessageFraming framing, PendingCalls calls)
        {
            _inner = inner;
            _framing = framing;
            _calls = calls;
            foreach ((string name, IEnumerable<string> values) in inner.Headers)
            {
                if (!name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                {
                    Headers.TryAddWithoutValidation(name, values);
                }
            }
        }

        protected override Task<Stream> CreateContentReadStreamAsync() => CreateContentReadStreamAsync(CancellationToken.None);

        protected override async Task<Stream> CreateContentReadStreamAsync(CancellationToken cancellationToken) =>
            new AnswerStream(await _inner.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), _framing, _calls);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            Stream body = await CreateContentReadStreamAsync(cancellationToken).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                await body.CopyToAsync(stream, cancellationToken).ConfigureAwait(false);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
