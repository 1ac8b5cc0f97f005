using System.Runtime.CompilerServices;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Microsoft.Extensions.AI;

namespace Kimi.Engine.Providers.ExtensionsAI;

/// <summary>
/// A provider of ours as a chat client. One request each, no tools are run and nothing is retried beyond the inner retries of
/// the provider. Tool calls come when they are complete.
/// </summary>
public sealed class KimiChatClient(IChatProvider provider) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new(provider.Name, null, provider.ModelName);

    /// <summary>A configured model as a chat client.</summary>
    /// <param name="model">Name of the model in the configuration; the default model when null.</param>
    /// <param name="environment">The environment; the process's when null.</param>
    /// <exception cref="ConfigurationException">The configuration cannot be used, or there is no such model.</exception>
    public static KimiChatClient FromConfiguration(string? model = null, EnvironmentSource? environment = null)
    {
        EnvironmentSource source = environment ?? EnvironmentSource.Process;
        ShareDirectory share = ShareDirectory.Locate(source);
        ResolvedModel resolved = ModelResolution.Resolve(ConfigurationLoader.LoadDefault(share, mayWrite: false), source, model);
        ProviderContext context = new() { Identity = new ClientIdentity(EngineInfo.Version, share), Share = share };
        return new KimiChatClient(ProviderFactory.Create(resolved, context) ?? throw new ConfigurationException("No usable model is configured."));
    }

    /// <inheritdoc/>
    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IChatProvider asked = ExchangeEffort.Get(options) is ThinkingEffort effort ? provider.WithThinking(effort) : provider;
        ChatAnswer answer = await asked.GenerateAsync(ToRequest(messages, options), cancellationToken).ConfigureAwait(false);
        await using (answer.ConfigureAwait(false))
        {
            PartMerger calls = new();
            await foreach (StreamPart part in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (part is ContentPart content)
                {
                    if (calls.Flush() is ToolCall finished)
                    {
                        yield return Update(answer, ExchangeMap.ToContent(finished));
                    }

                    yield return Update(answer, ExchangeMap.ToContent(content));
                }
                else if (calls.Add(part) is ToolCall before)
                {
                    yield return Update(answer, ExchangeMap.ToContent(before));
                }
            }

            if (calls.Flush() is ToolCall last)
            {
                yield return Update(answer, ExchangeMap.ToContent(last));
            }

            ChatResponseUpdate end = Update(answer, null);
            if (answer.Usage is TokenUsage usage)
            {
                end.Contents.Add(new UsageContent(ExchangeMap.ToUsage(usage)));
            }

            yield return end;
        }
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null
        : serviceType == typeof(ChatClientMetadata) ? _metadata
        : serviceType.IsInstanceOfType(this) ? this
        : serviceType.IsInstanceOfType(provider) ? provider
        : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        // The provider and its connections belong to others.
    }

    private static ChatRequest ToRequest(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        List<Message> history = [.. messages.SelectMany(ExchangeMap.FromChat)];
        string prompt = options?.Instructions ?? "";
        if (prompt.Length == 0 && history is [{ Role: Role.System } first, ..])
        {
            prompt = first.ExtractText();
            history.RemoveAt(0);
        }

        return new ChatRequest
        {
            SystemPrompt = prompt,
            Tools = [.. (options?.Tools ?? []).OfType<AIFunctionDeclaration>().Select(ExchangeMap.FromTool)],
            History = history,
            MaxCompletionTokens = options?.MaxOutputTokens,
            ResponseSchema = (options?.ResponseFormat as ChatResponseFormatJson)?.Schema,
        };
    }

    private ChatResponseUpdate Update(ChatAnswer answer, AIContent? content)
    {
        ChatResponseUpdate update = new() { Role = ChatRole.Assistant, ResponseId = answer.Id, ModelId = provider.ModelName };
        if (content is not null)
        {
            update.Contents.Add(content);
        }

        if (answer.TraceId is not null)
        {
            update.AdditionalProperties = new() { [ExchangeKeys.TraceId] = answer.TraceId };
        }

        return update;
    }
}
