using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions.Pi;

/// <summary>A message with what is known of its tokens.</summary>
internal sealed record ContextMessage(Message Message)
{
    /// <summary>Tokens of the request it answers; null when unknown.</summary>
    public long? InputTokens { get; init; }

    /// <summary>Tokens of that request and the answer; null when unknown.</summary>
    public long? TotalTokens { get; set; }
}

/// <summary>A conversation as one of the session's context files has it.</summary>
internal sealed class ContextSnapshot
{
    /// <summary>The system prompt; null when the file has none.</summary>
    public string? SystemPrompt { get; private set; }

    /// <summary>The messages.</summary>
    public List<ContextMessage> Messages { get; } = [];

    /// <summary>Last token count, with an estimate of what came after it.</summary>
    public long Tokens { get; private set; }

    /// <summary>The session's context files, the oldest first.</summary>
    public static IReadOnlyList<string> Files(string sessionDirectory)
    {
        List<(int Number, string Path)> rotated = [];
        foreach (string path in Directory.EnumerateFiles(sessionDirectory, "context_*.jsonl"))
        {
            if (int.TryParse(Path.GetFileNameWithoutExtension(path)["context_".Length..], out int number))
            {
                rotated.Add((number, path));
            }
        }

        rotated.Sort();
        return [.. rotated.Select(static file => file.Path), Path.Join(sessionDirectory, "context.jsonl")];
    }

    /// <summary>Reads a file; lines that cannot be used are left out.</summary>
    public static ContextSnapshot Read(string path)
    {
        ContextSnapshot snapshot = new();
        long? sinceMessage = null;
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(path))
        {
            try
            {
                JsonElement value = LenientJson.Parse(line);
                switch (value.StringOrNull("role"))
                {
                    case "_system_prompt":
                        snapshot.SystemPrompt = value.StringOrNull("content");
                        break;
                    case "_usage":
                        sinceMessage = snapshot.Tokens = value.LongOr("token_count", 0);
                        if (snapshot.Messages is [.., { Message.Role: Role.Assistant } last])
                        {
                            last.TotalTokens ??= sinceMessage;
                        }

                        break;
                    case "_checkpoint":
                        break;
                    default:
                        Message message = MessageJson.Read(value);
                        snapshot.Messages.Add(new ContextMessage(message) { InputTokens = message.Role == Role.Assistant ? sinceMessage : null });
                        snapshot.Tokens += message.TextLength / 4;
                        sinceMessage = null;
                        break;
                }
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                // The session itself skips such lines too.
            }
        }

        return snapshot;
    }
}
