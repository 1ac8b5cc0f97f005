using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>Plan mode as it was when a subagent was made.</summary>
internal sealed class PlanSnapshot(IPlanMode plan) : IPlanMode
{
    public bool IsActive { get; } = plan.IsActive;

    public string? PlanFile { get; } = plan.PlanFile;

    public string TurnOn() => PlanFile ?? "";

    public void TurnOff()
    {
    }
}
