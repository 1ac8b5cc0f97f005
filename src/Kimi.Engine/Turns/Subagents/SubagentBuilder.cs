using Kimi.Engine.Agents;
using Kimi.Engine.Configuration;
using Kimi.Engine.Sessions;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Plugins;
using Kimi.Engine.Turns.Background;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>Puts a subagent together: its own history, tools, mailbox and to-do list; everything else is the parent's.</summary>
internal sealed class SubagentBuilder(SubagentSettings settings, SubagentTypes types)
{
    /// <summary>Makes the agent of an instance; its conversation is empty yet.</summary>
    /// <exception cref="SubagentException">Its type or its model does not exist.</exception>
    public Agent Build(SubagentRecord record, string directory, string? modelOverride, SubagentWire wire, IApprovals approvals, bool withHooks)
    {
        Agent parent = settings.Parent();
        AgentSpec spec = types.Require(record.SubagentType);
        AgentModel? model = Model(modelOverride ?? record.Launch.EffectiveModel ?? spec.Model, parent);
        ToolServices shared = settings.Services();
        PlanSnapshot plan = new(shared.PlanMode);
        SessionHooks? hooks = withHooks ? new SessionHooks(settings.Hooks.Branch(wire), wire, settings.Log) : null;
        Toolset toolset = new() { Hooks = hooks, Approvals = approvals };
        Agent agent = new()
        {
            Model = model,
            Conversation = new Conversation(directory) { Report = line => settings.Log("Warning", line) },
            Tools = toolset,
            Wire = wire,

            // The loop over the same prompt is the user's, not that of a single task.
            Limits = parent.Limits with { MaxRalphIterations = 0 },
            Hooks = hooks ?? (ILoopHooks)NoHooks.Instance,
            Caller = parent.Caller,
            IsPlanMode = () => plan.IsActive,
            IsRoot = false,
            RunLimits = withHooks ? parent.RunLimits : RunLimits.None,
        };
        ToolServices services = new()
        {
            Host = shared.Host,
            Workspace = shared.Workspace,
            Shell = shared.Shell,
            Approvals = approvals,
            PlanMode = plan,
            Todos = new SubagentTodos(directory),
            ModelCapabilities = model?.Capabilities ?? ModelCapabilities.None,
            Config = shared.Config,
            Share = shared.Share,
            Environment = shared.Environment,
            Identity = shared.Identity,
            RunPowerShell = shared.RunPowerShell,
            Questions = shared.Questions,
            BackgroundTasks = new RefusedBackgroundTasks(settings.Tasks),
            DMail = agent.DMail,
            VideoUpload = shared.VideoUpload,
            Time = shared.Time,
            IsSubagent = true,
            AgentId = record.AgentId,
        };
        foreach (Tool tool in BuiltInTools.Create(spec.EffectiveTools, services))
        {
            toolset.Add(tool);
        }

        PluginTools.Add(toolset, services, line => settings.Log("Warning", line));
        agent.Conversation.AnnouncesCheckpoints = toolset.Find("SendDMail") is not null;
        return agent;
    }

    /// <summary>Gives a restored conversation its system prompt, unless it has one.</summary>
    public void Prepare(Agent agent, string type)
    {
        if (agent.Conversation.SystemPrompt is null)
        {
            agent.Conversation.SetSystemPrompt(SystemPrompt.Render(types.Require(type), settings.Variables()));
        }
    }

    private AgentModel? Model(string? alias, Agent parent)
    {
        if (alias is null)
        {
            return parent.Model;
        }

        bool? thinks = parent.Model?.Provider.ThinkingEffort is { } effort ? effort != Providers.ThinkingEffort.Off : null;
        return settings.Config.Models.ContainsKey(alias) ? settings.MakeModel(alias, thinks) : throw UnknownModel(alias);
    }

    public static SubagentException UnknownModel(string alias) => new($"Unknown model alias: {alias}", "Invalid model alias");
}
