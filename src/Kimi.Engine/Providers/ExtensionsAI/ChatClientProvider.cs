using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Kimi.Engine.Chat;
using Microsoft.Extensions.AI;

namespace Kimi.Engine.Providers.ExtensionsAI;

/// <summary>
/// Any chat client as a provider. Argument texts of tool calls are those the client gives or makes; arguments do not stream.
/// </summary>
public sealed class ChatClientProvider : IChatProvider
{
    private readonly IChatClient _client;

    /// <summary>Makes a provider of a client, which stays the caller's to dispose.</summary>
    /// <param name="client">The client. Its own retries should be off: the loop retries.</param>
    /// <param name="model">Id of the model to ask for; the client's default when null.</param>
    public ChatClientProvider(IChatClient client, string? model = null)
        : this(client, model, null)
    {
    }

    private ChatClientProvider(IChatClient client, string? model, ThinkingEffort? effort)
    {
        _client = client;
        ThinkingEffort = effort;
        ChatClientMetadata? metadata = client.GetService(typeof(ChatClientMetadata)) as ChatClientMetadata;
        Name = metadata?.ProviderName ?? "chat_client";
        Model = model;
        ModelName = model ?? metadata?.DefaultModelId ?? Name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string ModelName { get; }

    /// <inheritdoc/>
    public ThinkingEffort? ThinkingEffort { get; }

    private string? Model { get; }

    /// <inheritdoc/>
    public Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        ChatOptions options = new()
        {
            Instructions = request.SystemPrompt.Length > 0 ? request.SystemPrompt : null,
            ModelId = Model,
            MaxOutputTokens = request.MaxCompletionTokens is long cap ? (int)Math.Min(cap, int.MaxValue) : null,
            Tools = request.Tools.Count > 0 ? [.. request.Tools.Select(ExchangeMap.ToTool)] : null,
            ResponseFormat = request.ResponseSchema is System.Text.Json.JsonElement schema ? ChatResponseFormat.ForJsonSchema(schema, "answer") : null,
        };
        ExchangeEffort.Set(options, ThinkingEffort);
        return Task.FromResult<ChatAnswer>(new Answer(_client, [.. request.History.Select(ExchangeMap.ToChat)], options));
    }

    /// <inheritdoc/>
    public IChatProvider WithThinking(ThinkingEffort effort) => new ChatClientProvider(_client, Model, effort);

    private sealed class Answer(IChatClient client, List<ChatMessage> messages, ChatOptions options) : ChatAnswer
    {
        /// <inheritdoc/>
        public override async IAsyncEnumerable<StreamPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            IAsyncEnumerator<ChatResponseUpdate> updates = client.GetStreamingResponseAsync(messages, options, cancellationToken).GetAsyncEnumerator(cancellationToken);
            await using (updates.ConfigureAwait(false))
            {
                while (await NextAsync(updates, cancellationToken).ConfigureAwait(false))
                {
                    ChatResponseUpdate update = updates.Current;
                    Id = update.ResponseId ?? update.MessageId ?? Id;
                    if (update.AdditionalProperties?.TryGetValue(ExchangeKeys.TraceId, out object? trace) == true)
                    {
                        TraceId = trace as string;
                    }

                    foreach (AIContent content in update.Contents)
                    {
                        switch (content)
                        {
                            case UsageContent usage:
                                Usage = ExchangeMap.FromUsage(usage.Details);
                                break;
                            case ErrorContent error:
                                throw new ChatProviderException(error.Message ?? "The chat client reported an error.");
                            case TextContent { Text.Length: 0 }:
                                break;
                            default:
                                if (ExchangeMap.ToPart(content) is StreamPart part)
                                {
                                    yield return part;
                                }

                                break;
                        }
                    }
                }
            }
        }

        private static async ValueTask<bool> NextAsync(IAsyncEnumerator<ChatResponseUpdate> updates, CancellationToken cancellationToken)
        {
            try
            {
                return await updates.MoveNextAsync().ConfigureAwait(false);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                throw Translate(e);
            }
        }

        private static ChatProviderException Translate(Exception e)
        {
            switch (e)
            {
                case ChatProviderException own:
                    return own;
                case OperationCanceledException or TimeoutException:
                    return new ChatProviderException(e.Message, ProviderErrorKind.Timeout, e);
            }

            return StatusOf(e) is int status and >= 400 ? ChatProviderException.Status(status, e.Message)
                : e is HttpRequestException or IOException or SocketException || e.InnerException is HttpRequestException or IOException or SocketException
                    ? new ChatProviderException(e.Message, ProviderErrorKind.Connection, e)
                    : new ChatProviderException(e.Message, ProviderErrorKind.Other, e);
        }

        // The SDKs have no error type in common, only a property: StatusCode or Status.
        private static int? StatusOf(Exception e)
        {
            object? value = (e.GetType().GetProperty("StatusCode") ?? e.GetType().GetProperty("Status"))?.GetValue(e);
            return value switch
            {
                int number => number,
                System.Net.HttpStatusCode code => (int)code,
                _ => null,
            };
        }
    }
}
