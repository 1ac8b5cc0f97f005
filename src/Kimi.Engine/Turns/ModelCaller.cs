using System.Runtime.ExceptionServices;
using Kimi.Engine.Chat;
using Kimi.Engine.Providers;

namespace Kimi.Engine.Turns;

/// <summary>A whole answer of the model.</summary>
internal sealed record Generation(string? Id, Message Message, TokenUsage? Usage, string? TraceId);

/// <summary>Listens to an answer while it comes.</summary>
internal interface IGenerationObserver
{
    /// <summary>A request begins; what an earlier attempt brought is void.</summary>
    void OnAttempt();

    /// <summary>A piece has arrived.</summary>
    ValueTask OnPartAsync(StreamPart part, CancellationToken cancellationToken);

    /// <summary>A tool call is complete.</summary>
    void OnToolCall(ToolCall call);

    /// <summary>The attempt failed: end what it started.</summary>
    Task OnFailedAttemptAsync();

    /// <summary>Another attempt will be made after a wait.</summary>
    ValueTask OnRetryAsync(int nextAttempt, int maxAttempts, double waitSeconds, ChatProviderException error, CancellationToken cancellationToken);
}

/// <summary>Asks a model, with the retries that the loop and compaction share.</summary>
internal sealed class ModelCaller(TimeProvider time, Random random)
{
    /// <summary>Asks until an answer is whole, an error is final or all attempts are used.</summary>
    public async Task<Generation> CallAsync(
        IChatProvider provider, ChatRequest request, int maxAttempts, IGenerationObserver? observer, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            double wait;
            try
            {
                return await AttemptAsync(provider, request, observer, cancellationToken).ConfigureAwait(false);
            }
            catch (ChatProviderException e) when (e.IsRetryable && !e.IsRecoveryExhausted && attempt < maxAttempts)
            {
                wait = Math.Min((0.3 * Math.Pow(2, attempt - 1)) + (random.NextDouble() * 0.5), 5);
                if (observer is not null)
                {
                    await observer.OnRetryAsync(attempt + 1, maxAttempts, wait, e, cancellationToken).ConfigureAwait(false);
                }
            }

            await Task.Delay(TimeSpan.FromSeconds(wait), time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<Generation> AttemptAsync(IChatProvider provider, ChatRequest request, IGenerationObserver? observer, CancellationToken cancellationToken)
    {
        try
        {
            return await GenerateAsync(provider, request, observer, cancellationToken).ConfigureAwait(false);
        }
        catch (ChatProviderException e) when (e.Kind is ProviderErrorKind.Connection or ProviderErrorKind.Timeout && provider.TryRecover(e))
        {
            // The connection was rebuilt: one repeat at once, unseen by the user.
        }

        try
        {
            return await GenerateAsync(provider, request, observer, cancellationToken).ConfigureAwait(false);
        }
        catch (ChatProviderException e) when (e.Kind is ProviderErrorKind.Connection or ProviderErrorKind.Timeout)
        {
            e.IsRecoveryExhausted = true;
            throw;
        }
    }

    private static async Task<Generation> GenerateAsync(IChatProvider provider, ChatRequest request, IGenerationObserver? observer, CancellationToken cancellationToken)
    {
        observer?.OnAttempt();
        try
        {
            ChatAnswer answer = await provider.GenerateAsync(request, cancellationToken).ConfigureAwait(false);
            await using (answer.ConfigureAwait(false))
            {
                MessageAssembler assembler = new();
                await foreach (StreamPart part in answer.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    ToolCall? complete = assembler.Add(part);
                    if (observer is null)
                    {
                        continue;
                    }

                    await observer.OnPartAsync(part, cancellationToken).ConfigureAwait(false);
                    if (complete is not null)
                    {
                        observer.OnToolCall(complete);
                    }
                }

                if (assembler.Complete() is ToolCall last)
                {
                    observer?.OnToolCall(last);
                }

                Message message = assembler.ToMessage();
                ThrowIfEmpty(message);
                return new Generation(answer.Id, message, answer.Usage, answer.TraceId);
            }
        }
        catch (Exception e)
        {
            if (observer is not null)
            {
                await observer.OnFailedAttemptAsync().ConfigureAwait(false);
            }

            ExceptionDispatchInfo.Throw(e);
            throw;
        }
    }

    private static void ThrowIfEmpty(Message message)
    {
        if (message.ToolCalls is not null)
        {
            return;
        }

        if (message.Content.Count == 0)
        {
            throw new ChatProviderException("The API returned an empty response.", ProviderErrorKind.EmptyResponse);
        }

        bool thought = false;
        foreach (ContentPart part in message.Content)
        {
            if (part is ThinkPart)
            {
                thought = true;
            }
            else if (part is not TextPart text || !string.IsNullOrWhiteSpace(text.Text))
            {
                return;
            }
        }

        if (thought)
        {
            throw new ChatProviderException(
                "The API returned thinking but no answer: the stream was interrupted, or the output budget ran out before the answer.",
                ProviderErrorKind.EmptyResponse);
        }
    }
}
