namespace Kimi.Engine.Providers;

/// <summary>
/// A provider whose key comes from a sign-in. When the key is refused, the stored token is read again, since another program
/// may have refreshed it, and the request is repeated once.
/// </summary>
internal sealed class SignedInProvider(IChatProvider inner, ProviderCredential credential, Func<string?> readToken) : IChatProvider
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
    public async Task<ChatAnswer> GenerateAsync(ChatRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await inner.GenerateAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (ChatProviderException e) when (e.StatusCode == 401)
        {
            if (readToken() is string token)
            {
                credential.Key = token;
            }
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
    public IChatProvider WithThinking(ThinkingEffort effort) => new SignedInProvider(inner.WithThinking(effort), credential, readToken);

    /// <inheritdoc/>
    public bool TryRecover(ChatProviderException failure) => inner.TryRecover(failure);
}
