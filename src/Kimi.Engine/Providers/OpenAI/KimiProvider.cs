using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary><c>kimi</c>: Moonshot's chat completions.</summary>
internal sealed class KimiProvider(ChatCompletionsOptions options, ThinkingEffort? effort = null) : ChatCompletionsProvider(options, effort)
{
    private static readonly object s_form = new();

    /// <inheritdoc/>
    public override string Name => "kimi";

    /// <inheritdoc/>
    public override bool UsesCompletionBudget => true;

    /// <inheritdoc/>
    public override IChatProvider WithThinking(ThinkingEffort effort) => new KimiProvider(Options, effort);

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
