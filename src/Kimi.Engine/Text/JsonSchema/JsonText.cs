using System.Text.Json;

namespace Kimi.Engine.Text;

/// <summary>Strings out of JSON elements, also those with lone surrogates, which the framework refuses to decode.</summary>
internal static class JsonText
{
    public static string Value(JsonElement text)
    {
        try
        {
            return text.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText()[1..^1];
        }
    }

    public static string Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            string raw = property.ToString();
            int end = raw.IndexOf("\":", StringComparison.Ordinal);
            return end > 0 ? raw[1..end] : raw;
        }
    }

    /// <summary>Length in code points; a lone surrogate counts as one.</summary>
    public static int Length(string text)
    {
        int length = text.Length;
        for (int i = 1; i < text.Length; i++)
        {
            if (char.IsSurrogatePair(text[i - 1], text[i]))
            {
                length--;
                i++;
            }
        }

        return length;
    }
}
