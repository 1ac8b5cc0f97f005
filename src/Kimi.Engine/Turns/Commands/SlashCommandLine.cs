namespace Kimi.Engine.Turns.Commands;

/// <summary>A prompt that is a command: <c>/name</c>, with parts joined by colons, and arguments.</summary>
/// <param name="Name">The name without the slash.</param>
/// <param name="Arguments">The rest, without blanks in front.</param>
internal sealed record SlashCommandLine(string Name, string Arguments)
{
    /// <summary>Reads a command; null when the text is none, such as a path.</summary>
    public static SlashCommandLine? Parse(string text)
    {
        if (text.Length < 2 || text[0] != '/')
        {
            return null;
        }

        int end = 1;
        bool expectsWord = true;
        while (end < text.Length)
        {
            char c = text[end];
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            {
                expectsWord = false;
            }
            else if (c == ':' && !expectsWord)
            {
                expectsWord = true;
            }
            else
            {
                break;
            }

            end++;
        }

        bool complete = !expectsWord && (end == text.Length || char.IsWhiteSpace(text[end]));
        return complete ? new SlashCommandLine(text[1..end], text[end..].TrimStart()) : null;
    }
}
