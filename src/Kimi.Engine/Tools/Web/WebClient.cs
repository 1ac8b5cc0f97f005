using System.Net;
using Kimi.Engine.Configuration;

namespace Kimi.Engine.Tools.Web;

/// <summary>Requests of web tools: made when first needed, bounded in time and size.</summary>
internal static class WebClient
{
    /// <summary>No more of an answer is read.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(15);
    private static readonly Lazy<HttpClient> s_client = new(static () => new HttpClient(
        new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = s_connect,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseCookies = false,
            Proxy = EnvironmentProxy.ForSocks(EnvironmentSource.Process),
        })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    });

    /// <summary>Longest time of a whole request.</summary>
    public static readonly TimeSpan Total = TimeSpan.FromSeconds(180);

    /// <summary>Sends a request and reads its answer.</summary>
    /// <exception cref="TimeoutException">It took too long.</exception>
    /// <exception cref="HttpRequestException">The network failed.</exception>
    public static async Task<WebAnswer> SendAsync(HttpRequestMessage request, TimeSpan readLimit, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Total);
        try
        {
            using HttpResponseMessage response = await s_client.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).WaitAsync(readLimit + s_connect, limit.Token).ConfigureAwait(false);
            Stream body = await response.Content.ReadAsStreamAsync(limit.Token).ConfigureAwait(false);
            await using (body.ConfigureAwait(false))
            {
                using MemoryStream bytes = new();
                byte[] block = new byte[32 * 1024];
                int count;
                while (bytes.Length < MaxBytes && (count = await body.ReadAsync(block, limit.Token).AsTask().WaitAsync(readLimit, limit.Token).ConfigureAwait(false)) > 0)
                {
                    bytes.Write(block, 0, count);
                }

                return new WebAnswer(
                    (int)response.StatusCode, response.Content.Headers.ContentType?.ToString() ?? "", response.Content.Headers.ContentType?.CharSet, bytes.ToArray(),
                    response.RequestMessage?.RequestUri?.ToString() ?? "");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException();
        }
        catch (IOException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
    }
}

/// <summary>What a server answered.</summary>
internal sealed record WebAnswer(int Status, string ContentType, string? CharSet, byte[] Body, string Url)
{
    /// <summary>The body as text, in the encoding that the server named.</summary>
    public string Text
    {
        get
        {
            try
            {
                System.Text.Encoding encoding = CharSet is null ? System.Text.Encoding.UTF8 : System.Text.Encoding.GetEncoding(CharSet.Trim('"'));
                return encoding.GetString(Body);
            }
            catch (ArgumentException)
            {
                return System.Text.Encoding.UTF8.GetString(Body);
            }
        }
    }
}
