namespace Kimi.Engine.Configuration;

/// <summary>Finds the model to use from the option, the configuration and the environment.</summary>
public static class ModelResolution
{
    /// <summary>The name of the embedded model.</summary>
    public const string DemoModelName = "demo";

    private const int EmptyContextSize = 100000;

    /// <summary>Resolves the model of a session.</summary>
    /// <param name="loaded">The configuration.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="modelName">The <c>--model</c> option; null or empty when it was not given.</param>
    /// <param name="thinking">The <c>--thinking</c> or <c>--no-thinking</c> option; null for the configured default.</param>
    /// <param name="demoFallback">Whether the embedded model stands in where nothing was configured; never in wire mode.</param>
    /// <exception cref="ConfigurationException">An environment variable has a value that cannot be used.</exception>
    public static ResolvedModel Resolve(
        LoadedConfiguration loaded, EnvironmentSource environment, string? modelName = null, bool? thinking = null, bool demoFallback = false)
    {
        KimiConfig config = loaded.Config;
        bool wantsThinking = thinking ?? config.DefaultThinking;
        if ((modelName == DemoModelName && !config.Models.ContainsKey(DemoModelName))
            || (demoFallback && NothingConfigured(loaded, environment, modelName)))
        {
            _ = Override(null, EmptyProvider(), EmptyModel(), environment, wantsThinking, mainModel: true); // a wrong variable is told all the same
            return Demo(environment);
        }

        string? name = string.IsNullOrEmpty(modelName) ? config.DefaultModel : modelName;
        if (!config.Models.TryGetValue(name, out ModelConfig? model))
        {
            return Override(null, EmptyProvider(), EmptyModel(), environment, wantsThinking, mainModel: true);
        }

        return Override(name, ProviderOf(config, model), model, environment, wantsThinking, mainModel: true);
    }

    /// <summary>
    /// Resolves a model that a subagent asks for by its configured name. The variables that describe the session's model
    /// (name, context size, capabilities) do not apply to it.
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="alias">Key of the configured models.</param>
    /// <param name="thinking">Whether the parent thinks; null when that is unknown.</param>
    /// <returns>The model; null if there is none of that name.</returns>
    public static ResolvedModel? ResolveAlias(KimiConfig config, EnvironmentSource environment, string alias, bool? thinking) =>
        config.Models.TryGetValue(alias, out ModelConfig? model)
            ? Override(alias, ProviderOf(config, model), model, environment, thinking, mainModel: false)
            : null;

    /// <summary>
    /// Whether nobody configured anything: no <c>--model</c>, <c>--config</c>, <c>--config-file</c>, no default model, models
    /// or providers, and no environment variables that make a model.
    /// </summary>
    /// <param name="loaded">The configuration.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="modelName">The <c>--model</c> option.</param>
    public static bool NothingConfigured(LoadedConfiguration loaded, EnvironmentSource environment, string? modelName) =>
        string.IsNullOrEmpty(modelName)
        && loaded.Origin == ConfigurationOrigin.Default
        && loaded.Config is { DefaultModel.Length: 0, Models.Count: 0, Providers.Count: 0 }
        && (environment["KIMI_BASE_URL"] is null || environment["KIMI_MODEL_NAME"] is null);

    /// <summary>Capabilities of a model: the given ones and those that follow from its id.</summary>
    public static ModelCapabilities Derive(ModelCapabilities given, string modelId)
    {
        if (modelId.Contains("thinking", StringComparison.OrdinalIgnoreCase) || modelId.Contains("reason", StringComparison.OrdinalIgnoreCase))
        {
            return given | ModelCapabilities.Thinking | ModelCapabilities.AlwaysThinking;
        }

        return IsKimiCoding(modelId)
            ? given | ModelCapabilities.Thinking | ModelCapabilities.ImageIn | ModelCapabilities.VideoIn
            : given;
    }

    /// <summary>What requests say about thinking.</summary>
    /// <param name="capabilities">All capabilities of the model.</param>
    /// <param name="requested">Whether thinking is asked for; null when nobody said.</param>
    public static ThinkingChoice DecideThinking(ModelCapabilities capabilities, bool? requested)
    {
        if (capabilities.HasFlag(ModelCapabilities.AlwaysThinking)
            || (requested == true && capabilities.HasFlag(ModelCapabilities.Thinking)))
        {
            return ThinkingChoice.High;
        }

        return requested == false ? ThinkingChoice.Off : ThinkingChoice.Untouched;
    }

    internal static bool IsKimiCoding(string modelId) => modelId is "kimi-for-coding" or "kimi-code";

