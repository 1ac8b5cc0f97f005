using Kimi.Engine.Chat;

namespace Kimi.Engine.Sessions.Transcripts;

/// <summary>User messages that the program wrote, not the user.</summary>
internal static class InternalMessages
{
    /// <summary>Start of the message that announces a checkpoint.</summary>
    public const string CheckpointStart = "<system>CHECKPOINT";

    /// <summary>Start of a reminder.</summary>
    public const string ReminderStart = "<system-reminder>";

    /// <summary>Start of a notification.</summary>
    public const string NotificationStart = "<notification ";

    /// <summary>Whether a message is a checkpoint's, a reminder or a notification.</summary>
    public static bool IsInternal(Message message) =>
        message is { Role: Role.User, Content: [TextPart text] }
        && (text.Text.StartsWith(CheckpointStart, StringComparison.Ordinal)
            || text.Text.StartsWith(ReminderStart, StringComparison.Ordinal)
            || text.Text.StartsWith(NotificationStart, StringComparison.Ordinal));

    /// <summary>Whether a message is what the user said.</summary>
    public static bool IsFromUser(Message message) => message.Role == Role.User && !IsInternal(message);

    /// <summary>What stands for a medium in a text; null for text and thinking.</summary>
    public static string? Placeholder(ContentPart part) => part switch
    {
        ImageUrlPart => "[image]",
        AudioUrlPart => "[audio]",
        VideoUrlPart => "[video]",
        _ => null,
    };
}
