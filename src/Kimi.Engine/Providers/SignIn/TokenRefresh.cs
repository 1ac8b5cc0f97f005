using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.SignIn;

/// <summary>
/// Renews the token of a sign-in: takes the one that another program has stored meanwhile, else asks the sign-in service, whose
/// token endpoint its own metadata names (RFC 8414), for a new one (RFC 6749, section 6).
/// </summary>
internal sealed class TokenRefresh(TokenStore store, ProviderCredential credential, HttpTransport transport, EnvironmentSource environment)
{
    private const double MaxSeconds = 10 * 365 * 86_400d;
    private const string DefaultHost = "https://auth.kimi.com";
    private static readonly TimeSpan s_margin = TimeSpan.FromMinutes(1);

    // One renewal at a time in this process; the lock file is for other programs.
    private static readonly SemaphoreSlim s_gate = new(1, 1);

    private DateTimeOffset? _expires = store.Read()?.Expires;

    /// <summary>The key that requests carry now.</summary>
    public string Current => credential.Key;

    /// <summary>Renews a token that is about to end. When that fails the request itself will tell.</summary>
    public async Task KeepFreshAsync(CancellationToken cancellationToken)
    {
        if (_expires is DateTimeOffset end && transport.Time.GetUtcNow() >= end - s_margin)
        {
            await RenewAsync(Current, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Renews a token that was refused; returns false when it could have been renewed but was not.</summary>
    public async Task<bool> RenewAsync(string refused, CancellationToken cancellationToken)
    {
        await s_gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (credential.Key != refused || TakeStored(refused))
            {
                return true;
            }

            using IDisposable held = await store.LockAsync(transport.Time, cancellationToken).ConfigureAwait(false);
            if (!TakeStored(refused) && store.Read() is StoredToken stored)
            {
                await RequestAsync(stored, cancellationToken).ConfigureAwait(false);
            }

            return true;
        }
        catch (ChatProviderException)
        {
            return credential.Key != refused;
        }
        finally
        {
            s_gate.Release();
        }
    }

    // Whether nothing has to be asked for: another request or program has renewed the token, or nothing can renew it.
    private bool TakeStored(string refused)
    {
        if (store.Read() is not StoredToken stored)
        {
            return true;
        }

        if (stored.AccessToken == refused && stored.RefreshToken is not null)
        {
            return false;
        }

        Take(stored);
        return true;
    }

    private void Take(StoredToken token)
    {
        credential.Key = token.AccessToken;
        _expires = token.Expires;
    }

    private async Task RequestAsync(StoredToken stored, CancellationToken cancellationToken)
    {
        string form = $"grant_type=refresh_token&refresh_token={Uri.EscapeDataString(stored.RefreshToken!)}";
        if (stored.ClientId is not null)
        {
            form += $"&client_id={Uri.EscapeDataString(stored.ClientId)}";
        }

        RequestSegments body = new();
        body.Add(form);
        HttpCall call = new(await FindEndpointAsync(cancellationToken).ConfigureAwait(false))
        {
            Body = body,
            ContentType = "application/x-www-form-urlencoded",
            FollowsRedirects = false,
            SendsRetryCount = false,
        };
        JsonElement answer = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        DateTimeOffset now = transport.Time.GetUtcNow();
        StoredToken renewed = TokenStore.From(answer) ?? throw new ChatProviderException("The sign-in service gave no access token.");

        // In use before it is stored: a full disk does not lose it for this process.
        Take(renewed with { Expires = answer.DoubleOrNull("expires_in") is double seconds ? now.AddSeconds(Math.Clamp(seconds, 0, MaxSeconds)) : null });
        store.Write(answer, now);
    }

    private async Task<string> FindEndpointAsync(CancellationToken cancellationToken)
    {
        string host = environment["KIMI_CODE_OAUTH_HOST"] ?? environment["KIMI_OAUTH_HOST"] ?? DefaultHost;
        HttpCall call = new(Guarded(HttpCall.Join(host, "/.well-known/oauth-authorization-server")))
        {
            Method = HttpMethod.Get,
            FollowsRedirects = false,
            SendsRetryCount = false,
        };
        JsonElement metadata = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        return Guarded(metadata.StringOrNull("token_endpoint") ?? throw new ChatProviderException("The sign-in service names no token endpoint."));
    }

    // A refresh token is worth as much as a password.
    private static string Guarded(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback))
            ? url : throw new ChatProviderException("The sign-in service is not reached over https.");

    private async Task<JsonElement> SendAsync(HttpCall call, CancellationToken cancellationToken)
    {
        using HttpResponseMessage response = await transport.SendAsync(call, cancellationToken).ConfigureAwait(false);
        return LenientJson.TryParse(await transport.ReadTextAsync(response, cancellationToken).ConfigureAwait(false), out JsonElement answer) && answer.ValueKind == JsonValueKind.Object
            ? answer : throw new ChatProviderException("The sign-in service did not answer with a JSON object.");
    }
}