    private static ResolvedModel Override(
        string? name, ProviderConfig provider, ModelConfig model, EnvironmentSource environment, bool? thinking, bool mainModel)
    {
        if (provider.Type is ProviderType.VertexAI or ProviderType.ScriptedEcho && provider.Env is { Count: > 0 } variables)
        {
            environment = environment.Overlay(variables);
        }

        switch (provider.Type)
        {
            case ProviderType.Kimi:
                provider = WithAddress(provider, environment, "KIMI_BASE_URL", "KIMI_API_KEY");
                model = mainModel ? WithKimiModel(model, environment) : model;
                break;
            case ProviderType.OpenAILegacy or ProviderType.OpenAIResponses:
                provider = WithAddress(provider, environment, "OPENAI_BASE_URL", "OPENAI_API_KEY");
                break;
            default:
                break;
        }

        ModelCapabilities capabilities = Derive(model.Capabilities ?? ModelCapabilities.None, model.Model);
        ThinkingChoice choice = DecideThinking(capabilities, thinking);
        bool kimi = provider.Type == ProviderType.Kimi;
        return new ResolvedModel
        {
            Name = name,
            Provider = provider,
            Model = model,
            Capabilities = capabilities,
            Thinking = choice,
            ThinkingKeep = kimi && choice == ThinkingChoice.High ? environment["KIMI_MODEL_THINKING_KEEP"] : null,
            Temperature = kimi ? Number(environment, "KIMI_MODEL_TEMPERATURE") : null,
            TopP = kimi ? Number(environment, "KIMI_MODEL_TOP_P") : null,
            MaxCompletionTokens = kimi || provider.Type == ProviderType.Chaos ? CompletionCap(environment) : null,
            Environment = environment,
        };
    }

    private static ProviderConfig ProviderOf(KimiConfig config, ModelConfig model) =>
        config.Providers.TryGetValue(model.Provider, out ProviderConfig? provider)
            ? provider
            : throw new ConfigurationException($"Provider {model.Provider} not found in providers");

    private static ProviderConfig WithAddress(ProviderConfig provider, EnvironmentSource environment, string url, string key)
    {
        string? baseUrl = environment[url];
        string? apiKey = environment[key];
        return baseUrl is null && apiKey is null
            ? provider
            : provider with { BaseUrl = baseUrl ?? provider.BaseUrl, ApiKey = apiKey is null ? provider.ApiKey : new Secret(apiKey) };
    }

    private static ModelConfig WithKimiModel(ModelConfig model, EnvironmentSource environment)
    {
        if (environment["KIMI_MODEL_NAME"] is string id)
        {
            model = model with { Model = id };
        }

        if (environment["KIMI_MODEL_MAX_CONTEXT_SIZE"] is string size)
        {
            model = ConfigNumbers.TryParseInteger(size, out int tokens)
                ? model with { MaxContextSize = tokens }
                : throw new ConfigurationException($"KIMI_MODEL_MAX_CONTEXT_SIZE must be an integer, but is '{size}'");
        }

        return environment["KIMI_MODEL_CAPABILITIES"] is string list ? model with { Capabilities = ParseCapabilities(list) } : model;
    }

    private static ModelCapabilities ParseCapabilities(string list)
    {
        var all = ModelCapabilities.None;
        foreach (string name in list.Split(',', StringSplitOptions.TrimEntries))
        {
            all |= ConfigNames.Capability(name.ToLowerInvariant());
        }

        return all;
    }

    private static double? Number(EnvironmentSource environment, string name)
    {
        if (environment[name] is not string text)
        {
            return null;
        }

        return ConfigNumbers.TryParseNumber(text, out double value)
            ? value
            : throw new ConfigurationException($"{name} must be a number, but is '{text}'");
    }

    private static int? CompletionCap(EnvironmentSource environment)
    {
        foreach (string name in (ReadOnlySpan<string>)["KIMI_MODEL_MAX_COMPLETION_TOKENS", "KIMI_MODEL_MAX_TOKENS"])
        {
            if (environment[name] is string text && ConfigNumbers.TryParseInteger(text, out int cap))
            {
                return cap;
            }
        }

        return null;
    }

    private static ProviderConfig EmptyProvider() => new() { Type = ProviderType.Kimi, BaseUrl = "", ApiKey = default };

    private static ModelConfig EmptyModel() => new() { Provider = "", Model = "", MaxContextSize = EmptyContextSize };

    private static ResolvedModel Demo(EnvironmentSource environment) => new()
    {
        Name = DemoModelName,
        Provider = EmptyProvider() with { Type = ProviderType.Demo },
        Model = EmptyModel() with { Model = DemoModelName },
        Environment = environment,
    };
}
