using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary><c>openai_legacy</c>: chat completions of OpenAI and everything compatible with it.</summary>
internal sealed class OpenAILegacyProvider : ChatCompletionsProvider
{
    private const string UsualKey = "reasoning_content";
    private static readonly object s_usualForm = new();
    private readonly string? _reasoningKey;
    private readonly object _form;

    /// <summary>Makes a provider.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="reasoningKey">Name of the member with the thinking: null for the usual one, empty for none.</param>
    public OpenAILegacyProvider(ChatCompletionsOptions options, string? reasoningKey)
        : this(options, reasoningKey switch { null => UsualKey, "" => null, _ => reasoningKey }, reasoningKey is null or UsualKey ? s_usualForm : new object(), null)
    {
    }

    private OpenAILegacyProvider(ChatCompletionsOptions options, string? reasoningKey, object form, ThinkingEffort? effort)
        : base(options, effort)
    {
        _reasoningKey = reasoningKey;
        _form = form;
    }

    /// <inheritdoc/>
    public override bool SupportsResponseSchema => true;

    /// <inheritdoc/>
    public override string Name => "openai";

    /// <inheritdoc/>
    public override IChatProvider WithThinking(ThinkingEffort effort) => new OpenAILegacyProvider(Options, _reasoningKey, _form, effort);

    /// <inheritdoc/>
    protected override void WriteEarlyMembers(JsonWriter writer, ChatRequest request)
    {
        if (ThinkingEffort is ThinkingEffort effort)
        {
            writer.Member("reasoning_effort"u8, effort switch
            {
                Providers.ThinkingEffort.Off => null,
                Providers.ThinkingEffort.Low => "low",
                Providers.ThinkingEffort.Medium => "medium",
                Providers.ThinkingEffort.High => "high",
                _ => "xhigh",
            });
        }
        else if (_reasoningKey is not null && HasThinking(request.History))
        {
            writer.Member("reasoning_effort"u8, "medium");
        }
    }

    /// <inheritdoc/>
    protected override ReadOnlyMemory<byte> Encode(Message message) =>
        ChatMessageMap.IsPlain(message, dropsEmptyContent: false)
            ? message.Line
            : message.EncodedAs(_form, message => ChatMessageMap.Write(message, _reasoningKey, dropsEmptyContent: false));

    /// <inheritdoc/>
    protected override ReadOnlyMemory<byte> Encode(ToolDefinition tool) =>
        tool.EncodedAs(s_usualForm, static tool => ChatMessageMap.WriteTool(tool, fillsTypes: false));

    /// <inheritdoc/>
    protected override void SetIdentity(HttpCall call)
    {
        call.Set("User-Agent", "KimiCLI/" + Options.Identity.Version);
        call.Set(Options.CustomHeaders);
    }

    /// <inheritdoc/>
    protected override ChatAnswer Answer(HttpResponseMessage response) =>
        new ChatCompletionsAnswer(Transport, response, new ChatChunkReader(_reasoningKey, isKimi: false), null);

    private static bool HasThinking(IReadOnlyList<Message> history)
    {
        foreach (Message message in history)
        {
            foreach (ContentPart part in message.Content)
            {
                if (part is ThinkPart)
                {
                    return true;
                }
            }
        }

        return false;
    }
}
