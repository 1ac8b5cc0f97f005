using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>The title of a session.</summary>
public static class SessionTitle
{
    private const int Longest = 50;

    /// <summary>A title made of what the user said first: white space folded, cut at a word within 50 characters.</summary>
    public static string? FromInput(UserInput input)
    {
        string text = Fold(input.JoinedText);
        if (text.Length == 0)
        {
            return null;
        }

        if (CodePoints.Count(text) <= Longest)
        {
            return text;
        }

        string head = CodePoints.Take(text, Longest);
        int blank = head.LastIndexOf(' ');
        return (blank > 0 ? head[..blank] : CodePoints.Take(text, Longest - 1)).TrimEnd() + '…';
    }

    /// <summary>The title to show for a session directory.</summary>
    public static string Display(SessionState state, string wireLogPath) => state.CustomTitle ?? FromWireLog(wireLogPath) ?? "Untitled";

    private static string? FromWireLog(string path)
    {
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(path))
        {
            if (line.Span.IndexOf("\"TurnBegin\""u8) < 0)
            {
                continue;
            }

            try
            {
                JsonElement record = LenientJson.Parse(line);
                if (record.TryMember("message", out JsonElement message) && message.StringOrNull("type") == "TurnBegin"
                    && message.TryMember("payload", out JsonElement payload) && payload.TryMember("user_input", out JsonElement input))
                {
                    return FromInput(UserInput.Read(input));
                }
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                // a record that cannot be read gives no title
            }
        }

        return null;
    }

    private static string Fold(string text)
    {
        StringBuilder folded = new(text.Length);
        bool blank = false;
        foreach (char c in text)
        {
            if (char.IsWhiteSpace(c))
            {
                blank = folded.Length > 0;
                continue;
            }

            if (blank)
            {
                folded.Append(' ');
                blank = false;
            }

            folded.Append(c);
        }

        return folded.ToString();
    }
}
