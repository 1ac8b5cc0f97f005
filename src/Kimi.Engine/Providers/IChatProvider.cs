using Kimi.Engine.Chat;

namespace Kimi.Engine.Providers;

/// <summary>How hard the model should think.</summary>
public enum ThinkingEffort
{
    /// <summary>Not at all.</summary>
    Off,

    /// <summary>A little.</summary>
    Low,

    /// <summary>Some.</summary>
    Medium,

    /// <summary>A lot.</summary>
    High,

    /// <summary>More than a lot.</summary>
    XHigh,

    /// <summary>As much as the model can.</summary>
    Max,
}

/// <summary>A model behind an API. Immutable; a changed copy shares the HTTP client.</summary>
public interface IChatProvider
{
    /// <summary>Name of the API family, such as <c>kimi</c> or <c>openai</c>.</summary>
    string Name { get; }

    /// <summary>Id of the model, as shown in messages.</summary>
    string ModelName { get; }

    /// <summary>The effort that was set; null when none ever was.</summary>
    ThinkingEffort? ThinkingEffort { get; }

    /// <summary>Whether requests carry a completion cap that depends on the size of the context.</summary>
    bool UsesCompletionBudget => false;

    /// <summary>Whether <see cref="ChatRequest.ResponseSchema"/> is sent in the API's own form.</summary>
    bool SupportsResponseSchema => false;

    /// <summary>Sends a request; returns when the headers of the answer are there.</summary>
    /// <exception cref="ChatProviderException">The request failed.</exception>
    Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken);

    /// <summary>A copy with another effort.</summary>
    IChatProvider WithThinking(ThinkingEffort effort);

    /// <summary>Rebuilds the connection after a connection error or a time-out; false when the provider cannot.</summary>
    bool TryRecover(ChatProviderException failure) => false;
}

/// <summary>What the model is asked.</summary>
public sealed class ChatRequest
{
    /// <summary>The system prompt; may be empty.</summary>
    public required string SystemPrompt { get; init; }

    /// <summary>The tools, in order.</summary>
    public required IReadOnlyList<ToolDefinition> Tools { get; init; }

    /// <summary>The conversation, with adjacent user messages merged.</summary>
    public required IReadOnlyList<Message> History { get; init; }

    /// <summary>Cap of the completion in tokens, for providers with <see cref="IChatProvider.UsesCompletionBudget"/>; null for none.</summary>
    public long? MaxCompletionTokens { get; init; }

    /// <summary>Schema the answer must follow, where the provider has a native format for it; null for free text.</summary>
    public System.Text.Json.JsonElement? ResponseSchema { get; init; }
}

/// <summary>An answer on its way.</summary>
public abstract class ChatAnswer : IAsyncDisposable
{
    /// <summary>The provider's id of the answer; known at the end.</summary>
    public string? Id { get; protected set; }

    /// <summary>Usage; known at the end, null when none was reported.</summary>
    public TokenUsage? Usage { get; protected set; }

    /// <summary>The provider's trace id, known from the start; null when there is none.</summary>
    public string? TraceId { get; protected set; }

    /// <summary>The pieces as they arrive, unmerged. Enumerated once.</summary>
    /// <exception cref="ChatProviderException">The stream failed.</exception>
    public abstract IAsyncEnumerable<StreamPart> ReadAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
