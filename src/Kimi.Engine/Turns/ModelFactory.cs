using System.Runtime.CompilerServices;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Engine.Providers.Recording;
using Kimi.Engine.Providers.SignIn;
using Kimi.Engine.Text;

namespace Kimi.Engine.Turns;

/// <summary>Makes a model ready for use out of what the configuration says of it.</summary>
internal static class ModelFactory
{
    /// <summary>Makes the model; null when none is usable.</summary>
    public static AgentModel? Create(ResolvedModel resolved, KimiConfig config, string sessionId, ShareDirectory share, KimiSessionOptions options, ClientIdentity identity)
    {
        if (options.ReplayFile is string replay)
        {
            return Replay(replay, Secrets(resolved, config, share, options));
        }

        AgentModel? made = HasChatClient(options) ? FromChatClient(options, resolved) : Make(resolved, sessionId, share, options, identity, options.ApiKey);
        return made is not null && options.RecordFile is string record
            ? made with { Provider = Record(made.Provider, record, resolved, Secrets(resolved, config, share, options)) }
            : made;
    }

    /// <summary>Makes a model beside the session's own, such as that of a subagent; null when it is not usable.</summary>
    public static AgentModel? CreateBeside(
        AgentModel? own, ResolvedModel ownResolved, ResolvedModel resolved, string sessionId, ShareDirectory share, KimiSessionOptions options, ClientIdentity identity)
    {
        if (options.ReplayFile is not null)
        {
            // The recording holds the traffic of all models, in its order.
            return own;
        }

        // A key that was given for the session's model is not for the eyes of another provider.
        bool sameProvider = resolved.Provider.Type == ownResolved.Provider.Type && resolved.Provider.BaseUrl == ownResolved.Provider.BaseUrl;
        AgentModel? made = Make(resolved, sessionId, share, options, identity, sameProvider ? options.ApiKey : null);
        return made is not null && options.RecordFile is not null && own is not null ? made with { Provider = RecordBeside(own.Provider, made.Provider) } : made;
    }

    private static AgentModel? Make(
        ResolvedModel resolved, string sessionId, ShareDirectory share, KimiSessionOptions options, ClientIdentity identity, Secret? apiKey)
    {
        ProviderContext context = new()
        {
            Identity = identity,
            Share = share,
            SessionId = sessionId,
            Credential = apiKey is Secret key ? new ProviderCredential(key.Reveal()) : null,
            Trace = options.Trace,
            Time = options.Time,
        };
        IChatProvider? provider = ProviderFactory.Create(resolved, context);
        if (provider is null)
        {
            return null;
        }

        ModelConfig model = resolved.Model;
        bool priced = (model.PriceInput ?? model.PriceOutput ?? model.PriceCacheRead ?? model.PriceCacheWrite) is not null;
        return new AgentModel(
            provider,
            model.MaxContextSize,
            resolved.Capabilities,
            resolved.MaxCompletionTokens is > 0 ? resolved.MaxCompletionTokens : null,
            resolved.MaxCompletionTokens is <= 0,
            resolved.Name,
            priced ? new ModelPrices((decimal?)model.PriceInput, (decimal?)model.PriceOutput, (decimal?)model.PriceCacheRead, (decimal?)model.PriceCacheWrite) : null);
    }

    private static bool HasChatClient(KimiSessionOptions options) => options.ChatClient is not null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AgentModel FromChatClient(KimiSessionOptions options, ResolvedModel resolved)
    {
        Providers.ExtensionsAI.ChatClientProvider provider = new(options.ChatClient!);
        return new AgentModel(
            options.Thinking == true ? provider.WithThinking(ThinkingEffort.High) : provider,
            options.ChatClientContextSize,
            resolved.Capabilities | ModelCapabilities.ImageIn | ModelCapabilities.Thinking);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AgentModel Replay(string path, SecretFilter secrets)
    {
        (ReplayProvider provider, long size, ModelCapabilities capabilities) = ReplayProvider.Load(path, secrets);
        return new AgentModel(provider, size, capabilities);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static RecordingProvider Record(IChatProvider provider, string path, ResolvedModel resolved, SecretFilter secrets) =>
        RecordingProvider.Start(provider, path, resolved.Model.MaxContextSize, resolved.Capabilities, secrets);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IChatProvider RecordBeside(IChatProvider own, IChatProvider other) => own is RecordingProvider recording ? recording.Beside(other) : other;

    private static SecretFilter Secrets(ResolvedModel resolved, KimiConfig config, ShareDirectory share, KimiSessionOptions options) =>
        new(() =>
        [
            resolved.Provider.ApiKey.Reveal(),
            options.ApiKey?.Reveal() ?? "",
            resolved.Environment["ANTHROPIC_AUTH_TOKEN"] ?? "",
            .. ConfigSecrets.Of(config),
            .. TokenStore.SecretsOf(config, share),
        ]);
}
