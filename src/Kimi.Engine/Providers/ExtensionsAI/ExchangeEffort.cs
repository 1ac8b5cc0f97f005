using Microsoft.Extensions.AI;

namespace Kimi.Engine.Providers.ExtensionsAI;

/// <summary>Efforts of both sides; <c>max</c> has no counterpart and travels beside.</summary>
internal static class ExchangeEffort
{
    /// <summary>Puts an effort into options.</summary>
    public static void Set(ChatOptions options, ThinkingEffort? effort)
    {
        if (effort is not ThinkingEffort chosen)
        {
            return;
        }

        options.Reasoning = new ReasoningOptions
        {
            Effort = chosen switch
            {
                ThinkingEffort.Off => ReasoningEffort.None,
                ThinkingEffort.Low => ReasoningEffort.Low,
                ThinkingEffort.Medium => ReasoningEffort.Medium,
                ThinkingEffort.High => ReasoningEffort.High,
                _ => ReasoningEffort.ExtraHigh,
            },
            Output = chosen == ThinkingEffort.Off ? ReasoningOutput.None : ReasoningOutput.Summary,
        };
        if (chosen == ThinkingEffort.Max)
        {
            (options.AdditionalProperties ??= [])[ExchangeKeys.Effort] = "max";
        }
    }

    /// <summary>The effort that options ask for; null when they say nothing.</summary>
    public static ThinkingEffort? Get(ChatOptions? options)
    {
        if (options?.AdditionalProperties?.TryGetValue(ExchangeKeys.Effort, out object? name) == true && name is "max")
        {
            return ThinkingEffort.Max;
        }

        return options?.Reasoning?.Effort switch
        {
            ReasoningEffort.None => ThinkingEffort.Off,
            ReasoningEffort.Low => ThinkingEffort.Low,
            ReasoningEffort.Medium => ThinkingEffort.Medium,
            ReasoningEffort.High => ThinkingEffort.High,
            ReasoningEffort.ExtraHigh => ThinkingEffort.XHigh,
            _ => null,
        };
    }
}
