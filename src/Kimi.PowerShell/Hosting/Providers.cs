using Kimi.Engine;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;

namespace Kimi.PowerShell.Hosting;

/// <summary>The providers of a configuration, and tests of them.</summary>
internal static class Providers
{
    public static ModelProviderInfo Describe(string name, KimiConfig config, EnvironmentSource environment)
    {
        ProviderConfig provider = config.Providers[name];
        return new ModelProviderInfo
        {
            Name = name,
            Type = TypeName(provider.Type),
            BaseUrl = SecretText.MaskUrl(provider.BaseUrl),
            KeySource = KeySource(provider, environment),
            Models = [.. config.Models.Where(m => m.Value.Provider == name).Select(m => m.Key)],
        };
    }

    /// <summary>Where the key comes from; <c>None</c> if there is none.</summary>
    public static string KeySource(ProviderConfig provider, EnvironmentSource environment)
    {
        string? variable = provider.Type switch
        {
            ProviderType.Kimi => "KIMI_API_KEY",
            ProviderType.OpenAILegacy or ProviderType.OpenAIResponses => "OPENAI_API_KEY",
            _ => null,
        };
        return variable is not null && environment[variable] is not null ? "Environment"
            : provider.OAuth is not null ? "SignIn"
            : !provider.ApiKey.IsEmpty ? "File"
            : provider.ApiKeySecret is not null ? "Secret"
            : "None";
    }

    /// <summary>Whether requests of this type carry a key at all.</summary>
    public static bool NeedsKey(ProviderType type) =>
        type is not (ProviderType.Echo or ProviderType.ScriptedEcho or ProviderType.Demo or ProviderType.VertexAI);

    public static async Task<ProviderTest> TestAsync(string provider, ResolvedModel model, TimeSpan limit, CancellationToken stop)
    {
        using CancellationTokenSource timeout = new(limit);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        try
        {
            ShareDirectory share = SessionFiles.Share;
            ProviderProbe probe = new(new ProviderContext { Identity = new ClientIdentity(EngineInfo.Version, share), Share = share });
            ProbeResult result = await probe.TestAsync(model, either.Token).ConfigureAwait(false);
            return new ProviderTest { Name = provider, Model = model.Name ?? "", Success = result.Succeeded, Message = result.Message, Duration = result.Elapsed };
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return new ProviderTest
            {
                Name = provider,
                Model = model.Name ?? "",
                Success = false,
                Message = $"No answer within {limit.TotalSeconds:0} seconds.",
                Duration = limit,
            };
        }
    }

    private static string TypeName(ProviderType type) => type switch
    {
        ProviderType.Kimi => "kimi",
        ProviderType.OpenAILegacy => "openai_legacy",
        ProviderType.OpenAIResponses => "openai_responses",
        ProviderType.Anthropic => "anthropic",
        ProviderType.Gemini => "gemini",
        ProviderType.GoogleGenAI => "google_genai",
        ProviderType.VertexAI => "vertexai",
        ProviderType.Echo => "_echo",
        ProviderType.ScriptedEcho => "_scripted_echo",
        ProviderType.Chaos => "_chaos",
        _ => type.ToString(),
    };
}
