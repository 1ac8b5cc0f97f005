using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Cli.Printing;

/// <summary>User messages on standard input, one a line.</summary>
internal static class StreamJsonInput
{
    /// <summary>The prompt of a line; null when the line is blank, broken, of another role or without text.</summary>
    /// <param name="line">The line.</param>
    /// <param name="skipped">Why the line does not count; null for a blank one.</param>
    public static string? Read(string line, out string? skipped)
    {
        skipped = null;
        if (string.IsNullOrWhiteSpace(line))
        {
            return null;
        }

        try
        {
            Message message = MessageJson.Read(LenientJson.Parse(line));
            if (message.Role != Role.User)
            {
                skipped = "not a user message";
                return null;
            }

            string text = message.ExtractText("\n");
            skipped = text.Length == 0 ? "a message without text" : null;
            return text.Length == 0 ? null : text;
        }
        catch (Exception broken) when (broken is JsonException or FormatException)
        {
            skipped = broken.Message;
            return null;
        }
    }
}
