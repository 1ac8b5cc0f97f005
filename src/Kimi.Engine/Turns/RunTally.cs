using Kimi.Engine.Chat;

namespace Kimi.Engine.Turns;

/// <summary>Adds up what a run uses.</summary>
internal sealed class RunTally
{
    private bool _priced = true;

    /// <summary>Usage of all answers; null when none was reported.</summary>
    public TokenUsage? Usage { get; private set; }

    /// <summary>Cost of all answers so far, were all prices known.</summary>
    public decimal? Cost { get; private set; }

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>Counts a step.</summary>
    public void CountStep() => Steps++;

    /// <summary>Adds an answer.</summary>
    public void Add(TokenUsage usage, AgentModel model)
    {
        Usage = Usage is null
            ? usage
            : new TokenUsage(
                Usage.InputOther + usage.InputOther, Usage.Output + usage.Output,
                Usage.InputCacheRead + usage.InputCacheRead, Usage.InputCacheCreation + usage.InputCacheCreation);
        decimal? cost = model.Cost(usage);
        _priced &= cost is not null;
        Cost = _priced ? (Cost ?? 0m) + cost : null;
    }
}
