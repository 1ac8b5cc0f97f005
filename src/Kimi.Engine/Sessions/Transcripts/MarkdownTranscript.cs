using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions.Transcripts;

/// <summary>What stands at the top of a Markdown export.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="ExportedAt">Now, in local time.</param>
/// <param name="WorkDirectory">The session's work directory.</param>
/// <param name="TokenCount">Tokens in the context.</param>
public sealed record MarkdownTranscriptHead(string SessionId, DateTimeOffset ExportedAt, string WorkDirectory, long TokenCount);

/// <summary>A conversation as a Markdown document.</summary>
public static class MarkdownTranscript
{
    private const int TopicLength = 80;

    /// <summary>Name of the file when none was given: the session's first eight characters and the local time.</summary>
    public static string DefaultFileName(string sessionId, DateTimeOffset now) =>
        string.Create(CultureInfo.InvariantCulture, $"kimi-export-{CodePoints.Take(sessionId, 8)}-{now:yyyyMMdd-HHmmss}.md");

    /// <summary>Writes the document.</summary>
    public static string Compose(MarkdownTranscriptHead head, IReadOnlyList<Message> history)
    {
        StringBuilder text = new();
        text.Append("---\n");
        text.Append("session_id: ").Append(head.SessionId).Append('\n');
        text.Append("exported_at: ").Append(head.ExportedAt.ToString("yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture)).Append('\n');
        text.Append("work_dir: ").Append(head.WorkDirectory).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"message_count: {history.Count}\n");
        text.Append(CultureInfo.InvariantCulture, $"token_count: {head.TokenCount}\n");
        text.Append("---\n\n# Kimi Session Export\n\n## Overview\n\n");
        text.Append("- **Topic**: ").Append(Topic(history)).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"- **Conversation**: {TurnCount(history)} turns | {CallCount(history)} tool calls | {head.TokenCount:N0} tokens\n\n---\n");
        new Turns(text).Append(history);
        return text.ToString();
    }

    private static string Topic(IReadOnlyList<Message> history)
    {
        foreach (Message message in history)
        {
            if (InternalMessages.IsFromUser(message) && string.Join(' ', message.ExtractText(" ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)) is { Length: > 0 } text)
            {
                return CodePoints.Take(text, TopicLength).TrimEnd();
            }
        }

        return "(empty)";
    }

    private static int TurnCount(IReadOnlyList<Message> history) => history.Count(InternalMessages.IsFromUser);

    private static int CallCount(IReadOnlyList<Message> history) => history.Sum(static message => message.ToolCalls?.Count ?? 0);

    private sealed class Turns(StringBuilder text)
    {
        private readonly Dictionary<string, string> _titles = new(StringComparer.Ordinal);
        private int _number;
        private bool _assistantBegun;

        public void Append(IReadOnlyList<Message> history)
        {
            foreach (Message message in history)
            {
                switch (message.Role)
                {
                    case Role.User when InternalMessages.IsInternal(message):
                        break;
                    case Role.User:
                        BeginTurn();
                        Block("### User");
                        AppendContent(message.Content);
                        break;
                    case Role.System:
                        Block("### System");
                        AppendContent(message.Content);
                        break;
                    case Role.Assistant:
                        BeginAssistant();
                        AppendContent(message.Content);
                        foreach (ToolCall call in message.ToolCalls ?? [])
                        {
                            AppendCall(call);
                        }

                        break;
                    default:
                        BeginAssistant();
                        AppendResult(message);
                        break;
                }
            }
        }

        private void BeginTurn()
        {
            _number++;
            _assistantBegun = false;
            Block(string.Create(CultureInfo.InvariantCulture, $"## Turn {_number}"));
        }

        private void BeginAssistant()
        {
            if (_assistantBegun)
            {
                return;
            }

            if (_number == 0)
            {
                BeginTurn();
            }

            _assistantBegun = true;
            Block("### Assistant");
        }

        private void AppendContent(IReadOnlyList<ContentPart> content)
        {
            foreach (ContentPart part in content)
            {
                if (part is ThinkPart think)
                {
                    if (!string.IsNullOrWhiteSpace(think.Think))
                    {
                        Block($"<details><summary>Thinking</summary>\n\n{think.Think.Trim('\n')}\n\n</details>");
                    }
                }
                else if (InternalMessages.Placeholder(part) is string placeholder)
                {
                    Block(placeholder);
                }
                else if (part is TextPart piece && !string.IsNullOrWhiteSpace(piece.Text))
                {
                    Block(piece.Text.Trim('\n'));
                }
            }
        }

        private void AppendCall(ToolCall call)
        {
            string title = ToolCallHint.For(call) is string hint ? $"{call.Name} (`{hint.ReplaceLineEndings(" ")}`)" : call.Name;
            _titles[call.Id] = title;
            Block($"#### Tool Call: {title}\n<!-- call_id: {call.Id} -->\n```json\n{Indented(call.Arguments)}\n```");
        }

        private void AppendResult(Message message)
        {
            string title = message.ToolCallId is string id && _titles.TryGetValue(id, out string? known) ? known : "unknown";
            string content = string.Join('\n', message.Content.Select(static part => part is TextPart piece ? piece.Text : InternalMessages.Placeholder(part)).Where(static piece => piece is not null));
            Block($"<details><summary>Tool Result: {title}</summary>\n\n<!-- call_id: {message.ToolCallId} -->\n{content.TrimEnd('\n')}\n\n</details>");
        }

        private void Block(string block) => text.Append('\n').Append(block).Append('\n');

        private static string Indented(string? arguments)
        {
            if (string.IsNullOrWhiteSpace(arguments))
            {
                return "{}";
            }

            return LenientJson.TryParse(arguments, out JsonElement value) ? JsonWriter.Compose(writer => writer.Element(value), JsonLayout.Indented) : arguments;
        }
    }
}
