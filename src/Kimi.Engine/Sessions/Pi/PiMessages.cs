using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Sessions.Transcripts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions.Pi;

/// <summary>Messages in pi's form. What pi cannot express travels in a member <c>kimi</c> of the entry, which pi ignores and keeps.</summary>
internal static class PiMessages
{
    /// <summary>The entry's member with the message as it was.</summary>
    public const string Original = "kimi";

    private const string ErrorStart = "<system>ERROR: ";

    // Where the signature of a Gemini call is kept among the call's extras.
    private const string SignatureExtra = "thought_signature_b64";

    /// <summary>Type of the entry that a message becomes.</summary>
    public static string EntryType(Message message) => CustomType(message) is null ? "message" : "custom_message";

    /// <summary>Writes the members of a message's entry behind the common ones.</summary>
    public static void WriteMembers(JsonWriter writer, ContextMessage context, PiModel model, DateTimeOffset at, IReadOnlyDictionary<string, string> toolNames)
    {
        Message message = context.Message;
        string members = JsonWriter.Compose(inner =>
        {
            inner.BeginObject();
            if (CustomType(message) is string custom)
            {
                inner.Member("customType"u8, custom);
                inner.Member("content"u8, message.ExtractText("\n"));
                inner.Member("display"u8, false);
            }
            else
            {
                inner.Name("message"u8);
                WriteMessage(inner, context, model, at, toolNames);
            }

            inner.EndObject();
        });
        JsonElement written = LenientJson.Parse(members);
        foreach (JsonProperty member in written.EnumerateObject())
        {
            writer.Name(member.Name.AsSpan());
            writer.Element(member.Value);
        }

        Message? back = CustomType(message) is null ? Read(written.GetProperty("message")) : new Message(Role.User, written.StringOrNull("content") ?? "");
        if (back is null || !IsSame(back, message))
        {
            writer.Name(Encoding.UTF8.GetBytes(Original));
            MessageJson.Write(writer, message);
        }
    }

