using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Http;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary>What a provider of the OpenAI family needs to know.</summary>
internal sealed class ChatCompletionsOptions(ResolvedModel model, ProviderContext context, HttpTransport? transport = null)
    : EndpointOptions(model, context, transport)
{
    /// <summary><c>prompt_cache_key</c> (kimi): the session.</summary>
    public string? CacheKey { get; init; }

    /// <summary><c>temperature</c> (kimi).</summary>
    public double? Temperature { get; } = model.Temperature;

    /// <summary><c>top_p</c> (kimi).</summary>
    public double? TopP { get; } = model.TopP;

    /// <summary><c>thinking.keep</c> (kimi).</summary>
    public string? ThinkingKeep { get; } = model.ThinkingKeep;

    /// <summary>Organisation and project that the environment names for OpenAI's API.</summary>
    public string? Organization { get; } = model.Environment["OPENAI_ORG_ID"];

    /// <summary>See <see cref="Organization"/>.</summary>
    public string? Project { get; } = model.Environment["OPENAI_PROJECT_ID"];

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
