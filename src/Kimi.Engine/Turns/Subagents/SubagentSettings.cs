using Kimi.Engine.Agents;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hooks;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Turns.Background;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>What subagents share with the agent that starts them.</summary>
internal sealed class SubagentSettings
{
    public required string SessionDirectory { get; init; }

    public required AgentSpec ParentSpec { get; init; }

    /// <summary>The root agent.</summary>
    public required Func<Agent> Parent { get; init; }

    /// <summary>What the root agent's tools are given.</summary>
    public required Func<ToolServices> Services { get; init; }

    public required ApprovalService Approvals { get; init; }

    public required HookEngine Hooks { get; init; }

    public required BackgroundTasks Tasks { get; init; }

    /// <summary>The variables of system prompts, as the root agent saw them.</summary>
    public required Func<PromptVariables> Variables { get; init; }

    /// <summary>Makes the model of an alias that is configured, thinking or not as said; null when it is not usable.</summary>
    public required Func<string, bool?, AgentModel?> MakeModel { get; init; }

    public required KimiConfig Config { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    public Action<string, string> Log { get; init; } = static (_, _) => { };
}
