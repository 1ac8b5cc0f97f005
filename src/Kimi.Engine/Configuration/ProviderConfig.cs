namespace Kimi.Engine.Configuration;

/// <summary>An entry of <c>[providers]</c>: where models live and how to speak to them.</summary>
public sealed record ProviderConfig
{
    /// <summary>The API family.</summary>
    public required ProviderType Type { get; init; }

    /// <summary>The type as the configuration names it.</summary>
    public string TypeName => (int)Type < ConfigNames.ProviderTypes.Length ? ConfigNames.ProviderTypes[(int)Type] : ModelResolution.DemoModelName;

    /// <summary>The base URL; may be empty for the echo types.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>The API key; may be empty.</summary>
    public required Secret ApiKey { get; init; }

    /// <summary>Where SecretManagement keeps the key, as <c>vault/secret</c>, for the module when <see cref="ApiKey"/> is empty; null for nowhere.</summary>
    public string? ApiKeySecret { get; init; }

    /// <summary>Environment variables, for <c>vertexai</c> and <c>_scripted_echo</c> only.</summary>
    public IReadOnlyDictionary<string, string>? Env { get; init; }

    /// <summary>Headers added to every request.</summary>
    public IReadOnlyDictionary<string, string>? CustomHeaders { get; init; }

    /// <summary>Name of the reasoning member, for <c>openai_legacy</c>; null for <c>reasoning_content</c>, empty for none.</summary>
    public string? ReasoningKey { get; init; }

    /// <summary>Where a token of a sign-in is kept.</summary>
    public OAuthReference? OAuth { get; init; }
}
