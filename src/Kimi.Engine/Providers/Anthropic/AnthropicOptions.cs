using Kimi.Engine.Providers.Http;

namespace Kimi.Engine.Providers.Anthropic;

/// <summary>What an <see cref="AnthropicProvider"/> needs to know.</summary>
internal sealed class AnthropicOptions
{
    /// <summary>The model's id.</summary>
    public required string Model { get; init; }

    /// <summary>The base URL, without <c>/v1</c>.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>The key.</summary>
    public required ProviderCredential Credential { get; init; }

    /// <summary>Who sends.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>How to send.</summary>
    public required HttpTransport Transport { get; init; }

    /// <summary>Configured headers.</summary>
    public IReadOnlyDictionary<string, string>? CustomHeaders { get; init; }

    /// <summary><c>metadata.user_id</c>: the session.</summary>
    public string? UserId { get; init; }
}
