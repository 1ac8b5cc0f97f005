using System.Collections.Concurrent;
using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;

namespace Kimi.Engine.Providers.Google;

/// <summary>Fetches the media that messages point to, for an API that takes only inline data. Each address is fetched once.</summary>
internal sealed class RemoteMedia
{
    private const int MaxLength = 100 << 20;
    private readonly ConcurrentDictionary<string, DataUrl> _fetched = new(StringComparer.Ordinal);

    /// <summary>The data behind an address; null when it is not there.</summary>
    public DataUrl? this[string url] => _fetched.TryGetValue(url, out DataUrl data) ? data : null;

    /// <summary>Fetches what a history points to.</summary>
    public async Task FetchAsync(IReadOnlyList<Message> history, HttpTransport transport, CancellationToken cancellationToken)
    {
        foreach (Message message in history)
        {
            foreach (ContentPart part in message.Content)
            {
                if (message.Role != Role.Tool && part is ImageUrlPart or AudioUrlPart && part is MediaPart media && IsHttp(media.Url) && !_fetched.ContainsKey(media.Url))
                {
                    _fetched[media.Url] = await FetchAsync(media, transport, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>The media type that an address speaks of.</summary>
    public static string GuessType(MediaPart media)
    {
        string path = Uri.TryCreate(media.Url, UriKind.Absolute, out Uri? uri) ? uri.AbsolutePath : media.Url;
        return (media, Path.GetExtension(path).ToLowerInvariant()) switch
        {
            (ImageUrlPart, ".jpg" or ".jpeg") => "image/jpeg",
            (ImageUrlPart, ".gif") => "image/gif",
            (ImageUrlPart, ".webp") => "image/webp",
            (ImageUrlPart, _) => "image/png",
            (_, ".wav") => "audio/wav",
            (_, ".ogg") => "audio/ogg",
            (_, ".flac") => "audio/flac",
            (_, ".aac") => "audio/aac",
            (_, ".aiff" or ".aif") => "audio/aiff",
            _ => "audio/mp3",
        };
    }

    private static bool IsHttp(string url) =>
        url.StartsWith("http://", StringComparison.Ordinal) || url.StartsWith("https://", StringComparison.Ordinal);

    private static async Task<DataUrl> FetchAsync(MediaPart media, HttpTransport transport, CancellationToken cancellationToken)
    {
        HttpCall call = new(media.Url) { Method = HttpMethod.Get, SendsRetryCount = false };
        using HttpResponseMessage response = await transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        try
        {
            Stream stream = await HttpTransport.OpenBodyAsync(response, cancellationToken).ConfigureAwait(false);
            using MemoryStream bytes = new();
            byte[] block = new byte[64 << 10];
            int read;
            while ((read = await stream.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
            {
                bytes.Write(block, 0, read);
                if (bytes.Length > MaxLength)
                {
                    throw new ChatProviderException("The medium behind the address is too large to be sent.");
                }
            }

            return new DataUrl(GuessType(media), Convert.ToBase64String(bytes.GetBuffer(), 0, (int)bytes.Length));
        }
        catch (Exception e) when (HttpTransport.Translate(e, cancellationToken) is ChatProviderException translated)
        {
            throw translated;
        }
    }
}
