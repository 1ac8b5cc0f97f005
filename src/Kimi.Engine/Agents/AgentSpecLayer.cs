namespace Kimi.Engine.Agents;

/// <summary>
/// What one file says, before it is laid over its parent. A setting that is absent inherits; one that is present with null
/// counts as set to nothing.
/// </summary>
internal sealed class AgentSpecLayer
{
    public AgentSetting<string> Name { get; set; }

    public AgentSetting<PromptFile?> SystemPrompt { get; set; }

    public Dictionary<string, string> SystemPromptArgs { get; set; } = new(StringComparer.Ordinal);

    public string? Model { get; set; }

    public string? WhenToUse { get; set; }

    public AgentSetting<IReadOnlyList<string>> Tools { get; set; }

    public AgentSetting<IReadOnlyList<string>> AllowedTools { get; set; }

    public AgentSetting<IReadOnlyList<string>> ExcludeTools { get; set; }

    public AgentSetting<IReadOnlyList<SubagentReference>> Subagents { get; set; }

    /// <summary>A finished spec seen as a parent.</summary>
    public static AgentSpecLayer From(AgentSpec spec) => new()
    {
        Name = new(true, spec.Name),
        SystemPrompt = new(true, spec.SystemPrompt),
        SystemPromptArgs = new Dictionary<string, string>(spec.SystemPromptArgs, StringComparer.Ordinal),
        Model = spec.Model,
        WhenToUse = spec.WhenToUse,
        Tools = new(true, spec.Tools),
        AllowedTools = new(true, spec.AllowedTools),
        ExcludeTools = new(true, spec.ExcludeTools),
        Subagents = new(true, spec.Subagents),
    };

    /// <summary>Fills from the parent what this layer leaves open.</summary>
    public void InheritFrom(AgentSpecLayer parent)
    {
        Name = Name.IsSet ? Name : parent.Name;
        SystemPrompt = SystemPrompt.IsSet ? SystemPrompt : parent.SystemPrompt;
        Model ??= parent.Model;
        WhenToUse ??= parent.WhenToUse;
        Tools = Tools.IsSet ? Tools : parent.Tools;
        AllowedTools = AllowedTools.IsSet ? AllowedTools : parent.AllowedTools;
        ExcludeTools = ExcludeTools.IsSet ? ExcludeTools : parent.ExcludeTools;
        Subagents = Subagents.IsSet ? Subagents : parent.Subagents;
        foreach (KeyValuePair<string, string> arg in parent.SystemPromptArgs)
        {
            SystemPromptArgs.TryAdd(arg.Key, arg.Value);
        }
    }

    /// <exception cref="AgentSpecException">A setting that every agent needs is still open.</exception>
    public AgentSpec Resolve(AgentFile file) => new()
    {
        File = file,
        Name = Name.Value ?? throw new AgentSpecException("Agent name is required"),
        SystemPrompt = SystemPrompt.Value ?? throw new AgentSpecException("System prompt path is required"),
        SystemPromptArgs = SystemPromptArgs,
        Model = Model,
        WhenToUse = WhenToUse ?? "",
        Tools = Tools.IsSet ? Tools.Value ?? [] : throw new AgentSpecException("Tools are required"),
        AllowedTools = AllowedTools.Value,
        ExcludeTools = ExcludeTools.Value ?? [],
        Subagents = Subagents.Value ?? [],
    };
}
