namespace Kimi.Engine.Providers;

/// <summary>Kinds of provider errors; decides what is retried.</summary>
public enum ProviderErrorKind
{
    /// <summary>Anything that is not one of the others; not retried.</summary>
    Other,

    /// <summary>No connection, or one that broke.</summary>
    Connection,

    /// <summary>No answer in time.</summary>
    Timeout,

    /// <summary>An HTTP error status.</summary>
    Status,

    /// <summary>An answer without content, or with thinking alone.</summary>
    EmptyResponse,
}

/// <summary>A request to a model failed.</summary>
public class ChatProviderException : Exception
{
    /// <summary>Makes an error.</summary>
    public ChatProviderException(string message, ProviderErrorKind kind = ProviderErrorKind.Other, Exception? inner = null)
        : base(message, inner) => Kind = kind;

    /// <summary>What kind of error it is.</summary>
    public ProviderErrorKind Kind { get; }

    /// <summary>The HTTP status, for <see cref="ProviderErrorKind.Status"/>.</summary>
    public int? StatusCode { get; init; }

    /// <summary>The provider's id of the request, if it sent one.</summary>
    public string? RequestId { get; init; }

    /// <summary>The provider's trace id, if it sent one.</summary>
    public string? TraceId { get; init; }

    /// <summary>Set when the connection was rebuilt and failed again at once: no further retries.</summary>
    public bool IsRecoveryExhausted { get; set; }

    /// <summary>Set when a sign-in was refused: the user has to sign in again.</summary>
    public bool IsSignInExpired { get; set; }

    /// <summary>The error's class name on the wire, such as <c>APIStatusError</c>.</summary>
    public string TypeName => Kind switch
    {
        ProviderErrorKind.Connection => "APIConnectionError",
        ProviderErrorKind.Timeout => "APITimeoutError",
        ProviderErrorKind.Status => "APIStatusError",
        ProviderErrorKind.EmptyResponse => "APIEmptyResponseError",
        _ => "ChatProviderError",
    };

    /// <summary>Whether the loop tries again, and whether print mode ends with 75.</summary>
    public bool IsRetryable => Kind switch
    {
        ProviderErrorKind.Connection or ProviderErrorKind.Timeout or ProviderErrorKind.EmptyResponse => true,
        ProviderErrorKind.Status => StatusCode is 429 or 500 or 502 or 503 or 504,
        _ => false,
    };

    /// <summary>An HTTP error status.</summary>
    public static ChatProviderException Status(int statusCode, string message, string? requestId = null, string? traceId = null) =>
        new(message, ProviderErrorKind.Status) { StatusCode = statusCode, RequestId = requestId, TraceId = traceId };
}
