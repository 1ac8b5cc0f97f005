using Kimi.Engine.Chat;

namespace Kimi.Engine.Providers.Echo;

/// <summary><c>_echo</c>: the last user message is the script of the answer.</summary>
internal sealed class EchoProvider(ThinkingEffort? effort = null) : IChatProvider
{
    /// <inheritdoc/>
    public string Name => "echo";

    /// <inheritdoc/>
    public string ModelName => "echo";

    /// <inheritdoc/>
    public ThinkingEffort? ThinkingEffort => effort;

    /// <inheritdoc/>
    public Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (request.History.Count == 0)
        {
            throw new ChatProviderException("EchoChatProvider requires at least one message in history.");
        }

        Message last = request.History[^1];
        if (last.Role != Role.User)
        {
            throw new ChatProviderException("EchoChatProvider expects the last history message to be user.");
        }

        EchoScript script = EchoScriptParser.Parse(last.ExtractText());
        return script.Parts.Count == 0
            ? throw new ChatProviderException("EchoChatProvider DSL produced no streamable parts.")
            : Task.FromResult<ChatAnswer>(new EchoAnswer(script.Parts, script.Id, script.Usage));
    }

    /// <inheritdoc/>
    public IChatProvider WithThinking(ThinkingEffort effort) => new EchoProvider(effort);
}
