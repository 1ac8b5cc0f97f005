using Kimi.Engine.Configuration;

namespace Kimi.Engine.Providers.Google;

/// <summary>What a <see cref="GoogleProvider"/> needs to know.</summary>
internal sealed class GoogleOptions(ResolvedModel model, ProviderContext context) : EndpointOptions(model, context)
{
    /// <summary>The Google Cloud project's credentials; null for the Gemini API.</summary>
    public VertexCredentials? Vertex { get; } =
        model.Provider.Type == ProviderType.VertexAI ? new VertexCredentials(model.Environment, context.Share.Home) : null;

    /// <summary>Media that was fetched to be sent inline, by address.</summary>
    public RemoteMedia Media { get; } = new();
}
