using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.SignIn;

/// <summary>The tokens of a sign-in.</summary>
/// <param name="AccessToken">What requests carry.</param>
/// <param name="RefreshToken">What gets a new access token; null when there is none.</param>
/// <param name="Expires">When the access token ends; null when that is not known.</param>
/// <param name="ClientId">The OAuth client that signed in; null when that is not known.</param>
internal sealed record StoredToken(string AccessToken, string? RefreshToken, DateTimeOffset? Expires, string? ClientId)
{
    /// <summary>Never the tokens.</summary>
    public override string ToString() => SecretFilter.Mask;
}
