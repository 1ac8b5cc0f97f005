namespace Kimi.Engine.Providers.Http;

/// <summary>One request to an API, independent of how often it is sent.</summary>
internal sealed class HttpCall(string url)
{
    private readonly List<KeyValuePair<string, string>> _headers = new(16);

    /// <summary>The address, as text: the configured base with the path behind it.</summary>
    public string Url { get; } = url;

    /// <summary>The method.</summary>
    public HttpMethod Method { get; init; } = HttpMethod.Post;

    /// <summary>The body; null for none.</summary>
    public RequestSegments? Body { get; init; }

    /// <summary>Type of the body; null for JSON.</summary>
    public string? ContentType { get; init; }

    /// <summary>Whether errors carry the ids that the server's headers name.</summary>
    public bool ReportsIds { get; init; }

    /// <summary>How often the request is sent again when that may help.</summary>
    public int Retries { get; init; } = 2;

    /// <summary>Whether it goes where an answer points to. Another host gets no credentials of the headers then, but the body.</summary>
    public bool FollowsRedirects { get; init; } = true;

    /// <summary>Whether the repeat number is sent along.</summary>
    public bool SendsRetryCount { get; init; } = true;

    /// <summary>Makes the message of a status error from status and body text; null for the usual form.</summary>
    public Func<int, string, string>? DescribeStatus { get; init; }

    /// <summary>The headers in order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers => _headers;

    /// <summary>Sets a header; one of the same name is replaced.</summary>
    public void Set(string name, string value)
    {
        for (int i = 0; i < _headers.Count; i++)
        {
            if (string.Equals(_headers[i].Key, name, StringComparison.OrdinalIgnoreCase))
            {
                _headers[i] = new(name, value);
                return;
            }
        }

        _headers.Add(new(name, value));
    }

    /// <summary>Sets the headers that a configuration adds; they replace ours.</summary>
    public void Set(IReadOnlyDictionary<string, string>? headers)
    {
        if (headers is null)
        {
            return;
        }

        foreach (KeyValuePair<string, string> header in headers)
        {
            Set(header.Key, header.Value);
        }
    }

    /// <summary>The base without one trailing slash, and the path behind it.</summary>
    public static string Join(string baseUrl, string path) => (baseUrl.EndsWith('/') ? baseUrl[..^1] : baseUrl) + path;
}
