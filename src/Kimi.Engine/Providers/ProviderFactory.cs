using System.Runtime.CompilerServices;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Anthropic;
using Kimi.Engine.Providers.Chaos;
using Kimi.Engine.Providers.Demo;
using Kimi.Engine.Providers.Echo;
using Kimi.Engine.Providers.Google;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Providers.OpenAI;
using Kimi.Engine.Providers.SignIn;

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

        // A key that was given expressly is not replaced by a sign-in.
        OAuthReference? signIn = context.Credential is null ? model.Provider.OAuth : null;
        context = context.With(context.CredentialFor(model.Provider));
        IChatProvider provider = model.Provider.Type switch
        {
            ProviderType.Kimi => MakeKimi(model, context),
            ProviderType.OpenAILegacy => MakeOpenAILegacy(model, context),
            ProviderType.OpenAIResponses => MakeResponses(model, context),
            ProviderType.Anthropic => MakeAnthropic(model, context),
            ProviderType.Gemini or ProviderType.GoogleGenAI or ProviderType.VertexAI => MakeGoogle(model, context),
            ProviderType.Chaos => MakeChaos(model, context, ChaosOptions.OfProvider),
            ProviderType.Echo => MakeEcho(),
            ProviderType.ScriptedEcho => MakeScriptedEcho(model, context),
            ProviderType.Demo => MakeDemo(),
            var other => throw new ChatProviderException($"Provider type {other} is not known."),
        };
        if (signIn is not null)
        {
            provider = MakeSignedIn(provider, signIn, model, context);
        }

        return model.Thinking switch
        {
            ThinkingChoice.High => provider.WithThinking(ThinkingEffort.High),
            ThinkingChoice.Off => provider.WithThinking(ThinkingEffort.Off),
            _ => provider,
        };
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static KimiProvider MakeKimi(ResolvedModel model, ProviderContext context) =>
        new(new ChatCompletionsOptions(model, context) { CacheKey = context.SessionId });

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static OpenAILegacyProvider MakeOpenAILegacy(ResolvedModel model, ProviderContext context) =>
        new(new ChatCompletionsOptions(model, context), model.Provider.ReasoningKey);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ResponsesProvider MakeResponses(ResolvedModel model, ProviderContext context) =>
        new(new ChatCompletionsOptions(model, context));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static AnthropicProvider MakeAnthropic(ResolvedModel model, ProviderContext context) => new(new AnthropicOptions(model, context));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static GoogleProvider MakeGoogle(ResolvedModel model, ProviderContext context) => new(new GoogleOptions(model, context));

    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static ChaosProvider MakeChaos(ResolvedModel model, ProviderContext context, ChaosOptions options)
    {
        ChaosProvider.Dice dice = new(options.Seed);
        HttpTransport shared = context.SendWith();
        HttpMessageInvoker invoker = new(new ChaosProvider.Handler(HttpTransport.MakeHandler(), options, dice));
        HttpTransport faulty = new(invoker, shared.Time, shared.IdleTimeout);
        return new ChaosProvider(new KimiProvider(new ChatCompletionsOptions(model, context, faulty)), options, dice);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static EchoProvider MakeEcho() => new();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ScriptedEchoProvider MakeScriptedEcho(ResolvedModel model, ProviderContext context) =>
        ScriptedEchoProvider.Load(model.Environment, context.Share, context.Trace);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DemoProvider MakeDemo() => new();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static SignedInProvider MakeSignedIn(IChatProvider provider, OAuthReference reference, ResolvedModel model, ProviderContext context) =>
        new(provider, new TokenRefresh(new TokenStore(reference, context.Share), context.Credential!, context.SendWith(), model.Environment));
}
