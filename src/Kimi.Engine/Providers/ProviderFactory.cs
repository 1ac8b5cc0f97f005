using System.Runtime.CompilerServices;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Anthropic;
using Kimi.Engine.Providers.Chaos;
using Kimi.Engine.Providers.Demo;
using Kimi.Engine.Providers.Echo;
using Kimi.Engine.Providers.Google;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Providers.OpenAI;

namespace Kimi.Engine.Providers;

/// <summary>Makes the provider of a resolved model. Each type has a method of its own: a provider that is not used is not even compiled.</summary>
public static class ProviderFactory
{
    /// <summary>Makes a provider; null when there is no model to talk to (<c>LLM not set</c>).</summary>
    /// <exception cref="ChatProviderException">The provider cannot be made: a script file is missing.</exception>
    public static IChatProvider? Create(ResolvedModel model, ProviderContext context)
    {
        if (!model.IsUsable)
        {
            return null;
        }

        context = context.With(context.Credential ?? Credential(model, context));
        IChatProvider provider = model.Provider.Type switch
        {
            ProviderType.Kimi => MakeKimi(model, context),
            ProviderType.OpenAILegacy => MakeOpenAILegacy(model, context),
            ProviderType.OpenAIResponses => MakeResponses(model, context),
            ProviderType.Anthropic => MakeAnthropic(model, context),
            ProviderType.Gemini or ProviderType.GoogleGenAI => MakeGoogle(model, context, vertex: false),
            ProviderType.VertexAI => MakeGoogle(model, context, vertex: true),
            ProviderType.Chaos => MakeChaos(model, context, ChaosOptions.OfProvider),
            ProviderType.Echo => MakeEcho(),
            ProviderType.ScriptedEcho => MakeScriptedEcho(model, context),
            ProviderType.Demo => MakeDemo(),
            var other => throw new ChatProviderException($"Provider type {other} is not known."),
        };
        if (model.Provider.OAuth is OAuthReference reference)
        {
            provider = MakeSignedIn(provider, reference, context);
        }

        return model.Thinking switch
        {
            ThinkingChoice.High => provider.WithThinking(ThinkingEffort.High),
            ThinkingChoice.Off => provider.WithThinking(ThinkingEffort.Off),
            _ => provider,
        };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static KimiProvider MakeKimi(ResolvedModel model, ProviderContext context) => new(ChatOptions(model, context, kimi: true));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static OpenAILegacyProvider MakeOpenAILegacy(ResolvedModel model, ProviderContext context) =>
        new(ChatOptions(model, context, kimi: false), model.Provider.ReasoningKey);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ResponsesProvider MakeResponses(ResolvedModel model, ProviderContext context) => new(ChatOptions(model, context, kimi: false));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AnthropicProvider MakeAnthropic(ResolvedModel model, ProviderContext context) => new(new AnthropicOptions
    {
        Model = model.Model.Model,
        BaseUrl = model.Provider.BaseUrl,
        Credential = Credential(model, context),
        Identity = context.Identity,
        Transport = Transport(context),
        CustomHeaders = model.Provider.CustomHeaders,
        UserId = context.SessionId,
    });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GoogleProvider MakeGoogle(ResolvedModel model, ProviderContext context, bool vertex) => new(new GoogleOptions
    {
        Model = model.Model.Model,
        BaseUrl = model.Provider.BaseUrl,
        Credential = Credential(model, context),
        Identity = context.Identity,
        Transport = Transport(context),
        CustomHeaders = model.Provider.CustomHeaders,
        Vertex = vertex ? new VertexCredentials(model.Environment, context.Share.Home) : null,
    });

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static ChaosProvider MakeChaos(ResolvedModel model, ProviderContext context, ChaosOptions options)
    {
        ChaosProvider.Dice dice = new(options.Seed);
        HttpTransport shared = Transport(context);
        HttpMessageInvoker invoker = new(new ChaosProvider.Handler(HttpTransport.MakeHandler(), options, dice));
        HttpTransport faulty = new(invoker, shared.Time, shared.IdleTimeout);
        return new ChaosProvider(new KimiProvider(ChatOptions(model, context, kimi: true, faulty)), options, dice);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static EchoProvider MakeEcho() => new();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ScriptedEchoProvider MakeScriptedEcho(ResolvedModel model, ProviderContext context) =>
        ScriptedEchoProvider.Load(model.Environment, context.Share, context.Trace);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DemoProvider MakeDemo() => new();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static SignedInProvider MakeSignedIn(IChatProvider provider, OAuthReference reference, ProviderContext context) =>
        new(provider, context.Credential!, () => StoredToken.Read(reference, context.Share));

    private static ChatCompletionsOptions ChatOptions(ResolvedModel model, ProviderContext context, bool kimi, HttpTransport? transport = null) => new()
    {
        Model = model.Model.Model,
        BaseUrl = model.Provider.BaseUrl,
        Credential = Credential(model, context),
        Identity = context.Identity,
        Transport = transport ?? Transport(context),
        CustomHeaders = model.Provider.CustomHeaders,
        CacheKey = kimi && transport is null ? context.SessionId : null,
        Temperature = model.Temperature,
        TopP = model.TopP,
        ThinkingKeep = model.ThinkingKeep,
        Organization = model.Environment["OPENAI_ORG_ID"],
        Project = model.Environment["OPENAI_PROJECT_ID"],
    };

    private static ProviderCredential Credential(ResolvedModel model, ProviderContext context) =>
        context.Credential ?? new ProviderCredential(
            model.Provider.OAuth is OAuthReference reference && StoredToken.Read(reference, context.Share) is string token ? token : model.Provider.ApiKey.Reveal());

    private static HttpTransport Transport(ProviderContext context) =>
        context.Transport ?? (context.Time is null || context.Time == TimeProvider.System ? HttpTransport.Shared : new HttpTransport(time: context.Time));
}
