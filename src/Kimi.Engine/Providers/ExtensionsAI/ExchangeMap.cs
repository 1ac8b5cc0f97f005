using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Microsoft.Extensions.AI;

namespace Kimi.Engine.Providers.ExtensionsAI;

/// <summary>Our messages as those of Microsoft.Extensions.AI and back, losing as little as its types allow.</summary>
internal static class ExchangeMap
{
    /// <summary>A message for a chat client.</summary>
    public static ChatMessage ToChat(Message message)
    {
        ChatMessage chat = new()
        {
            Role = message.Role switch { Role.System => ChatRole.System, Role.User => ChatRole.User, Role.Assistant => ChatRole.Assistant, _ => ChatRole.Tool },
            AuthorName = message.Name,
        };
        if (message.Role == Role.Tool)
        {
            chat.Contents.Add(new FunctionResultContent(message.ToolCallId ?? "", message.Content.Select(ToContent).ToArray()));
        }
        else
        {
            foreach (ContentPart part in message.Content)
            {
                chat.Contents.Add(ToContent(part));
            }

            foreach (ToolCall call in message.ToolCalls ?? [])
            {
                chat.Contents.Add(ToContent(call));
            }
        }

        if (message.Partial is bool partial)
        {
            chat.AdditionalProperties = new() { [ExchangeKeys.Partial] = partial };
        }

        return chat;
    }

    /// <summary>A part as content.</summary>
    public static AIContent ToContent(ContentPart part)
    {
        switch (part)
        {
            case TextPart text:
                return new TextContent(text.Text);
            case ThinkPart think:
                return new TextReasoningContent(think.Think) { ProtectedData = think.Encrypted };
            case MediaPart media:
                AIContent content = DataUrl.Parse(media.Url) is not null
                    ? new DataContent(media.Url)
                    : new UriContent(media.Url, GuessType(media));
                content.RawRepresentation = media;
                if (media.Id is not null)
                {
                    content.AdditionalProperties = new() { [ExchangeKeys.MediaId] = media.Id };
                }

                return content;
            default:
                throw new ArgumentException($"Unknown content part {part.GetType().Name}.", nameof(part));
        }
    }

    /// <summary>A call as content: the arguments parsed, and their text beside them.</summary>
    public static FunctionCallContent ToContent(ToolCall call)
    {
        FunctionCallContent content = new(call.Id, call.Name) { RawRepresentation = call, AdditionalProperties = new() { [ExchangeKeys.Arguments] = call.Arguments } };
        if (call.Extras is JsonElement extras)
        {
            content.AdditionalProperties[ExchangeKeys.Extras] = extras;
        }

        try
        {
            JsonElement value = LenientJson.Parse(string.IsNullOrEmpty(call.Arguments) ? "{}" : call.Arguments);
            if (value.ValueKind == JsonValueKind.Object)
            {
                content.Arguments = value.EnumerateObject().ToDictionary(static member => member.Name, static member => (object?)member.Value);
            }
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            content.Exception = e;
        }

        return content;
    }

    /// <summary>Content as parts of a stream; none when we have no part for it.</summary>
    public static StreamPart? ToPart(AIContent content) => content switch
    {
        TextContent text => new TextPart(text.Text),
        TextReasoningContent reasoning => new ThinkPart(reasoning.Text, reasoning.ProtectedData),
        FunctionCallContent call => ToCall(call),
        DataContent data => ToMedia(data, data.Uri, data.MediaType),
        UriContent link => ToMedia(link, link.Uri.OriginalString, link.MediaType),
        _ => null,
    };

    /// <summary>A message of a chat client's caller.</summary>
    public static IEnumerable<Message> FromChat(ChatMessage chat)
    {
        List<ContentPart> parts = [];
        List<ToolCall> calls = [];
        foreach (AIContent content in chat.Contents)
        {
            switch (content)
            {
                case FunctionResultContent result:
                    yield return new Message(Role.Tool, ToParts(result), toolCallId: result.CallId);
                    break;
                default:
                    switch (ToPart(content))
                    {
                        case ToolCall call:
                            calls.Add(call);
                            break;
                        case ContentPart part:
                            parts.Add(part);
                            break;
                    }

                    break;
            }
        }

        if (parts.Count > 0 || calls.Count > 0 || chat.Role != ChatRole.Tool)
        {
            Role role = chat.Role == ChatRole.Assistant ? Role.Assistant : chat.Role == ChatRole.User ? Role.User : chat.Role == ChatRole.Tool ? Role.Tool : Role.System;
            bool? partial = chat.AdditionalProperties?.TryGetValue(ExchangeKeys.Partial, out object? flag) == true ? flag as bool? : null;
            yield return new Message(role, parts, calls.Count > 0 ? calls : null, name: chat.AuthorName, partial: partial);
        }
    }

