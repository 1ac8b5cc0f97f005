using Kimi.Engine.Providers.Http;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary>What a provider of the chat-completions family needs to know; shared by all copies of the provider.</summary>
internal sealed class ChatCompletionsOptions
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

    /// <summary><c>prompt_cache_key</c> (kimi): the session.</summary>
    public string? CacheKey { get; init; }

    /// <summary><c>temperature</c> (kimi).</summary>
    public double? Temperature { get; init; }

    /// <summary><c>top_p</c> (kimi).</summary>
    public double? TopP { get; init; }

    /// <summary><c>thinking.keep</c> (kimi).</summary>
    public string? ThinkingKeep { get; init; }

    /// <summary>Organisation and project that the environment names for OpenAI's API.</summary>
    public string? Organization { get; init; }

    /// <summary>See <see cref="Organization"/>.</summary>
    public string? Project { get; init; }

    /// <summary>Sets the headers that say who pays.</summary>
    public void Authorize(HttpCall call)
    {
        if (Credential.Key.Length > 0)
        {
            call.Set("Authorization", "Bearer " + Credential.Key);
        }

        if (Organization is not null)
        {
            call.Set("OpenAI-Organization", Organization);
        }

        if (Project is not null)
        {
            call.Set("OpenAI-Project", Project);
        }
    }
}
