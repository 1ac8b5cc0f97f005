using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Http;

/// <summary>Errors inside an event stream, as the OpenAI family sends them.</summary>
internal static class StreamErrors
{
    /// <summary>Throws when the value of a member <c>error</c> says something; the reader stands on the value and is moved to its end.</summary>
    /// <exception cref="ChatProviderException">There is an error.</exception>
    public static void ThrowIfError(ref Utf8JsonReader reader)
    {
        if (reader.TokenType is JsonTokenType.Null or JsonTokenType.False)
        {
            return;
        }

        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        JsonElement error = document.RootElement;
        bool says = error.ValueKind switch
        {
            JsonValueKind.Object => error.EnumerateObject().MoveNext(),
            JsonValueKind.Array => error.GetArrayLength() > 0,
            JsonValueKind.String => error.ReadString().Length > 0,
            JsonValueKind.Number => error.GetDouble() != 0,
            _ => true,
        };
        if (says)
        {
            string? message = error.StringOrNull("message");
            throw new ChatProviderException("Error: " + (string.IsNullOrEmpty(message) ? "An error occurred during streaming" : message));
        }
    }
}
