namespace Kimi.Engine.Hooks;

/// <summary>What one hook decided.</summary>
/// <param name="Block">It objects.</param>
/// <param name="Reason">Why; may be empty.</param>
/// <param name="TimedOut">It was stopped at its limit, which counts as no objection.</param>
internal readonly record struct HookOutcome(bool Block, string Reason = "", bool TimedOut = false)
{
    public static HookOutcome Allow => default(HookOutcome) with { Reason = "" };

    /// <summary>The first objection; no objection when there is none.</summary>
    /// <param name="outcomes">In result order.</param>
    /// <param name="needsReason">Objections without a reason do not count (the Stop event).</param>
    public static HookOutcome FirstBlock(IReadOnlyList<HookOutcome> outcomes, bool needsReason = false)
    {
        foreach (HookOutcome outcome in outcomes)
        {
            if (outcome.Block && !(needsReason && outcome.Reason.Length == 0))
            {
                return outcome;
            }
        }

        return Allow;
    }
}
