using System.Text;

namespace Kimi.Testing;

/// <summary>How an answer of the fake server ends.</summary>
public enum AnswerEnd
{
    /// <summary>As HTTP has it.</summary>
    Normal,

    /// <summary>The connection is closed before the body's end.</summary>
    Cut,

    /// <summary>The connection is reset.</summary>
    Reset,

    /// <summary>The connection stays open and silent until the client goes away.</summary>
    Hang,
}

/// <summary>How the length of a body is told.</summary>
public enum AnswerFraming
{
    /// <summary>In chunks.</summary>
    Chunked,

    /// <summary>By a length.</summary>
    Length,

    /// <summary>By closing the connection.</summary>
    Close,
}

/// <summary>One HTTP answer of the fake server, byte by byte as a test wants it.</summary>
public sealed record ModelAnswer
{
    public int Status { get; init; } = 200;

    public string? ContentType { get; init; } = "text/event-stream";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Bytes in one write; 0 for all at once.</summary>
    public int WriteSize { get; init; }

    public AnswerFraming Framing { get; init; }

    /// <summary>A length that is told instead of the true one.</summary>
    public long? ContentLength { get; init; }

    /// <summary>Wait before the headers.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>Wait between two writes.</summary>
    public TimeSpan Pause { get; init; }

    public AnswerEnd End { get; init; }

    /// <summary>Whether the connection ends without any answer, in the way <see cref="End"/> tells.</summary>
    public bool SendsNothing { get; init; }

    public static ModelAnswer Of(string body, int status = 200, string? contentType = "text/event-stream") =>
        new() { Status = status, ContentType = contentType, Body = Encoding.UTF8.GetBytes(body) };

    /// <summary>An error in JSON.</summary>
    public static ModelAnswer Error(int status, string body = "{\"error\":{\"message\":\"no\"}}", params (string Name, string Value)[] headers) =>
        Of(body, status, "application/json") with { Headers = [.. headers.Select(static header => KeyValuePair.Create(header.Name, header.Value))] };

    /// <summary>Events without names, as the OpenAI family sends them.</summary>
    public static ModelAnswer Events(params string[] data) =>
        Of(string.Concat(data.Select(static line => $"data: {line}\n\n")));
}
