using System.Runtime.ExceptionServices;

namespace Kimi.Engine.Providers.SignIn;

/// <summary>A provider whose key comes from a sign-in. When the key is refused, it is renewed and the request repeated once.</summary>
internal sealed class SignedInProvider(IChatProvider inner, TokenRefresh refresh) : IChatProvider
{
    /// <summary>The provider that does the work.</summary>
    public IChatProvider Inner => inner;

    /// <inheritdoc/>
    public string Name => inner.Name;

    /// <inheritdoc/>
    public string ModelName => inner.ModelName;

    /// <inheritdoc/>
    public ThinkingEffort? ThinkingEffort => inner.ThinkingEffort;

    /// <inheritdoc/>
    public bool UsesCompletionBudget => inner.UsesCompletionBudget;

    /// <inheritdoc/>
    public bool SupportsResponseSchema => inner.SupportsResponseSchema;

    /// <inheritdoc/>
    public async Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        await refresh.KeepFreshAsync(cancellationToken).ConfigureAwait(false);
        string used = refresh.Current;
        ExceptionDispatchInfo refusal;
        try
        {
            return await inner.GenerateAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ChatProviderException e) when (e.StatusCode == 401)
        {
            e.IsSignInExpired = true;
            refusal = ExceptionDispatchInfo.Capture(e);
        }

        if (!await refresh.RenewAsync(used, cancellationToken).ConfigureAwait(false))
        {
            refusal.Throw();
        }

        try
        {
            return await inner.GenerateAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ChatProviderException e) when (e.StatusCode == 401)
        {
            e.IsSignInExpired = true;
            throw;
        }
    }

    /// <inheritdoc/>
    public IChatProvider WithThinking(ThinkingEffort effort) => new SignedInProvider(inner.WithThinking(effort), refresh);

    /// <inheritdoc/>
    public bool TryRecover(ChatProviderException failure) => inner.TryRecover(failure);
}
