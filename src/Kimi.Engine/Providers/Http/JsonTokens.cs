using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Http;

/// <summary>Reads values of a token reader as leniently as the streams of real servers need it.</summary>
internal static class JsonTokens
{
    /// <summary>The text of a string token; invalid bytes and lone surrogates become U+FFFD.</summary>
    public static string Text(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return LenientJson.Unescape(Encoding.UTF8.GetString(reader.ValueSpan));
        }
    }

    /// <summary>The text of a string token; null for null.</summary>
    /// <exception cref="ChatProviderException">The token is of another type.</exception>
    public static string? TextOrNull(ref Utf8JsonReader reader, string name) => reader.TokenType switch
    {
        JsonTokenType.String => Text(ref reader),
        JsonTokenType.Null => null,
        _ => throw new ChatProviderException($"The server sent a wrong type for {name}."),
    };

    /// <summary>A number of tokens: a whole number, an integral fraction or a numeric text; anything else counts as 0.</summary>
    public static long Count(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Number:
                return reader.TryGetInt64(out long whole) ? whole : reader.TryGetDouble(out double number) && Math.Abs(number) < 1e15 ? (long)number : 0;
            case JsonTokenType.String:
                return double.TryParse(Text(ref reader), NumberStyles.Float, CultureInfo.InvariantCulture, out double parsed) && Math.Abs(parsed) < 1e15 ? (long)parsed : 0;
            default:
                reader.Skip();
                return 0;
        }
    }
}
