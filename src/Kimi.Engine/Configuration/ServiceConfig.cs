namespace Kimi.Engine.Configuration;

/// <summary>A web service that a tool uses.</summary>
public sealed record ServiceConfig
{
    /// <summary>The URL of the service.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>The API key.</summary>
    public required Secret ApiKey { get; init; }

    /// <summary>Headers added to every request.</summary>
    public IReadOnlyDictionary<string, string>? CustomHeaders { get; init; }

    /// <summary>Where a token of a sign-in is kept.</summary>
    public OAuthReference? OAuth { get; init; }
}
