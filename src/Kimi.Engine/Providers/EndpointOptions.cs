using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Http;

namespace Kimi.Engine.Providers;

/// <summary>What every provider over HTTP needs to know of its endpoint; shared by all copies of the provider.</summary>
internal abstract class EndpointOptions
{
    /// <summary>Takes the settings of a resolved model.</summary>
    /// <param name="model">The model and its provider.</param>
    /// <param name="context">Who sends; with a credential.</param>
    /// <param name="transport">How to send; null for the context's own.</param>
    protected EndpointOptions(ResolvedModel model, ProviderContext context, HttpTransport? transport = null)
    {
        Model = model.Model.Model;
        BaseUrl = model.Provider.BaseUrl;
        CustomHeaders = model.Provider.CustomHeaders;
        Credential = context.CredentialFor(model.Provider);
        Identity = context.Identity;
        Transport = transport ?? context.SendWith();
    }

    /// <summary>The model's id.</summary>
    public string Model { get; }

    /// <summary>The base URL; where the API's version stands is the provider's matter.</summary>
    public string BaseUrl { get; }

    /// <summary>The key.</summary>
    public ProviderCredential Credential { get; }

    /// <summary>Who sends.</summary>
    public ClientIdentity Identity { get; }

    /// <summary>How to send.</summary>
    public HttpTransport Transport { get; }

    /// <summary>Configured headers; they replace all others.</summary>
    public IReadOnlyDictionary<string, string>? CustomHeaders { get; }
}
