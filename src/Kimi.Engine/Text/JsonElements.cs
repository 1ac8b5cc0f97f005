using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>Short forms for reading members of a <see cref="JsonElement"/>.</summary>
public static class JsonElements
{
    /// <summary>The text of a string member; null when the member is absent or of another kind.</summary>
    public static string? StringOrNull(this JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out JsonElement member)
        && member.ValueKind == JsonValueKind.String ? member.ReadString() : null;

    /// <summary>The member, when it is there and not null.</summary>
    public static bool TryMember(this JsonElement value, string name, out JsonElement member)
    {
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty(name, out member)
            && member.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
        {
            return true;
        }

        member = default;
        return false;
    }

    /// <summary>The whole-number member, or <paramref name="otherwise"/>.</summary>
    public static long LongOr(this JsonElement value, string name, long otherwise) =>
        value.TryMember(name, out JsonElement member) && member.ValueKind == JsonValueKind.Number
        && member.TryGetInt64(out long number) ? number : otherwise;

    /// <summary>The floating-point member, or null.</summary>
    public static double? DoubleOrNull(this JsonElement value, string name) =>
        value.TryMember(name, out JsonElement member) && member.ValueKind == JsonValueKind.Number
        && member.TryGetDouble(out double number) ? number : null;

    /// <summary>The truth-value member, or <paramref name="otherwise"/>.</summary>
    public static bool BoolOr(this JsonElement value, string name, bool otherwise) =>
        value.TryMember(name, out JsonElement member) && member.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? member.ValueKind == JsonValueKind.True : otherwise;

    /// <summary>
    /// The text of a string value. An escaped lone surrogate, at which <see cref="JsonElement.GetString"/> throws, becomes U+FFFD.
    /// </summary>
    public static string ReadString(this JsonElement value)
    {
        try
        {
            return value.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return LenientJson.Unescape(value.GetRawText().AsSpan()[1..^1]);
        }
    }
}
