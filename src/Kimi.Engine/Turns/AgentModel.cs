using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;

namespace Kimi.Engine.Turns;

/// <summary>A model ready for use: its provider and what is known of it.</summary>
/// <param name="Provider">Talks to the API.</param>
/// <param name="MaxContextSize">Size of the context window in tokens.</param>
/// <param name="Capabilities">What the model takes and does.</param>
/// <param name="CompletionCap">Configured cap of a completion; null for none.</param>
/// <param name="NoCompletionBudget">Whether no cap is ever sent.</param>
/// <param name="Alias">Name of the model in the configuration; null when it has none.</param>
/// <param name="Prices">What tokens cost; null when unknown.</param>
public sealed record AgentModel(
    IChatProvider Provider, long MaxContextSize, ModelCapabilities Capabilities, long? CompletionCap = null, bool NoCompletionBudget = false,
    string? Alias = null, ModelPrices? Prices = null)
{
    /// <summary>Name of the model in the configuration, or its id.</summary>
    public string Name => Alias ?? Provider.ModelName;

    /// <summary>Throws when content needs what the model cannot do.</summary>
    /// <exception cref="LlmNotSupportedException">Names the missing capabilities.</exception>
    public void Require(IEnumerable<ContentPart> content)
    {
        ModelCapabilities needed = ModelCapabilities.None;
        foreach (ContentPart part in content)
        {
            needed |= part switch
            {
                ImageUrlPart => ModelCapabilities.ImageIn,
                VideoUrlPart => ModelCapabilities.VideoIn,
                ThinkPart => ModelCapabilities.Thinking,
                _ => ModelCapabilities.None,
            };
        }

        ModelCapabilities missing = needed & ~Capabilities;
        if (missing.HasFlag(ModelCapabilities.Thinking) && Capabilities.HasFlag(ModelCapabilities.AlwaysThinking))
        {
            missing &= ~ModelCapabilities.Thinking;
        }

        if (missing != ModelCapabilities.None)
        {
            throw new LlmNotSupportedException(Provider.ModelName, missing);
        }
    }

    /// <summary>What an answer cost in the currency of the prices; null when a price that matters is unknown.</summary>
    public decimal? Cost(TokenUsage usage) => Prices?.Cost(usage);
}

/// <summary>Prices of a model for a million tokens each; null is unknown.</summary>
public sealed record ModelPrices(decimal? Input, decimal? Output, decimal? CacheRead, decimal? CacheWrite)
{
    /// <summary>What an answer cost; null when tokens were used whose price is unknown.</summary>
    public decimal? Cost(TokenUsage usage) =>
        Part(usage.InputOther, Input) + Part(usage.Output, Output) + Part(usage.InputCacheRead, CacheRead) + Part(usage.InputCacheCreation, CacheWrite);

    private static decimal? Part(long tokens, decimal? price) => tokens == 0 ? 0m : price * tokens / 1_000_000m;
}