    /// <summary>A tool as a declaration that nobody can invoke.</summary>
    public static AITool ToTool(ToolDefinition tool) => AIFunctionFactory.CreateDeclaration(tool.Name, tool.Description, tool.Parameters, null);

    /// <summary>A declaration as a tool; its schema as delivered.</summary>
    public static ToolDefinition FromTool(AIFunctionDeclaration tool)
    {
        JsonWriter writer = new();
        writer.Element(tool.JsonSchema);
        return new ToolDefinition(tool.Name, tool.Description, writer.ToArray());
    }

    /// <summary>Usage; the exchange type counts cached tokens among the input.</summary>
    public static TokenUsage FromUsage(UsageDetails usage)
    {
        long read = usage.CachedInputTokenCount ?? 0;
        long creation = usage.AdditionalCounts?.TryGetValue(ExchangeKeys.CacheCreation, out long count) == true ? count : 0;
        return new TokenUsage(Math.Max(0, (usage.InputTokenCount ?? 0) - read - creation), usage.OutputTokenCount ?? 0, read, creation);
    }

    /// <summary>See <see cref="FromUsage"/>.</summary>
    public static UsageDetails ToUsage(TokenUsage usage) => new()
    {
        InputTokenCount = usage.Input,
        OutputTokenCount = usage.Output,
        TotalTokenCount = usage.Total,
        CachedInputTokenCount = usage.InputCacheRead,
        AdditionalCounts = new() { [ExchangeKeys.CacheCreation] = usage.InputCacheCreation },
    };

    private static ToolCall ToCall(FunctionCallContent content)
    {
        AdditionalPropertiesDictionary? more = content.AdditionalProperties;
        string? arguments = content.RawRepresentation is ToolCall own ? own.Arguments
            : more?.TryGetValue(ExchangeKeys.Arguments, out object? raw) == true ? raw as string
            : content.Arguments is { } parsed ? JsonWriter.Compose(writer => WriteArguments(writer, parsed))
            : content.Exception is null ? "{}" : "";
        JsonElement? extras = more?.TryGetValue(ExchangeKeys.Extras, out object? data) == true && data is JsonElement element ? element : null;
        return new ToolCall(content.CallId, content.Name, arguments, extras);
    }

    private static void WriteArguments(JsonWriter writer, IDictionary<string, object?> arguments)
    {
        writer.BeginObject();
        foreach (KeyValuePair<string, object?> argument in arguments)
        {
            writer.Name(argument.Key.AsSpan());
            writer.Element(argument.Value is JsonElement value ? value : JsonSerializer.SerializeToElement(argument.Value, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(object))));
        }

        writer.EndObject();
    }

    private static IReadOnlyList<ContentPart> ToParts(FunctionResultContent result) => result.Result switch
    {
        null => result.Exception is null ? [] : [new TextPart($"<system>ERROR: {result.Exception.Message}</system>")],
        string text => [new TextPart(text)],
        AIContent one => [.. Parts([one])],
        IEnumerable<AIContent> many => [.. Parts(many)],
        JsonElement { ValueKind: JsonValueKind.String } json => [new TextPart(json.ReadString())],
        JsonElement json => [new TextPart(JsonWriter.Compose(writer => writer.Element(json)))],
        var other => [new TextPart(JsonSerializer.Serialize(other, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(object))))],
    };

    private static IEnumerable<ContentPart> Parts(IEnumerable<AIContent> contents) => contents.Select(ToPart).OfType<ContentPart>();

    private static MediaPart ToMedia(AIContent content, string url, string mediaType)
    {
        if (content.RawRepresentation is MediaPart own)
        {
            return own;
        }

        string? id = content.AdditionalProperties?.TryGetValue(ExchangeKeys.MediaId, out object? value) == true ? value as string : null;
        return mediaType.StartsWith("audio/", StringComparison.OrdinalIgnoreCase) ? new AudioUrlPart(url, id)
            : mediaType.StartsWith("video/", StringComparison.OrdinalIgnoreCase) ? new VideoUrlPart(url, id)
            : new ImageUrlPart(url, id);
    }

    private static string GuessType(MediaPart media) => media is VideoUrlPart ? "video/mp4" : Google.RemoteMedia.GuessType(media);
}
