namespace Kimi.Engine.Configuration;

/// <summary>Everything in a configuration that must not leave the process in a text.</summary>
public static class ConfigSecrets
{
    /// <summary>Keys, and the values of headers and variables, of all providers and services.</summary>
    public static IEnumerable<string> Of(KimiConfig config)
    {
        foreach (ProviderConfig provider in config.Providers.Values)
        {
            yield return provider.ApiKey.Reveal();
            foreach (string value in Values(provider.CustomHeaders).Concat(Values(provider.Env)))
            {
                yield return value;
            }
        }

        foreach (ServiceConfig? service in (ServiceConfig?[])[config.Services.MoonshotSearch, config.Services.MoonshotFetch])
        {
            if (service is not null)
            {
                yield return service.ApiKey.Reveal();
                foreach (string value in Values(service.CustomHeaders))
                {
                    yield return value;
                }
            }
        }
    }

    private static IEnumerable<string> Values(IReadOnlyDictionary<string, string>? entries) => entries?.Values ?? [];
}
