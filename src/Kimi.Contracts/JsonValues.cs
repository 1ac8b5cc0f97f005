using System.Collections;
using System.Collections.Specialized;
using System.Text.Json;

namespace Kimi;

/// <summary>JSON as the plain values a script works with.</summary>
public static class JsonValues
{
    /// <summary>Reads a JSON object into an ordered dictionary; anything else gives an empty one.</summary>
    /// <param name="json">The text.</param>
    /// <returns>The members in their order.</returns>
    public static IDictionary ParseObject(string? json)
    {
        if (!string.IsNullOrWhiteSpace(json))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(json);
                if (From(document.RootElement) is IDictionary members) { return members; }
            }
            catch (JsonException)
            {
                // A model may write anything; the raw text stays beside this.
            }
        }

        return new OrderedDictionary();
    }

    /// <summary>Turns a JSON value into dictionaries, arrays, text, numbers and truth values.</summary>
    /// <param name="value">The value.</param>
    /// <returns>The plain value.</returns>
    public static object? From(JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                OrderedDictionary members = [];
                foreach (JsonProperty member in value.EnumerateObject()) { members[member.Name] = From(member.Value); }
                return members;
            case JsonValueKind.Array:
                object?[] items = new object?[value.GetArrayLength()];
                int at = 0;
                foreach (JsonElement item in value.EnumerateArray()) { items[at++] = From(item); }
                return items;
            case JsonValueKind.String:
                return value.GetString();
            case JsonValueKind.Number:
                return value.TryGetInt64(out long whole) ? whole : value.GetDouble();
            case JsonValueKind.True:
                return true;
            case JsonValueKind.False:
                return false;
            default:
                return null;
        }
    }
}
