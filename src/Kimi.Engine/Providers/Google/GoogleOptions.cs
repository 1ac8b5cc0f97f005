using Kimi.Engine.Providers.Http;

namespace Kimi.Engine.Providers.Google;

/// <summary>What a <see cref="GoogleProvider"/> needs to know.</summary>
internal sealed class GoogleOptions
{
    /// <summary>The model's id.</summary>
    public required string Model { get; init; }

    /// <summary>The base URL.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>The key.</summary>
    public required ProviderCredential Credential { get; init; }

    /// <summary>Who sends.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>How to send.</summary>
    public required HttpTransport Transport { get; init; }

    /// <summary>Configured headers.</summary>
    public IReadOnlyDictionary<string, string>? CustomHeaders { get; init; }

    /// <summary>The Google Cloud project's credentials; null for the Gemini API.</summary>
    public VertexCredentials? Vertex { get; init; }

    /// <summary>Media that was fetched to be sent inline, by address.</summary>
    public RemoteMedia Media { get; } = new();
}
