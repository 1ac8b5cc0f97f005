using Kimi.Engine.Chat;

namespace Kimi.Engine.Turns;

/// <summary>Adds up what a run uses. What a subagent uses counts for the run that waits for it too.</summary>
/// <param name="parent">The tally of the run that waits.</param>
internal sealed class RunTally(RunTally? parent = null)
{
    private readonly Lock _gate = new();
    private bool _priced = true;

    /// <summary>Usage of all answers; null when none was reported.</summary>
    public TokenUsage? Usage { get; private set; }

    /// <summary>Cost of all answers so far, were all prices known.</summary>
    public decimal? Cost { get; private set; }

    /// <summary>Steps taken.</summary>
    public int Steps { get; private set; }

    /// <summary>The tally that has everything this one has and more.</summary>
    public RunTally Whole => parent?.Whole ?? this;

    /// <summary>Counts a step.</summary>
    public void CountStep() => Steps++;

    /// <summary>Adds an answer.</summary>
    public void Add(TokenUsage usage, AgentModel model)
    {
        decimal? cost = model.Cost(usage);
        lock (_gate)
        {
            Usage = Usage is null
                ? usage
                : new TokenUsage(
                    Usage.InputOther + usage.InputOther, Usage.Output + usage.Output,
                    Usage.InputCacheRead + usage.InputCacheRead, Usage.InputCacheCreation + usage.InputCacheCreation);
            _priced &= cost is not null;
            Cost = _priced ? (Cost ?? 0m) + cost : null;
        }

        parent?.Add(usage, model);
    }
}
