using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary>Messages and tools as chat completions have them.</summary>
internal static class ChatMessageMap
{
    /// <summary>Writes a message: thinking becomes a member of its own behind all others.</summary>
    /// <param name="message">The message.</param>
    /// <param name="reasoningKey">Name of that member; null to leave thinking out.</param>
    /// <param name="dropsEmptyContent">Whether an assistant message with calls and without visible text has no content member.</param>
    public static byte[] Write(Message message, string? reasoningKey, bool dropsEmptyContent)
    {
        List<ContentPart> rest = new(message.Content.Count);
        StringBuilder? thinking = null;
        foreach (ContentPart part in message.Content)
        {
            if (part is ThinkPart think)
            {
                (thinking ??= new StringBuilder()).Append(think.Think);
            }
            else
            {
                rest.Add(part);
            }
        }

        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("role"u8, MessageJson.NameOf(message.Role));
        if (message.Name is not null)
        {
            writer.Member("name"u8, message.Name);
        }

        bool calls = message.ToolCalls is { Count: > 0 };
        if (!(dropsEmptyContent && calls && message.Role == Role.Assistant && IsBlank(rest)))
        {
            writer.Name("content"u8);
            MessageJson.WriteContent(writer, rest);
        }

        if (calls)
        {
            writer.Name("tool_calls"u8);
            writer.BeginArray();
            foreach (ToolCall call in message.ToolCalls!)
            {
                MessageJson.WriteToolCall(writer, call, withNulls: false);
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

        if (thinking is not null && reasoningKey is not null)
        {
            writer.Name(reasoningKey.AsSpan());
            writer.Text(thinking.ToString());
        }

        writer.EndObject();
        return writer.ToArray();
    }

    /// <summary>Whether the message goes out in the form that the conversation file has.</summary>
    public static bool IsPlain(Message message, bool dropsEmptyContent)
    {
        if (dropsEmptyContent && message.ToolCalls is { Count: > 0 })
        {
            return false;
        }

        foreach (ContentPart part in message.Content)
        {
            if (part is ThinkPart)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Writes a tool.</summary>
    public static byte[] WriteTool(ToolDefinition tool, bool fillsTypes)
    {
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("type"u8, "function");
        writer.Name("function"u8);
        writer.BeginObject();
        writer.Member("name"u8, tool.Name);
        writer.Member("description"u8, tool.Description);
        writer.Name("parameters"u8);
        if (fillsTypes)
        {
            SchemaTypes.Write(writer, tool.Parameters);
        }
        else
        {
            writer.Element(tool.Parameters);
        }

        writer.EndObject();
        writer.EndObject();
        return writer.ToArray();
    }

    private static bool IsBlank(List<ContentPart> parts)
    {
        foreach (ContentPart part in parts)
        {
            if (part is not TextPart text || !string.IsNullOrWhiteSpace(text.Text))
            {
                return false;
            }
        }

        return true;
    }
}
