using System.Globalization;
using System.IO.Compression;
using System.Net.Sockets;
using Kimi.Engine.Configuration;

namespace Kimi.Engine.Providers.Http;

/// <summary>
/// Sends requests: the process's one connection pool, made when first used; the inner retries below a provider; redirects,
/// decompression, time-outs and the errors of all that. Nothing of a request but its address ever gets into an error.
/// </summary>
internal sealed class HttpTransport
{
    /// <summary>Text of an error without an answer.</summary>
    public const string ConnectionText = "Connection error.";

    /// <summary>Text of a time-out.</summary>
    public const string TimeoutText = "Request timed out.";

    private const int MaxRedirects = 20;
    private const int MaxErrorBody = 1 << 20;
    private static readonly string[] s_credentialSigns = ["auth", "key", "token", "secret", "cookie", "password"];
    private static HttpTransport? s_shared;

    private readonly bool _external;
    private HttpMessageInvoker? _invoker;

    /// <summary>Makes a transport; an invoker given from outside is never replaced or closed.</summary>
    public HttpTransport(HttpMessageInvoker? invoker = null, TimeProvider? time = null, TimeSpan? idleTimeout = null)
    {
        _invoker = invoker;
        _external = invoker is not null;
        Time = time ?? TimeProvider.System;
        IdleTimeout = idleTimeout ?? TimeSpan.FromSeconds(600);
    }

    /// <summary>The transport of the process.</summary>
    public static HttpTransport Shared
    {
        get
        {
            if (s_shared is null)
            {
                Interlocked.CompareExchange(ref s_shared, new HttpTransport(), null);
            }

            return s_shared;
        }
    }

    /// <summary>The clock of waits and time-outs.</summary>
    public TimeProvider Time { get; }

    /// <summary>How long a read may stay silent.</summary>
    public TimeSpan IdleTimeout { get; }

    /// <summary>Throws the connections away: the next request makes new ones.</summary>
    public void Reset()
    {
        if (!_external)
        {
            // Answers of other sessions may still be read from the old pool: it closes when they are done.
            Volatile.Write(ref _invoker, null);
        }
    }

