using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Google;

/// <summary>A streamed answer of the Gemini API.</summary>
internal sealed class GoogleAnswer(HttpTransport transport, HttpResponseMessage response) : SseAnswer(transport, response)
{
    private static long s_lastCall;

    /// <inheritdoc/>
    protected override bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, List<StreamPart> parts)
    {
        Utf8JsonReader reader = new(data);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement chunk = document.RootElement;
        if (chunk.TryMember("error", out JsonElement error))
        {
            int code = (int)error.LongOr("code", 0);
            string text = GoogleProvider.DescribeStatus(code, JsonWriter.Compose(writer => writer.Element(chunk)));
            throw code >= 400 ? ChatProviderException.Status(code, text) : new ChatProviderException("Unexpected GoogleGenAI error: " + text);
        }

        if (Id is null && chunk.StringOrNull("responseId") is { Length: > 0 } id)
        {
            Id = id;
        }

        if (chunk.TryMember("usageMetadata", out JsonElement usage))
        {
            Usage = new TokenUsage(usage.LongOr("promptTokenCount", 0), usage.LongOr("candidatesTokenCount", 0), usage.LongOr("cachedContentTokenCount", 0));
        }

        if (chunk.TryMember("candidates", out JsonElement candidates) && candidates.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement candidate in candidates.EnumerateArray())
            {
                if (candidate.TryMember("content", out JsonElement content) && content.TryMember("parts", out JsonElement list) && list.ValueKind == JsonValueKind.Array)
                {
                    foreach (JsonElement part in list.EnumerateArray())
                    {
                        TakePart(part, parts);
                    }
                }
            }
        }

        return false;
    }

    private static void TakePart(JsonElement part, List<StreamPart> parts)
    {
        if (part.TryMember("functionCall", out JsonElement call))
        {
            if (call.StringOrNull("name") is not { Length: > 0 } name)
            {
                return;
            }

            string number = call.StringOrNull("id") is { Length: > 0 } id ? id : Interlocked.Increment(ref s_lastCall).ToString(CultureInfo.InvariantCulture);
            string arguments = call.TryMember("args", out JsonElement args) ? JsonWriter.Compose(writer => writer.Element(args)) : "{}";
            JsonElement? extras = part.StringOrNull("thoughtSignature") is { Length: > 0 } signature ? Extras(signature) : null;
            parts.Add(new ToolCall($"{name}_{number}", name, arguments, extras));
        }
        else if (part.StringOrNull("text") is { Length: > 0 } text)
        {
            parts.Add(part.BoolOr("thought", false) ? new ThinkPart(text) : new TextPart(text));
        }
    }

    private static JsonElement Extras(string signature) => LenientJson.Parse(JsonWriter.Compose(writer =>
    {
        writer.BeginObject();
        writer.Member("thought_signature_b64"u8, signature);
        writer.EndObject();
    }));
}
