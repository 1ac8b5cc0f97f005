using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary><c>kimi</c>: Moonshot's chat completions.</summary>
internal sealed class KimiProvider(ChatCompletionsOptions options, ThinkingEffort? effort = null) : ChatCompletionsProvider(options, effort), IVideoUploader
{
    private static readonly object s_form = new();

    /// <inheritdoc/>
    public override string Name => "kimi";

    /// <inheritdoc/>
    public override bool UsesCompletionBudget => true;

    /// <inheritdoc/>
    public override IChatProvider WithThinking(ThinkingEffort effort) => new KimiProvider(Options, effort);

    /// <inheritdoc/>
    public async Task<VideoUrlPart> UploadVideoAsync(ReadOnlyMemory<byte> data, string mimeType, CancellationToken cancellationToken)
    {
        if (!mimeType.StartsWith("video/", StringComparison.Ordinal))
        {
            throw new ChatProviderException($"Expected a video mime type, got {mimeType}");
        }

        string boundary = Guid.NewGuid().ToString("N");
        RequestSegments body = new();
        body.Add(
            $"--{boundary}\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nvideo\r\n"
            + $"--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"upload{ExtensionOf(mimeType)}\"\r\nContent-Type: {mimeType}\r\n\r\n");
        body.Add(data);
        body.Add($"\r\n--{boundary}--\r\n");
        HttpCall call = new(HttpCall.Join(Options.BaseUrl, "/files")) { Body = body, ContentType = $"multipart/form-data; boundary={boundary}", ReportsIds = true };
        SetHeaders(call);
        using HttpResponseMessage response = await Transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        string text = await Transport.ReadTextAsync(response, cancellationToken).ConfigureAwait(false);
        return LenientJson.TryParse(text, out System.Text.Json.JsonElement answer) && answer.StringOrNull("id") is { Length: > 0 } id
            ? new VideoUrlPart("ms://" + id)
            : throw new ChatProviderException("The server gave no id for the uploaded file.");
    }

    private static string ExtensionOf(string mimeType) => mimeType switch
    {
        "video/mp4" => ".mp4",
        "video/quicktime" => ".mov",
        "video/webm" => ".webm",
        "video/x-matroska" => ".mkv",
        "video/x-msvideo" => ".avi",
        "video/mpeg" => ".mpeg",
        "video/3gpp" => ".3gp",
        "video/x-flv" => ".flv",
        "video/x-ms-wmv" => ".wmv",
        _ => ".bin",
    };

    /// <inheritdoc/>
    protected override void WriteEarlyMembers(JsonWriter writer, ChatRequest request)
    {
        if (request.MaxCompletionTokens is long cap)
        {
            writer.Member("max_completion_tokens"u8, cap);
        }

        if (Options.CacheKey is not null)
        {
            writer.Member("prompt_cache_key"u8, Options.CacheKey);
        }
    }

    /// <inheritdoc/>
    protected override void WriteLateMembers(JsonWriter writer)
    {
        if (ThinkingEffort is null && Options.ThinkingKeep is null)
        {
            return;
        }

        writer.Name("thinking"u8);
        writer.BeginObject();
        if (ThinkingEffort is not null)
        {
            writer.Member("type"u8, ThinkingEffort == Providers.ThinkingEffort.Off ? "disabled" : "enabled");
        }

        if (Options.ThinkingKeep is not null)
        {
            writer.Member("keep"u8, Options.ThinkingKeep);
        }

        writer.EndObject();
    }

    /// <inheritdoc/>
    protected override ReadOnlyMemory<byte> Encode(Message message) =>
        ChatMessageMap.IsPlain(message, dropsEmptyContent: true)
            ? message.Line
            : message.EncodedAs(s_form, static message => ChatMessageMap.Write(message, "reasoning_content", dropsEmptyContent: true));

    /// <inheritdoc/>
    protected override ReadOnlyMemory<byte> Encode(ToolDefinition tool) => tool.EncodedAs(s_form, static tool =>
    {
        if (!tool.Name.StartsWith('$'))
        {
            return ChatMessageMap.WriteTool(tool, fillsTypes: true);
        }

        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("type"u8, "builtin_function");
        writer.Name("function"u8);
        writer.BeginObject();
        writer.Member("name"u8, tool.Name);
        writer.EndObject();
        writer.EndObject();
        return writer.ToArray();
    });

    /// <inheritdoc/>
    protected override void SetIdentity(HttpCall call) => Options.Identity.Apply(call, Options.CustomHeaders);

    /// <inheritdoc/>
    protected override ChatAnswer Answer(HttpResponseMessage response) => new ChatCompletionsAnswer(
        Transport, response, new ChatChunkReader("reasoning_content", isKimi: true), HttpTransport.Header(response, "x-trace-id"));
}
