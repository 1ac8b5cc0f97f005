using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>Budgets of results: text by characters, media by the length of their address.</summary>
internal static class McpContent
{
    private const string Truncated =
        "\n\n[Output truncated: exceeded 100000 character limit. Use pagination or more specific queries to get remaining content.]";

    /// <summary>The parts of a result; a value without content becomes its JSON.</summary>
    public static IReadOnlyList<ContentPart> Prepare(McpCallResult result, bool withStructured)
    {
        if (!withStructured || result.StructuredContent is not JsonElement value || result.Parts.Count > 0)
        {
            return result.Parts;
        }

        JsonWriter writer = new();
        writer.Element(value);
        return [new TextPart(writer.ToString())];
    }

    /// <summary>The direct mode's budget: one for all parts in order.</summary>
    public static IReadOnlyList<ContentPart> Limit(IReadOnlyList<ContentPart> parts)
    {
        int budget = McpResultShaper.HardLimit;
        bool cut = false;
        var kept = new List<ContentPart>(parts.Count + 1);
        foreach (ContentPart part in parts)
        {
            switch (part)
            {
                case TextPart text when budget == 0:
                    cut |= text.Text.Length > 0;
                    break;
                case TextPart text:
                    string shown = CodePoints.Take(text.Text, budget);
                    cut |= shown.Length < text.Text.Length;
                    budget -= CodePoints.Count(shown);
                    kept.Add(shown.Length == text.Text.Length ? text : new TextPart(shown));
                    break;
                case MediaPart media when media.Url.Length > budget:
                    cut = true;
                    break;
                case MediaPart media:
                    budget -= media.Url.Length;
                    kept.Add(media);
                    break;
                default:
                    kept.Add(part);
                    break;
            }
        }

        if (cut)
        {
            kept.Add(new TextPart(Truncated));
        }

        return kept;
    }

    /// <summary>The budget of media alone, where text has a limit of its own.</summary>
    public static IReadOnlyList<ContentPart> LimitMedia(IReadOnlyList<ContentPart> parts)
    {
        if (!parts.Any(static part => part is MediaPart))
        {
            return parts;
        }

        int budget = McpResultShaper.HardLimit;
        bool cut = false;
        var kept = new List<ContentPart>(parts.Count + 1);
        foreach (ContentPart part in parts)
        {
            if (part is MediaPart media)
            {
                if (media.Url.Length > budget)
                {
                    cut = true;
                    continue;
                }

                budget -= media.Url.Length;
            }

            kept.Add(part);
        }

        if (cut)
        {
            kept.Add(new TextPart(Truncated));
        }

        return kept;
    }
}
