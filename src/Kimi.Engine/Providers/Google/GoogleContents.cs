using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Google;

/// <summary>Messages as contents of the Gemini API.</summary>
internal static class GoogleContents
{
    private static readonly string[] s_imageTypes = ["image/png", "image/jpeg", "image/gif", "image/webp"];
    private static readonly string[] s_audioTypes = ["audio/wav", "audio/mp3", "audio/aiff", "audio/aac", "audio/ogg", "audio/flac"];

    /// <summary>Writes a message that is no tool result.</summary>
    public static byte[] Write(Message message, RemoteMedia fetched)
    {
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Name("parts"u8);
        writer.BeginArray();
        if (message.Role == Role.System)
        {
            WriteText(writer, $"<system>{message.ExtractText("\n")}</system>");
        }
        else
        {
            foreach (ContentPart part in message.Content)
            {
                switch (part)
                {
                    case TextPart text:
                        WriteText(writer, text.Text);
                        break;
                    case ImageUrlPart image:
                        WriteMedia(writer, image, s_imageTypes, "image", fetched);
                        break;
                    case AudioUrlPart audio:
                        WriteMedia(writer, audio, s_audioTypes, "audio", fetched);
                        break;
                }
            }

            foreach (ToolCall call in message.ToolCalls ?? [])
            {
                WriteCall(writer, call);
            }
        }

        writer.EndArray();
        writer.Member("role"u8, message.Role == Role.Assistant ? "model" : "user");
        writer.EndObject();
        return writer.ToArray();
    }

    /// <summary>Writes the results of the calls of one message as one content, in the order of the calls.</summary>
    /// <param name="caller">The message with the calls; null when the results stand alone.</param>
    /// <param name="results">The tool messages.</param>
    /// <param name="names">Names of all tools called so far, by the call's id.</param>
    public static byte[] WriteResults(Message? caller, IReadOnlyList<Message> results, IReadOnlyDictionary<string, string> names)
    {
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Name("parts"u8);
        writer.BeginArray();
        foreach (Message result in caller?.ToolCalls is { } calls ? Order(calls, results) : results)
        {
            WriteResult(writer, result, names);
        }

        writer.EndArray();
        writer.Member("role"u8, "user");
        writer.EndObject();
        return writer.ToArray();
    }

    private static List<Message> Order(IReadOnlyList<ToolCall> calls, IReadOnlyList<Message> results)
    {
        Dictionary<string, Message> byId = new(StringComparer.Ordinal);
        foreach (Message result in results)
        {
            if (!byId.TryAdd(result.ToolCallId ?? "", result))
            {
                throw new ChatProviderException($"Duplicate tool response for id: {result.ToolCallId}");
            }
        }

        List<Message> ordered = [];
        List<string> missing = [];
        HashSet<string> expected = new(StringComparer.Ordinal);
        foreach (ToolCall call in calls)
        {
            if (!expected.Add(call.Id))
            {
                continue;
            }

            if (byId.TryGetValue(call.Id, out Message? result))
            {
                ordered.Add(result);
            }
            else
            {
                missing.Add(call.Id);
            }
        }

        string[] unexpected = [.. byId.Keys.Where(id => !expected.Contains(id))];
        return missing.Count > 0 ? throw new ChatProviderException($"Missing tool responses for ids: {string.Join(", ", missing)}")
            : unexpected.Length > 0 ? throw new ChatProviderException($"Unexpected tool responses for ids: {string.Join(", ", unexpected)}")
            : ordered;
    }

    private static void WriteResult(JsonWriter writer, Message result, IReadOnlyDictionary<string, string> names)
    {
        string id = result.ToolCallId ?? "";
        StringBuilder output = new();
        foreach (ContentPart part in result.Content)
        {
            if (part is TextPart text)
            {
                output.Append(text.Text);
            }
        }

        writer.BeginObject();
        writer.Name("functionResponse"u8);
        writer.BeginObject();
        writer.Member("name"u8, names.TryGetValue(id, out string? name) ? name : id.Split('_', 2)[0]);
        writer.Name("response"u8);
        writer.BeginObject();
        writer.Member("output"u8, output.ToString());
        writer.EndObject();
        bool any = false;
        foreach (ContentPart part in result.Content)
        {
            if (part is ImageUrlPart or AudioUrlPart)
            {
                if (!any)
                {
                    writer.Name("parts"u8);
                    writer.BeginArray();
                    any = true;
                }

                WriteFile(writer, (MediaPart)part);
            }
        }

        if (any)
        {
            writer.EndArray();
        }

        writer.EndObject();
        writer.EndObject();
    }

    // Results point to a file; data that is there already travels inline.
    private static void WriteFile(JsonWriter writer, MediaPart media)
    {
        writer.BeginObject();
        if (DataUrl.Parse(media.Url) is DataUrl data)
        {
            WriteInline(writer, data);
        }
        else
        {
            writer.Name("fileData"u8);
            writer.BeginObject();
            writer.Member("fileUri"u8, media.Url);
            writer.Member("mimeType"u8, RemoteMedia.GuessType(media));
            writer.EndObject();
        }

        writer.EndObject();
    }

    private static void WriteText(JsonWriter writer, string text)
    {
        writer.BeginObject();
        writer.Member("text"u8, text);
        writer.EndObject();
    }

    private static void WriteMedia(JsonWriter writer, MediaPart media, string[] types, string kind, RemoteMedia fetched)
    {
        DataUrl data;
        if (DataUrl.Is(media.Url))
        {
            data = DataUrl.Parse(media.Url) ?? throw new ChatProviderException($"Invalid data URL for {kind}: {media.Url}");
            if (Array.IndexOf(types, data.MediaType) < 0)
            {
                throw new ChatProviderException($"Unsupported media type for base64 {kind}: {data.MediaType}, url: {media.Url}");
            }
        }
        else if (fetched[media.Url] is DataUrl known)
        {
            data = known;
        }
        else
        {
            return; // an address of another provider's own: nothing that could be fetched
        }

        writer.BeginObject();
        WriteInline(writer, data);
        writer.EndObject();
    }

    private static void WriteInline(JsonWriter writer, DataUrl data)
    {
        writer.Name("inlineData"u8);
        writer.BeginObject();
        writer.Member("data"u8, data.Base64);
        writer.Member("mimeType"u8, data.MediaType);
        writer.EndObject();
    }

    private static void WriteCall(JsonWriter writer, ToolCall call)
    {
        writer.BeginObject();
        writer.Name("functionCall"u8);
        writer.BeginObject();
        writer.Name("args"u8);
        CallArguments.Write(writer, call.Arguments);
        writer.Member("name"u8, call.Name);
        writer.EndObject();
        if (call.Extras is JsonElement extras && extras.StringOrNull("thought_signature_b64") is string signature)
        {
            writer.Member("thoughtSignature"u8, signature);
        }

        writer.EndObject();
    }
}
