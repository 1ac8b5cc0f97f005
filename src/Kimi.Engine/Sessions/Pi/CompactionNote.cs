using Kimi.Engine.Chat;

namespace Kimi.Engine.Sessions.Pi;

/// <summary>The message that a compaction leaves in the place of what it summed up.</summary>
internal static class CompactionNote
{
    private const string Note = "<system>Previous context has been compacted. Here is the compaction output:</system>";

    /// <summary>Whether a message is a summary.</summary>
    public static bool IsSummary(Message message) => message is { Role: Role.User, Content: [TextPart { Text: Note }, ..] };

    /// <summary>The text of a summary.</summary>
    public static string TextOf(Message summary) => string.Join("\n\n", summary.Content.Skip(1).OfType<TextPart>().Select(static part => part.Text));

    /// <summary>The message of a summary.</summary>
    public static Message ToMessage(string summary) => new(Role.User, [new TextPart(Note), new TextPart(summary)]);
}
