using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions.Transcripts;

/// <summary>A few words that tell one tool call from another of the same tool.</summary>
internal static class ToolCallHint
{
    private const int Longest = 60;
    private const int LongestOfAnyKey = 80;

    private static readonly string[] s_keys = ["path", "file_path", "command", "query", "url", "name", "pattern"];

    /// <summary>The hint of a call; null when its arguments give none.</summary>
    public static string? For(ToolCall call)
    {
        if (call.Arguments is null || !LenientJson.TryParse(call.Arguments, out JsonElement arguments) || arguments.ValueKind != JsonValueKind.Object)
        {
            return null;
        }

        foreach (string key in s_keys)
        {
            if (arguments.StringOrNull(key) is string named && !string.IsNullOrWhiteSpace(named))
            {
                return CodePoints.Take(named, Longest);
            }
        }

        foreach (JsonProperty member in arguments.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.String && member.Value.ReadString() is { Length: > 0 } text && CodePoints.Count(text) <= LongestOfAnyKey)
            {
                return CodePoints.Take(text, Longest);
            }
        }

        return null;
    }
}
