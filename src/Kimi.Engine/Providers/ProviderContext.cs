using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Providers.SignIn;

namespace Kimi.Engine.Providers;

/// <summary>What a provider needs to know beside its configuration.</summary>
public sealed class ProviderContext
{
    /// <summary>Who sends the requests.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>The share directory.</summary>
    public required ShareDirectory Share { get; init; }

    /// <summary>The session, for providers that cache by it; null for none.</summary>
    public string? SessionId { get; init; }

    /// <summary>The key to use instead of the configured one: a sign-in that is refreshed while the session runs.</summary>
    public ProviderCredential? Credential { get; init; }

    /// <summary>Takes the trace lines of <c>_scripted_echo</c>; the engine has no console.</summary>
    public Action<string>? Trace { get; init; }

    /// <summary>The clock of waits and time-outs; null for the system's.</summary>
    public TimeProvider? Time { get; init; }

    /// <summary>How to send; null for the process's own.</summary>
    internal HttpTransport? Transport { get; init; }

    /// <summary>How requests are sent.</summary>
    internal HttpTransport SendWith() =>
        Transport ?? (Time is null || Time == TimeProvider.System ? HttpTransport.Shared : new HttpTransport(time: Time));

    /// <summary>The key for a provider: the given one, else that of its sign-in, else the configured one.</summary>
    internal ProviderCredential CredentialFor(ProviderConfig provider) =>
        Credential ?? new ProviderCredential(
            provider.OAuth is OAuthReference reference && new TokenStore(reference, Share).Read() is StoredToken token ? token.AccessToken : provider.ApiKey.Reveal());

    /// <summary>This context with a credential.</summary>
    internal ProviderContext With(ProviderCredential? credential) => new()
    {
        Identity = Identity,
        Share = Share,
        SessionId = SessionId,
        Credential = credential,
        Trace = Trace,
        Time = Time,
        Transport = Transport,
    };
}
