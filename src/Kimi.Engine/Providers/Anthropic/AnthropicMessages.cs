using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Anthropic;

/// <summary>Messages as Anthropic's API has them: lists of blocks; tool results are blocks of user messages.</summary>
internal static class AnthropicMessages
{
    private static readonly string[] s_imageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    /// <summary>Writes a message that is no tool result.</summary>
    /// <param name="message">The message.</param>
    /// <param name="caches">Whether the cache of the prompt ends with its last block.</param>
    public static byte[] Write(Message message, bool caches)
    {
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("role"u8, message.Role == Role.Assistant ? "assistant" : "user");
        writer.Name("content"u8);
        writer.BeginArray();
        Blocks blocks = new(writer);
        if (message.Role == Role.System)
        {
            blocks.Begin("text");
            writer.Member("text"u8, $"<system>{message.ExtractText("\n")}</system>");
        }
        else
        {
            WriteContent(blocks, writer, message);
        }

        blocks.End(caches);
        writer.EndArray();
        writer.EndObject();
        return writer.ToArray();
    }

    /// <summary>Writes the block of a tool message.</summary>
    public static byte[] WriteResult(Message message, bool caches)
    {
        if (message.ToolCallId is null)
        {
            throw new ChatProviderException("Tool message missing `tool_call_id`.");
        }

        JsonWriter writer = new();
        Blocks outer = new(writer);
        outer.Begin("tool_result");
        writer.Member("tool_use_id"u8, ToolCallIds.ToPlain(message.ToolCallId));
        writer.Name("content"u8);
        writer.BeginArray();
        Blocks blocks = new(writer);
        foreach (ContentPart part in message.Content)
        {
            switch (part)
            {
                case TextPart text:
                    if (text.Text.Length > 0)
                    {
                        blocks.Begin("text");
                        writer.Member("text"u8, text.Text);
                    }

                    break;
                case ImageUrlPart image:
                    blocks.Begin("image");
                    WriteImage(writer, image);
                    break;
                default:
                    throw new ChatProviderException($"Anthropic API does not support {NameOf(part)} in tool result");
            }
        }

        blocks.End(caches: false);
        writer.EndArray();
        outer.End(caches);
        return writer.ToArray();
    }

    /// <summary>Writes a tool.</summary>
    public static byte[] WriteTool(ToolDefinition tool, bool caches)
    {
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("name"u8, tool.Name);
        writer.Member("description"u8, tool.Description);
        writer.Name("input_schema"u8);
        writer.Element(tool.Parameters);
        if (caches)
        {
            WriteCacheControl(writer);
        }

        writer.EndObject();
        return writer.ToArray();
    }

    /// <summary>Writes the member that ends a cached stretch of the prompt.</summary>
    public static void WriteCacheControl(JsonWriter writer)
    {
        writer.Name("cache_control"u8);
        writer.Raw("{\"type\":\"ephemeral\"}"u8);
    }

    private static void WriteContent(Blocks blocks, JsonWriter writer, Message message)
    {
        foreach (ContentPart part in message.Content)
        {
            switch (part)
            {
                case TextPart text:
                    blocks.Begin("text");
                    writer.Member("text"u8, text.Text);
                    break;
                case ImageUrlPart image:
                    blocks.Begin("image");
                    WriteImage(writer, image);
                    break;
                case ThinkPart { Encrypted: not null } think:
                    blocks.Begin("thinking");
                    writer.Member("thinking"u8, think.Think);
                    writer.Member("signature"u8, think.Encrypted);
                    break;
            }
        }

        foreach (ToolCall call in message.ToolCalls ?? [])
        {
            blocks.Begin("tool_use");
            writer.Member("id"u8, ToolCallIds.ToPlain(call.Id));
            writer.Member("name"u8, call.Name);
            writer.Name("input"u8);
            CallArguments.Write(writer, call.Arguments);
        }
    }

    private static void WriteImage(JsonWriter writer, ImageUrlPart image)
    {
        writer.Name("source"u8);
        writer.BeginObject();
        if (DataUrl.Is(image.Url))
        {
            DataUrl data = DataUrl.Parse(image.Url) ?? throw new ChatProviderException($"Invalid data URL for image: {image.Url}");
            if (Array.IndexOf(s_imageTypes, data.MediaType) < 0)
            {
                throw new ChatProviderException($"Unsupported media type for base64 image: {data.MediaType}, url: {image.Url}");
            }

            writer.Member("type"u8, "base64");
            writer.Member("data"u8, data.Base64);
            writer.Member("media_type"u8, data.MediaType);
        }
        else
        {
            writer.Member("type"u8, "url");
            writer.Member("url"u8, image.Url);
        }

        writer.EndObject();
    }

    // The text is a peer's to see, so it is the recorded one, with the names that it has there.
    private static string NameOf(ContentPart part)
    {
        string name = part switch
        {
            ThinkPart => "ThinkPart",
            AudioUrlPart => "AudioURLPart",
            VideoUrlPart => "VideoURLPart",
            _ => part.GetType().Name,
        };
        return $"<class 'kosong.message.{name}'>";
    }

    /// <summary>Keeps a block open until it is known whether it is the last one.</summary>
    private sealed class Blocks(JsonWriter writer)
    {
        private string? _open;

        public void Begin(string type)
        {
            End(caches: false);
            writer.BeginObject();
            writer.Member("type"u8, type);
            _open = type;
        }

        public void End(bool caches)
        {
            if (_open is null)
            {
                return;
            }

            if (caches && _open != "thinking")
            {
                WriteCacheControl(writer);
            }

            writer.EndObject();
            _open = null;
        }
    }
}
