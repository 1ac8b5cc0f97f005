using System.Runtime.CompilerServices;
using Kimi.Engine.Chat;
using Kimi.Engine.Providers;

namespace Kimi.Engine.Turns.Compaction;

/// <summary>
/// Takes an answer without text for an empty one, so that it is asked for again: a summary that consists of tool calls would
/// lose the history.
/// </summary>
internal sealed class TextOnlyProvider(IChatProvider inner) : IChatProvider
{
    public string Name => inner.Name;

    public string ModelName => inner.ModelName;

    public ThinkingEffort? ThinkingEffort => inner.ThinkingEffort;

    public async Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken) =>
        new Answer(await inner.GenerateAsync(request, cancellationToken).ConfigureAwait(false));

    public IChatProvider WithThinking(ThinkingEffort effort) => new TextOnlyProvider(inner.WithThinking(effort));

    public bool TryRecover(ChatProviderException failure) => inner.TryRecover(failure);

    private sealed class Answer(ChatAnswer answer) : ChatAnswer
    {
        public override async IAsyncEnumerable<StreamPart> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            bool text = false;
            bool content = false;
            await foreach (StreamPart part in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                content = true;
                text |= part is TextPart piece && !string.IsNullOrWhiteSpace(piece.Text);
                yield return part;
            }

            Id = answer.Id;
            Usage = answer.Usage;
            TraceId = answer.TraceId;
            if (content && !text)
            {
                throw new ChatProviderException("The API returned no text for the summary.", ProviderErrorKind.EmptyResponse);
            }
        }

        public override async ValueTask DisposeAsync()
        {
            await answer.DisposeAsync().ConfigureAwait(false);
            await base.DisposeAsync().ConfigureAwait(false);
        }
    }
}
