using ModelContextProtocol.Authentication;

namespace Kimi.Engine.Mcp.Sdk;

/// <summary>The tokens of one server as the protocol's library asks for them: in memory, written through to the store.</summary>
internal sealed class SdkTokenCache(McpTokenStore store, string url, string redirectUri) : ITokenCache
{
    private readonly Lock _gate = new();
    private TokenContainer? _tokens;
    private bool _isLoaded;

    public ValueTask StoreTokensAsync(TokenContainer tokens, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _tokens = tokens;
            _isLoaded = true;
            store.Save(url, new McpOAuthTokens
            {
                AccessToken = tokens.AccessToken,
                TokenType = tokens.TokenType,
                RefreshToken = tokens.RefreshToken,
                ExpiresIn = tokens.ExpiresIn,
                Scope = tokens.Scope,
                ObtainedAt = tokens.ObtainedAt,
                ClientId = tokens.ClientId,
                ClientSecret = tokens.ClientSecret,
                TokenEndpointAuthMethod = tokens.TokenEndpointAuthMethod,
                AuthorizationServer = tokens.AuthorizationServer?.ToString(),
            }, redirectUri, DateTimeOffset.UtcNow);
        }

        return default;
    }

    public ValueTask<TokenContainer?> GetTokensAsync(CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (!_isLoaded)
            {
                _isLoaded = true;
                _tokens = store.Load(url) is not { } stored ? null : new TokenContainer
                {
                    AccessToken = stored.AccessToken,
                    TokenType = stored.TokenType,
                    RefreshToken = stored.RefreshToken,
                    ExpiresIn = (int?)stored.ExpiresIn,
                    Scope = stored.Scope,
                    ObtainedAt = stored.ObtainedAt,
                    ClientId = stored.ClientId,
                    ClientSecret = stored.ClientSecret,
                    TokenEndpointAuthMethod = stored.TokenEndpointAuthMethod,
                    AuthorizationServer = stored.AuthorizationServer,
                };
            }

            return new ValueTask<TokenContainer?>(_tokens);
        }
    }
}
