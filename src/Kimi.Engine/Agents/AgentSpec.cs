namespace Kimi.Engine.Agents;

/// <summary>One agent after inheritance: what it is told, what it may use, whom it may start.</summary>
internal sealed class AgentSpec
{
    private IReadOnlyList<string>? _effectiveTools;

    public required AgentFile File { get; init; }

    public required string Name { get; init; }

    public required PromptFile SystemPrompt { get; init; }

    /// <summary>Variables of the system prompt; they win over the built-in ones.</summary>
    public IReadOnlyDictionary<string, string> SystemPromptArgs { get; init; } = new Dictionary<string, string>();

    public string? Model { get; init; }

    public string WhenToUse { get; init; } = "";

    /// <summary>Tools by spec path (<c>module:Class</c>), in the order the model sees them.</summary>
    public required IReadOnlyList<string> Tools { get; init; }

    /// <summary>Takes the place of <see cref="Tools"/> when not null.</summary>
    public IReadOnlyList<string>? AllowedTools { get; init; }

    public IReadOnlyList<string> ExcludeTools { get; init; } = [];

    /// <summary>Subagent types in file order.</summary>
    public IReadOnlyList<SubagentReference> Subagents { get; init; } = [];

    /// <summary>The tools the agent really gets, before plugins and MCP.</summary>
    public IReadOnlyList<string> EffectiveTools => _effectiveTools ??= ComputeEffectiveTools();

    private IReadOnlyList<string> ComputeEffectiveTools()
    {
        IReadOnlyList<string> basis = AllowedTools ?? Tools;
        if (ExcludeTools.Count == 0)
        {
            return basis;
        }

        var result = new List<string>(basis.Count);
        foreach (string tool in basis)
        {
            bool excluded = false;
            foreach (string name in ExcludeTools)
            {
                excluded |= string.Equals(name, tool, StringComparison.Ordinal);
            }

            if (!excluded)
            {
                result.Add(tool);
            }
        }

        return result;
    }
}
