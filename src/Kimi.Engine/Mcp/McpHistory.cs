using Kimi.Engine.Chat;

namespace Kimi.Engine.Mcp;

/// <summary>Looks for what tools said earlier.</summary>
internal static class McpHistory
{
    /// <summary>Whether one tool message has all the texts.</summary>
    public static bool Holds(IReadOnlyList<Message> history, params ReadOnlySpan<string> texts)
    {
        for (int i = history.Count - 1; i >= 0; i--)
        {
            if (history[i].Role != Role.Tool)
            {
                continue;
            }

            bool all = true;
            foreach (string text in texts)
            {
                all &= Contains(history[i], text);
            }

            if (all)
            {
                return true;
            }
        }

        return false;
    }

    private static bool Contains(Message message, string text)
    {
        foreach (ContentPart part in message.Content)
        {
            if (part is TextPart textPart && textPart.Text.Contains(text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
