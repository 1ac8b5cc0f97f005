using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Chat;

/// <summary>The JSON of messages and their parts, as conversation files and the wire have it.</summary>
public static class MessageJson
{
    [ThreadStatic]
    private static JsonWriter? s_writer;

    /// <summary>The compact line of a message, without line end: null members of the message and its calls are left out, those of parts are kept.</summary>
    public static byte[] Write(Message message)
    {
        JsonWriter writer = s_writer ??= new JsonWriter();
        writer.Clear();
        Write(writer, message);
        return writer.ToArray();
    }

    /// <summary>Writes a message: null members of the message and its calls are left out, those of parts are kept.</summary>
    public static void Write(JsonWriter writer, Message message)
    {
        writer.BeginObject();
        writer.Name("role"u8);
        writer.Text(NameOf(message.Role));
        if (message.Name is not null)
        {
            writer.Member("name"u8, message.Name);
        }

        writer.Name("content"u8);
        WriteContent(writer, message.Content);
        if (message.ToolCalls is { Count: > 0 } calls)
        {
            writer.Name("tool_calls"u8);
            writer.BeginArray();
            foreach (ToolCall call in calls)
            {
                WriteToolCall(writer, call, withNulls: false);
            }

            writer.EndArray();
        }

        if (message.ToolCallId is not null)
        {
            writer.Member("tool_call_id"u8, message.ToolCallId);
        }

        if (message.Partial is bool partial)
        {
            writer.Member("partial"u8, partial);
        }

        writer.EndObject();
    }

    /// <summary>Writes content: a plain string exactly when it is one text part, else an array.</summary>
    public static void WriteContent(JsonWriter writer, IReadOnlyList<ContentPart> content)
    {
        if (content is [TextPart only])
        {
            writer.Text(only.Text);
            return;
        }

        writer.BeginArray();
        foreach (ContentPart part in content)
        {
            WritePart(writer, part);
        }

        writer.EndArray();
    }

    /// <summary>Writes a content part whole, nulls included.</summary>
    public static void WritePart(JsonWriter writer, ContentPart part)
    {
        writer.BeginObject();
        switch (part)
        {
            case TextPart text:
                writer.Member("type"u8, "text");
                writer.Member("text"u8, text.Text);
                break;
            case ThinkPart think:
                writer.Member("type"u8, "think");
                writer.Member("think"u8, think.Think);
                writer.Member("encrypted"u8, think.Encrypted);
                break;
            case MediaPart media:
                writer.Member("type"u8, media.Type);
                writer.Name(media.Type.AsSpan());
                writer.BeginObject();
                writer.Member("url"u8, media.Url);
                writer.Member("id"u8, media.Id);
                writer.EndObject();
                break;
            default:
                throw new ArgumentException($"Unknown content part {part.GetType().Name}.", nameof(part));
        }

        writer.EndObject();
    }

    /// <summary>Writes a tool call, with null members (wire) or without (files, requests).</summary>
    public static void WriteToolCall(JsonWriter writer, ToolCall call, bool withNulls)
    {
        writer.BeginObject();
        writer.Member("type"u8, "function");
        writer.Member("id"u8, call.Id);
        writer.Name("function"u8);
        writer.BeginObject();
        writer.Member("name"u8, call.Name);
        if (withNulls || call.Arguments is not null)
        {
            writer.Member("arguments"u8, call.Arguments);
        }

        writer.EndObject();
        if (call.Extras is JsonElement extras)
        {
            writer.Name("extras"u8);
            writer.Element(extras);
        }
        else if (withNulls)
        {
            writer.Name("extras"u8);
            writer.Null();
        }

        writer.EndObject();
    }

    /// <summary>Reads a message.</summary>
    /// <exception cref="FormatException">Not a message; the text says what is wrong.</exception>
    public static Message Read(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("a message must be an object");
        }

        Role role = ReadRole(value.StringOrNull("role"));
        if (!value.TryGetProperty("content", out JsonElement content))
        {
            throw new FormatException("a message must have the member 'content'");
        }

        List<ToolCall>? calls = null;
        if (value.TryMember("tool_calls", out JsonElement list))
        {
            if (list.ValueKind != JsonValueKind.Array)
            {
                throw new FormatException("'tool_calls' must be an array");
            }

            calls = [.. list.EnumerateArray().Select(ReadToolCall)];
        }

        return new Message(
            role,
            ReadContent(content),
            calls is { Count: > 0 } ? calls : null,
            value.StringOrNull("tool_call_id"),
            value.StringOrNull("name"),
            value.TryMember("partial", out JsonElement partial) && partial.ValueKind is JsonValueKind.True or JsonValueKind.False ? partial.ValueKind == JsonValueKind.True : null);
    }

    /// <summary>Reads content: null, a string or an array of parts.</summary>
    /// <exception cref="FormatException">Anything else.</exception>
    public static IReadOnlyList<ContentPart> ReadContent(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => [],
        JsonValueKind.String => [new TextPart(value.ReadString())],
        JsonValueKind.Array => [.. value.EnumerateArray().Select(ReadPart)],
        _ => throw new FormatException("content must be a string, an array of parts or null"),
    };

    /// <summary>Reads a content part.</summary>
    /// <exception cref="FormatException">No part, or one of an unknown type.</exception>
    public static ContentPart ReadPart(JsonElement value)
    {
        string type = value.StringOrNull("type") ?? throw new FormatException("a content part must have a string member 'type'");
        return type switch
        {
            "text" => new TextPart(Required(value, "text")),
            "think" => new ThinkPart(Required(value, "think"), value.StringOrNull("encrypted")),
            "image_url" => new ImageUrlPart(Url(value, type), Id(value, type)),
            "audio_url" => new AudioUrlPart(Url(value, type), Id(value, type)),
            "video_url" => new VideoUrlPart(Url(value, type), Id(value, type)),
            _ => throw new FormatException($"unknown content part type '{type}'"),
        };

        static string Url(JsonElement part, string type) =>
            part.TryMember(type, out JsonElement media) ? Required(media, "url") : throw new FormatException($"a content part '{type}' must have the member '{type}'");

        static string? Id(JsonElement part, string type) => part.TryMember(type, out JsonElement media) ? media.StringOrNull("id") : null;
    }

    /// <summary>Reads a tool call.</summary>
    /// <exception cref="FormatException">No tool call.</exception>
    public static ToolCall ReadToolCall(JsonElement value)
    {
        if (!value.TryMember("function", out JsonElement function))
        {
            throw new FormatException("a tool call must have the member 'function'");
        }

        return new ToolCall(
            Required(value, "id"),
            Required(function, "name"),
            function.StringOrNull("arguments"),
            value.TryMember("extras", out JsonElement extras) ? extras.Clone() : null);
    }

    /// <summary>The name of a role in JSON.</summary>
    public static string NameOf(Role role) => role switch
    {
        Role.System => "system",
        Role.User => "user",
        Role.Assistant => "assistant",
        _ => "tool",
    };

    private static Role ReadRole(string? name) => name switch
    {
        "system" => Role.System,
        "user" => Role.User,
        "assistant" => Role.Assistant,
        "tool" => Role.Tool,
        null => throw new FormatException("a message must have a string member 'role'"),
        _ => throw new FormatException($"unknown role '{name}'"),
    };

    private static string Required(JsonElement value, string name) =>
        value.StringOrNull(name) ?? throw new FormatException($"the member '{name}' must be a string");
}
