using System.Runtime.CompilerServices;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers.Demo;
using Kimi.Engine.Providers.Echo;
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

        IChatProvider provider = model.Provider.Type switch
        {
            ProviderType.Kimi => MakeKimi(model, context),
            ProviderType.OpenAILegacy => MakeOpenAILegacy(model, context),
            ProviderType.Echo => MakeEcho(),
            ProviderType.ScriptedEcho => MakeScriptedEcho(model, context),
            ProviderType.Demo => MakeDemo(),
            var other => throw new ChatProviderException($"Provider type {other} is not known."),
        };
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
    private static EchoProvider MakeEcho() => new();

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ScriptedEchoProvider MakeScriptedEcho(ResolvedModel model, ProviderContext context) =>
        ScriptedEchoProvider.Load(model.Environment, context.Share, context.Trace);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static DemoProvider MakeDemo() => new();

    private static ChatCompletionsOptions ChatOptions(ResolvedModel model, ProviderContext context, bool kimi) => new()
    {
        Model = model.Model.Model,
        BaseUrl = model.Provider.BaseUrl,
        Credential = context.Credential ?? new ProviderCredential(model.Provider.ApiKey.Reveal()),
        Identity = context.Identity,
        Transport = Transport(context),
        CustomHeaders = model.Provider.CustomHeaders,
        CacheKey = kimi ? context.SessionId : null,
        Temperature = kimi ? model.Temperature : null,
        TopP = kimi ? model.TopP : null,
        ThinkingKeep = kimi ? model.ThinkingKeep : null,
        Organization = model.Environment["OPENAI_ORG_ID"],
        Project = model.Environment["OPENAI_PROJECT_ID"],
    };

    private static HttpTransport Transport(ProviderContext context) =>
        context.Transport ?? (context.Time is null || context.Time == TimeProvider.System ? HttpTransport.Shared : new HttpTransport(time: context.Time));
}