    /// <summary>Sends a request until it is answered or fails for good; returns when the headers of a good answer are there.</summary>
    /// <exception cref="ChatProviderException">It failed.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpCall call, CancellationToken cancellationToken)
    {
        for (int repeat = 0; ; repeat++)
        {
            HttpResponseMessage? response = null;
            ChatProviderException? failure = null;
            try
            {
                response = await SendOnceAsync(call, repeat, cancellationToken).ConfigureAwait(false);
                if ((int)response.StatusCode < 300)
                {
                    return response;
                }
            }
            catch (ChatProviderException e)
            {
                failure = e;
            }

            bool again = repeat < call.Retries && (response is null ? failure!.IsRetryable : RetryRules.ShouldRetry(response));
            if (!again)
            {
                throw failure ?? await StatusErrorAsync(call, response!, cancellationToken).ConfigureAwait(false);
            }

            TimeSpan wait = RetryRules.Wait(response, repeat, Time);
            response?.Dispose();
            await Task.Delay(wait, Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The body of an answer, decompressed.</summary>
    public static async Task<Stream> OpenBodyAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        return response.Content.Headers.ContentEncoding.Count == 0 ? stream : Decompress(stream, response);
    }

    /// <summary>What an exception of the network stack means to a provider; null when it is none of it.</summary>
    public static ChatProviderException? Translate(Exception e, CancellationToken caller, string connectionText = ConnectionText) => e switch
    {
        ChatProviderException already => already,
        OperationCanceledException => caller.IsCancellationRequested ? null : new ChatProviderException(TimeoutText, ProviderErrorKind.Timeout, e),
        TimeoutException => new ChatProviderException(TimeoutText, ProviderErrorKind.Timeout, e),
        InvalidDataException => new ChatProviderException("HTTP error: " + e.Message, ProviderErrorKind.Other, e),
        HttpRequestException or IOException or SocketException => new ChatProviderException(connectionText, ProviderErrorKind.Connection, e),
        _ => null,
    };

    private static Stream Decompress(Stream stream, HttpResponseMessage response)
    {
        foreach (string encoding in response.Content.Headers.ContentEncoding)
        {
            if (encoding.Equals("gzip", StringComparison.OrdinalIgnoreCase) || encoding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase))
            {
                return new GZipStream(stream, CompressionMode.Decompress);
            }

            if (encoding.Equals("deflate", StringComparison.OrdinalIgnoreCase))
            {
                return new ZLibStream(stream, CompressionMode.Decompress);
            }
        }

        return stream;
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpCall call, int repeat, CancellationToken cancellationToken)
    {
        using CancellationTokenSource idle = new(IdleTimeout, Time);
        using CancellationTokenRegistration linked = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), idle);
        try
        {
            if (!Uri.TryCreate(call.Url, UriKind.Absolute, out Uri? uri) || !IsHttp(uri))
            {
                throw new ChatProviderException(ConnectionText, ProviderErrorKind.Connection, new UriFormatException("The base URL is no http or https address."));
            }

            HttpMethod method = call.Method;
            bool sameOrigin = true;
            for (int redirects = 0; ; redirects++)
            {
                HttpRequestMessage request = MakeRequest(call, method, uri, repeat, sameOrigin);
                HttpResponseMessage response = await Invoker().SendAsync(request, idle.Token).ConfigureAwait(false);
                if (!call.FollowsRedirects || !IsRedirect(response) || response.Headers.Location is not Uri location || redirects == MaxRedirects)
                {
                    return response;
                }

                Uri target = location.IsAbsoluteUri ? location : new Uri(uri, location);
                int status = (int)response.StatusCode;
                response.Dispose();
                if (!IsHttp(target))
                {
                    throw new ChatProviderException(ConnectionText, ProviderErrorKind.Connection);
                }

                sameOrigin &= target.Scheme == uri.Scheme && target.Host == uri.Host && target.Port == uri.Port;
                method = status is 307 or 308 ? method : HttpMethod.Get;
                uri = target;
            }
        }
        catch (Exception e) when (Translate(e, cancellationToken) is ChatProviderException translated)
        {
            if (ReferenceEquals(translated, e))
            {
                throw;
            }

            throw translated;
        }
    }

    private static bool IsHttp(Uri uri) => uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps;

    private static bool IsRedirect(HttpResponseMessage response) => (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;

    private static HttpRequestMessage MakeRequest(HttpCall call, HttpMethod method, Uri uri, int repeat, bool sameOrigin)
    {
        HttpRequestMessage request = new(method, uri);
        if (call.Body is not null && method != HttpMethod.Get)
        {
            request.Content = new RequestBody(call.Body, call.ContentType);
        }

        foreach (KeyValuePair<string, string> header in call.Headers)
        {
            // Another host gets no credentials.
            if (sameOrigin || !IsCredential(header.Key))
            {
                Add(request, header.Key, header.Value);
            }
        }

        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, deflate");
        if (call.SendsRetryCount)
        {
            request.Headers.TryAddWithoutValidation("x-stainless-retry-count", repeat.ToString(CultureInfo.InvariantCulture));
        }

        return request;
    }

    private static void Add(HttpRequestMessage request, string name, string value)
    {
        if (value.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
        {
            throw new ChatProviderException($"The value of header {name} has a line break.");
        }

        if (!request.Headers.TryAddWithoutValidation(name, value))
        {
            request.Content?.Headers.Remove(name);
            request.Content?.Headers.TryAddWithoutValidation(name, value);
        }
    }

    // Those of the configuration too, such as api-key or X-Auth-Token: their names are all that is known of them.
    private static bool IsCredential(string header)
    {
        foreach (string sign in s_credentialSigns)
        {
            if (header.Contains(sign, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    private HttpMessageInvoker Invoker()
    {
        if (Volatile.Read(ref _invoker) is HttpMessageInvoker ready)
        {
            return ready;
        }

        HttpMessageInvoker made = new(MakeHandler());
        return Interlocked.CompareExchange(ref _invoker, made, null) ?? made;
    }

    /// <summary>A connection pool as this transport uses it.</summary>
    internal static SocketsHttpHandler MakeHandler() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(30),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(90),
        Proxy = EnvironmentProxy.ForSocks(EnvironmentSource.Process),
    };

    private async Task<ChatProviderException> StatusErrorAsync(HttpCall call, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using (response)
        {
            string body;
            try
            {
                body = await ReadTextAsync(response, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (Translate(e, cancellationToken) is ChatProviderException translated)
            {
                return translated;
            }

            int status = (int)response.StatusCode;
            return ChatProviderException.Status(
                status,
                call.DescribeStatus is null ? StatusText.Describe(status, body) : call.DescribeStatus(status, body),
                call.ReportsIds ? Header(response, "x-request-id") : null,
                call.ReportsIds ? Header(response, "x-trace-id") : null);
        }
    }

    /// <summary>The body of an answer as text, at most a megabyte of it.</summary>
    public async Task<string> ReadTextAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using CancellationTokenSource idle = new(IdleTimeout, Time);
        using CancellationTokenRegistration linked = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), idle);
        Stream stream = await OpenBodyAsync(response, idle.Token).ConfigureAwait(false);
        using MemoryStream text = new();
        byte[] block = new byte[8192];
        int read;
        while (text.Length < MaxErrorBody && (read = await stream.ReadAsync(block, idle.Token).ConfigureAwait(false)) > 0)
        {
            text.Write(block, 0, read);
        }

        return System.Text.Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    /// <summary>A header of an answer; null when it is not there.</summary>
    public static string? Header(HttpResponseMessage response, string name)
    {
        if (response.Headers.TryGetValues(name, out IEnumerable<string>? values))
        {
            foreach (string value in values)
            {
                return value;
            }
        }

        return null;
    }
}