    /// <summary>The message of an entry's member <c>kimi</c>; null when it has none.</summary>
    public static Message? ReadOriginal(JsonElement entry)
    {
        try
        {
            return entry.TryMember(Original, out JsonElement original) ? MessageJson.Read(original) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Whether a message is an answer that failed or was aborted: pi shows it, but no model sees it again, nor results of its calls.</summary>
    public static bool IsFailed(JsonElement message) =>
        message.StringOrNull("role") == "assistant" && message.StringOrNull("stopReason") is "error" or "aborted";

    /// <summary>Reads a message; null when it does not belong to the conversation.</summary>
    public static Message? Read(JsonElement message)
    {
        List<ContentPart> content = [];
        List<ToolCall> calls = [];
        switch (message.StringOrNull("role"))
        {
            case "user":
            case "custom":
            case "hookMessage":
                ReadContent(message, content, calls);
                return content.Count == 0 ? null : new Message(Role.User, content);
            case "assistant":
                ReadContent(message, content, calls);
                return content.Count == 0 && calls.Count == 0 ? null : new Message(Role.Assistant, content, calls.Count == 0 ? null : calls);
            case "toolResult":
                ReadContent(message, content, calls);
                if (message.BoolOr("isError", false) && !FirstText(content).StartsWith(ErrorStart, StringComparison.Ordinal))
                {
                    content.Insert(0, new TextPart($"{ErrorStart}The tool call failed.</system>"));
                }

                return new Message(Role.Tool, content.Count == 0 ? [new TextPart("<system>Tool output is empty.</system>")] : content, toolCallId: message.StringOrNull("toolCallId") ?? "");
            case "bashExecution" when !message.BoolOr("excludeFromContext", false):
                return new Message(Role.User, DescribeCommand(message));
            default:
                return null;
        }
    }

    /// <summary>Reads content that is a string or an array of blocks.</summary>
    public static IReadOnlyList<ContentPart> ReadContent(JsonElement holder)
    {
        List<ContentPart> content = [];
        ReadContent(holder, content, []);
        return content;
    }

    private static string FirstText(List<ContentPart> content) => content is [TextPart text, ..] ? text.Text : "";

    private static void ReadContent(JsonElement holder, List<ContentPart> content, List<ToolCall> calls)
    {
        if (!holder.TryMember("content", out JsonElement value))
        {
            return;
        }

        if (value.ValueKind == JsonValueKind.String)
        {
            content.Add(new TextPart(value.ReadString()));
            return;
        }

        if (value.ValueKind != JsonValueKind.Array)
        {
            return;
        }

        foreach (JsonElement block in value.EnumerateArray())
        {
            switch (block.StringOrNull("type"))
            {
                case "text":
                    content.Add(new TextPart(block.StringOrNull("text") ?? ""));
                    break;
                case "thinking":
                    content.Add(new ThinkPart(block.StringOrNull("thinking") ?? "", block.StringOrNull("thinkingSignature")));
                    break;
                case "image":
                    content.Add(new ImageUrlPart($"data:{block.StringOrNull("mimeType") ?? "image/png"};base64,{block.StringOrNull("data")}"));
                    break;
                case "toolCall" when block.StringOrNull("id") is string id && block.StringOrNull("name") is string name:
                    string arguments = block.TryMember("arguments", out JsonElement given) ? JsonWriter.Compose(writer => writer.Element(given)) : "{}";
                    JsonElement? extras = block.StringOrNull("thoughtSignature") is string signature
                        ? LenientJson.Parse(JsonWriter.Compose(writer =>
                        {
                            writer.BeginObject();
                            writer.Member(Encoding.UTF8.GetBytes(SignatureExtra), signature);
                            writer.EndObject();
                        }))
                        : null;
                    calls.Add(new ToolCall(id, name, arguments, extras));
                    break;
            }
        }
    }

    private static string DescribeCommand(JsonElement message)
    {
        string output = message.StringOrNull("output") ?? "";
        StringBuilder text = new();
        text.Append("Ran `").Append(message.StringOrNull("command")).Append("`\n");
        text.Append(output.Length == 0 ? "(no output)" : $"```\n{output.TrimEnd('\n')}\n```");
        if (message.BoolOr("cancelled", false))
        {
            text.Append("\n\nThe command was cancelled.");
        }
        else if (message.LongOr("exitCode", 0) is long code and not 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n\nIt ended with exit code {code}.");
        }

        if (message.BoolOr("truncated", false))
        {
            text.Append("\n\nThe output was cut").Append(message.StringOrNull("fullOutputPath") is string path ? $"; all of it is in {path}." : ".");
        }

        return text.ToString();
    }

    private static string? CustomType(Message message) => message switch
    {
        { Role: Role.System } => "kimi-system",
        { Role: Role.User } when InternalMessages.IsInternal(message) => FirstText([.. message.Content]) switch
        {
            string text when text.StartsWith(InternalMessages.NotificationStart, StringComparison.Ordinal) => "kimi-notification",
            string text when text.StartsWith(InternalMessages.CheckpointStart, StringComparison.Ordinal) => "kimi-checkpoint",
            _ => "kimi-reminder",
        },
        _ => null,
    };

    private static void WriteMessage(JsonWriter writer, ContextMessage context, PiModel model, DateTimeOffset at, IReadOnlyDictionary<string, string> toolNames)
    {
        Message message = context.Message;
        writer.BeginObject();
        switch (message.Role)
        {
            case Role.Assistant:
                writer.Member("role"u8, "assistant");
                WriteBlocks(writer, message);
                writer.Member("api"u8, model.Api);
                writer.Member("provider"u8, model.Provider);
                writer.Member("model"u8, model.ModelId);
                WriteUsage(writer, context);
                writer.Member("stopReason"u8, message.ToolCalls is null ? "stop" : "toolUse");
                break;
            case Role.Tool:
                string id = message.ToolCallId ?? "";
                writer.Member("role"u8, "toolResult");
                writer.Member("toolCallId"u8, id);
                writer.Member("toolName"u8, toolNames.GetValueOrDefault(id) ?? "unknown");
                WriteBlocks(writer, message);
                writer.Member("isError"u8, FirstText([.. message.Content]).StartsWith(ErrorStart, StringComparison.Ordinal));
                break;
            default:
                writer.Member("role"u8, "user");
                WriteBlocks(writer, message);
                break;
        }

        writer.Member("timestamp"u8, at.ToUnixTimeMilliseconds());
        writer.EndObject();
    }

    private static void WriteBlocks(JsonWriter writer, Message message)
    {
        writer.Name("content"u8);
        writer.BeginArray();
        foreach (ContentPart part in message.Content)
        {
            writer.BeginObject();
            switch (part)
            {
                case TextPart text:
                    writer.Member("type"u8, "text");
                    writer.Member("text"u8, text.Text);
                    break;
                case ThinkPart think:
                    writer.Member("type"u8, "thinking");
                    writer.Member("thinking"u8, think.Think);
                    if (think.Encrypted is not null)
                    {
                        writer.Member("thinkingSignature"u8, think.Encrypted);
                    }

                    break;
                case ImageUrlPart image when TrySplitDataUrl(image.Url, out string mimeType, out string data):
                    writer.Member("type"u8, "image");
                    writer.Member("data"u8, data);
                    writer.Member("mimeType"u8, mimeType);
                    break;
                default:
                    writer.Member("type"u8, "text");
                    writer.Member("text"u8, part is MediaPart media && !media.Url.StartsWith("data:", StringComparison.Ordinal) ? $"{InternalMessages.Placeholder(part)} {media.Url}" : InternalMessages.Placeholder(part));
                    break;
            }

            writer.EndObject();
        }

        foreach (ToolCall call in message.ToolCalls ?? [])
        {
            writer.BeginObject();
            writer.Member("type"u8, "toolCall");
            writer.Member("id"u8, call.Id);
            writer.Member("name"u8, call.Name);
            writer.Name("arguments"u8);
            if (call.Arguments is not null && LenientJson.TryParse(call.Arguments, out JsonElement arguments) && arguments.ValueKind == JsonValueKind.Object)
            {
                writer.Element(arguments);
            }
            else
            {
                writer.BeginObject();
                writer.EndObject();
            }

            if (call.Extras?.StringOrNull(SignatureExtra) is string signature)
            {
                writer.Member("thoughtSignature"u8, signature);
            }

            writer.EndObject();
        }

        writer.EndArray();
    }

    private static void WriteUsage(JsonWriter writer, ContextMessage context)
    {
        long input = context.InputTokens ?? 0;
        long total = Math.Max(input, context.TotalTokens ?? input);
        writer.Name("usage"u8);
        writer.BeginObject();
        writer.Member("input"u8, input);
        writer.Member("output"u8, total - input);
        writer.Member("cacheRead"u8, 0);
        writer.Member("cacheWrite"u8, 0);
        writer.Member("totalTokens"u8, total);
        writer.Name("cost"u8);
        writer.Raw("""{"input":0,"output":0,"cacheRead":0,"cacheWrite":0,"total":0}"""u8);
        writer.EndObject();
    }

    private static bool TrySplitDataUrl(string url, out string mimeType, out string data)
    {
        const string Mark = ";base64,";
        int mark = url.IndexOf(Mark, StringComparison.Ordinal);
        bool isData = mark > 0 && url.StartsWith("data:", StringComparison.Ordinal);
        mimeType = isData ? url["data:".Length..mark] : "";
        data = isData ? url[(mark + Mark.Length)..] : "";
        return isData;
    }

    /// <summary>Whether two messages say the same; the spelling of a call's arguments does not count.</summary>
    private static bool IsSame(Message a, Message b) => Normalized(a).Line.Span.SequenceEqual(Normalized(b).Line.Span);

    private static Message Normalized(Message message) => message.ToolCalls is null
        ? message
        : new Message(message.Role, message.Content, [.. message.ToolCalls.Select(Normalized)], message.ToolCallId, message.Name, message.Partial);

    private static ToolCall Normalized(ToolCall call) => call.Arguments is not null && LenientJson.TryParse(call.Arguments, out JsonElement arguments)
        ? call with { Arguments = JsonWriter.Compose(writer => writer.Element(arguments)) }
        : call;
}
