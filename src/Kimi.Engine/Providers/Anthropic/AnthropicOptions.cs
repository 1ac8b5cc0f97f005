using Kimi.Engine.Configuration;

namespace Kimi.Engine.Providers.Anthropic;

/// <summary>What an <see cref="AnthropicProvider"/> needs to know; the base URL is the one without <c>/v1</c>.</summary>
internal sealed class AnthropicOptions(ResolvedModel model, ProviderContext context) : EndpointOptions(model, context)
{
    /// <summary><c>metadata.user_id</c>: the session.</summary>
    public string? UserId { get; } = context.SessionId;

    /// <summary>A bearer token of the environment, which gateways before the API ask for; null for none.</summary>
    public string? BearerToken { get; } = model.Environment["ANTHROPIC_AUTH_TOKEN"];
}
