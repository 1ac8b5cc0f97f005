using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary>Messages as items of the Responses API. One message may be several items, or none.</summary>
internal static class ResponsesItems
{
    /// <summary>Writes the items of a message, with commas between them; nothing when there are none.</summary>
    /// <param name="message">The message.</param>
    /// <param name="systemRole">What the role of the system is called for this model.</param>
    public static byte[] Write(Message message, string systemRole)
    {
        // An array gives the commas; its brackets are cut off at the end.
        JsonWriter writer = new();
        writer.BeginArray();
        switch (message.Role)
        {
            case Role.Tool:
                WriteResult(writer, message);
                break;
            default:
                WriteContent(writer, message, message.Role switch { Role.System => systemRole, Role.Assistant => "assistant", _ => "user" });
                foreach (ToolCall call in message.ToolCalls ?? [])
                {
                    writer.BeginObject();
                    writer.Member("arguments"u8, string.IsNullOrEmpty(call.Arguments) ? "{}" : call.Arguments);
                    writer.Member("call_id"u8, call.Id);
                    writer.Member("name"u8, call.Name);
                    writer.Member("type"u8, "function_call");
                    writer.EndObject();
                }

                break;
        }

        writer.EndArray();
        return writer.WrittenSpan[1..^1].ToArray();
    }

    private static void WriteContent(JsonWriter writer, Message message, string role)
    {
        int at = 0;
        while (at < message.Content.Count)
        {
            int start = at;
            if (message.Content[at] is ThinkPart first)
            {
                while (at < message.Content.Count && message.Content[at] is ThinkPart next && next.Encrypted == first.Encrypted)
                {
                    at++;
                }

                WriteReasoning(writer, message.Content, start, at);
            }
            else
            {
                while (at < message.Content.Count && message.Content[at] is not ThinkPart)
                {
                    at++;
                }

                WriteMessage(writer, message.Content, start, at, role);
            }
        }
    }

    private static void WriteMessage(JsonWriter writer, IReadOnlyList<ContentPart> content, int start, int end, string role)
    {
        writer.BeginObject();
        writer.Name("content"u8);
        writer.BeginArray();
        for (int i = start; i < end; i++)
        {
            switch (content[i])
            {
                case TextPart { Text.Length: > 0 } text when role == "assistant":
                    writer.BeginObject();
                    writer.Member("type"u8, "output_text");
                    writer.Member("text"u8, text.Text);
                    writer.Name("annotations"u8);
                    writer.Raw("[]"u8);
                    writer.EndObject();
                    break;
                case TextPart { Text.Length: > 0 } text:
                    WriteText(writer, text.Text);
                    break;
                case ImageUrlPart image when role != "assistant":
                    writer.BeginObject();
                    writer.Member("type"u8, "input_image");
                    writer.Member("detail"u8, "auto");
                    writer.Member("image_url"u8, image.Url);
                    writer.EndObject();
                    break;
                case AudioUrlPart audio when role != "assistant":
                    WriteAudio(writer, audio.Url);
                    break;
            }
        }

        writer.EndArray();
        writer.Member("role"u8, role);
        writer.Member("type"u8, "message");
        writer.EndObject();
    }

    private static void WriteReasoning(JsonWriter writer, IReadOnlyList<ContentPart> content, int start, int end)
    {
        writer.BeginObject();
        writer.Name("summary"u8);
        writer.BeginArray();
        for (int i = start; i < end; i++)
        {
            writer.BeginObject();
            writer.Member("type"u8, "summary_text");
            writer.Member("text"u8, ((ThinkPart)content[i]).Think);
            writer.EndObject();
        }

        writer.EndArray();
        writer.Member("type"u8, "reasoning");
        writer.Member("encrypted_content"u8, ((ThinkPart)content[start]).Encrypted);
        writer.EndObject();
    }

    private static void WriteResult(JsonWriter writer, Message message)
    {
        writer.BeginObject();
        writer.Member("call_id"u8, message.ToolCallId ?? "");
        writer.Name("output"u8);
        writer.BeginArray();
        foreach (ContentPart part in message.Content)
        {
            switch (part)
            {
                case TextPart { Text.Length: > 0 } text:
                    WriteText(writer, text.Text);
                    break;
                case ImageUrlPart image:
                    writer.BeginObject();
                    writer.Member("type"u8, "input_image");
                    writer.Member("image_url"u8, image.Url);
                    writer.EndObject();
                    break;
                case AudioUrlPart audio when DataUrl.Is(audio.Url):
                    if (audio.Url.StartsWith("data:audio/", StringComparison.Ordinal) && DataUrl.Parse(audio.Url) is DataUrl data)
                    {
                        writer.BeginObject();
                        writer.Member("type"u8, "input_file");
                        writer.Member("file_data"u8, data.Base64);
                        writer.EndObject();
                    }

                    break;
                case AudioUrlPart audio:
                    WriteFileUrl(writer, audio.Url);
                    break;
            }
        }

        writer.EndArray();
        writer.Member("type"u8, "function_call_output");
        writer.EndObject();
    }

    private static void WriteText(JsonWriter writer, string text)
    {
        writer.BeginObject();
        writer.Member("type"u8, "input_text");
        writer.Member("text"u8, text);
        writer.EndObject();
    }

    private static void WriteAudio(JsonWriter writer, string url)
    {
        if (!DataUrl.Is(url))
        {
            WriteFileUrl(writer, url);
            return;
        }

        if (DataUrl.Parse(url) is not DataUrl data)
        {
            return;
        }

        string? file = data.MediaType switch
        {
            "audio/mp3" or "audio/mpeg" => "inline.mp3",
            "audio/wav" => "inline.wav",
            _ => null,
        };
        if (file is not null)
        {
            writer.BeginObject();
            writer.Member("type"u8, "input_file");
            writer.Member("file_data"u8, data.Base64);
            writer.Member("filename"u8, file);
            writer.EndObject();
        }
    }

    private static void WriteFileUrl(JsonWriter writer, string url)
    {
        if (url.StartsWith("http://", StringComparison.Ordinal) || url.StartsWith("https://", StringComparison.Ordinal))
        {
            writer.BeginObject();
            writer.Member("type"u8, "input_file");
            writer.Member("file_url"u8, url);
            writer.EndObject();
        }
    }
}
