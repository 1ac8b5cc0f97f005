using System.Text;
using Kimi.Engine.Chat;

namespace Kimi.Engine.Sessions.Transcripts;

/// <summary>A conversation as plain text, for a model to read.</summary>
internal static class PlainTranscript
{
    /// <summary>The blocks of all messages that are not the program's own.</summary>
    public static string Compose(IReadOnlyList<Message> history)
    {
        StringBuilder text = new();
        foreach (Message message in history)
        {
            if (InternalMessages.IsInternal(message))
            {
                continue;
            }

            text.Append(text.Length == 0 ? "" : "\n\n").Append(message.Role switch
            {
                Role.System => "[SYSTEM]",
                Role.User => "[USER]",
                Role.Assistant => "[ASSISTANT]",
                _ => $"[TOOL] (call_id: {message.ToolCallId})",
            });
            foreach (ContentPart part in message.Content)
            {
                string? piece = part switch
                {
                    TextPart { Text.Length: > 0 } plain => plain.Text,
                    ThinkPart { Think.Length: > 0 } think => $"<thinking>\n{think.Think}\n</thinking>",
                    _ => InternalMessages.Placeholder(part),
                };
                if (piece is not null)
                {
                    text.Append('\n').Append(piece);
                }
            }

            foreach (ToolCall call in message.ToolCalls ?? [])
            {
                text.Append("\nTool Call: ").Append(call.Name).Append('(').Append(call.Arguments).Append(')');
            }
        }

        return text.ToString();
    }
}
