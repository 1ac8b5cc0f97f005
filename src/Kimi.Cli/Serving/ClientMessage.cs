using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Cli.Serving;

/// <summary>One line of the client: a call, an answer to a request of ours, or nothing that counts.</summary>
internal sealed class ClientMessage : IDisposable
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 512 };

    private readonly JsonDocument _document;

    private ClientMessage(JsonDocument document, string? id, string? method)
    {
        _document = document;
        Id = id;
        Method = method;
    }

    /// <summary>The message's id.</summary>
    public string? Id { get; }

    /// <summary>The method; null in an answer.</summary>
    public string? Method { get; }

    /// <summary>The parameters, of whatever kind; undefined when there are none.</summary>
    public JsonElement Parameters => Member("params");

    /// <summary>The result of an answer; undefined when there is none.</summary>
    public JsonElement Result => Member("result");

    /// <summary>The error's text of an answer; null when it is none.</summary>
    public string? ErrorText => _document.RootElement.TryMember("error", out JsonElement error) ? error.StringOrNull("message") : null;

    /// <summary>Whether it answers a request of ours.</summary>
    public bool IsAnswer => Method is null && Id is not null && (Result.ValueKind != JsonValueKind.Undefined || ErrorText is not null);

    /// <summary>Reads a line; the error to answer it with when it is no message.</summary>
    public static ClientMessage? Read(ReadOnlyMemory<byte> line, out RpcError? error)
    {
        line = LenientJson.WithoutLoneSurrogates(Trim(LenientJson.WithoutInvalidBytes(line)));
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(line, s_options);
        }
        catch (JsonException)
        {
            error = RpcError.NotJson;
            return null;
        }

        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !HasVersion(root) || !IsStringOrNull(root, "id") || !HasSoundError(root) || !IsStringOrNull(root, "method"))
        {
            document.Dispose();
            error = RpcError.InvalidRequest;
            return null;
        }

        error = null;
        return new ClientMessage(document, root.StringOrNull("id"), root.StringOrNull("method"));
    }

    /// <inheritdoc/>
    public void Dispose() => _document.Dispose();

    private static bool HasVersion(JsonElement root) =>
        !root.TryGetProperty("jsonrpc", out JsonElement version) || (version.ValueKind == JsonValueKind.String && version.ValueEquals("2.0"u8));

    private static bool IsStringOrNull(JsonElement root, string name) =>
        !root.TryMember(name, out JsonElement value) || value.ValueKind == JsonValueKind.String;

    private static bool HasSoundError(JsonElement root) =>
        !root.TryMember("error", out JsonElement error) || error.StringOrNull("message") is not null;

    private static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> line)
    {
        ReadOnlySpan<byte> blanks = " \t\r\n\v\f"u8;
        return line.TrimStart(blanks).TrimEnd(blanks);
    }

    private JsonElement Member(string name) => _document.RootElement.TryMember(name, out JsonElement value) ? value : default;
}
