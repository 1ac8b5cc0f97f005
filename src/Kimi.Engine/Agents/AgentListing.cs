namespace Kimi.Engine.Agents;

/// <summary>An agent, for people and scripts.</summary>
/// <param name="Name">Its name; the path of its file if it has none.</param>
/// <param name="Description">When to use it.</param>
/// <param name="Role"><c>Agent</c> for one that a session can be, <c>Subagent</c> for one that an agent can call.</param>
/// <param name="Tools">Names of its tools.</param>
/// <param name="Subagents">Names of the subagents it can call.</param>
/// <param name="Path">Its file; null for a built-in one.</param>
public sealed record AgentSummary(
    string Name, string Description, string Role, IReadOnlyList<string> Tools, IReadOnlyList<string> Subagents, string? Path);

/// <summary>The agents there are.</summary>
public static class AgentListing
{
    /// <summary>The built-in agents and the subagents they can call.</summary>
    public static IReadOnlyList<AgentSummary> BuiltIn() =>
    [
        Describe("default", "The agent of a session that names none.", "Agent", BuiltInAgents.Find("default")!, null),
        Describe("okabe", "The default agent, able to send messages back to an earlier point of the conversation.", "Agent", BuiltInAgents.Find("okabe")!, null),
        .. BuiltInAgents.Default.Subagents.Select(static sub => Describe(sub.Name, sub.Description, "Subagent", BuiltInAgents.Find(sub.Name)!, null)),
    ];

    /// <summary>The agent of a file and the subagents it names.</summary>
    /// <exception cref="AgentSpecException">The file cannot be used.</exception>
    public static IReadOnlyList<AgentSummary> Read(string path)
    {
        AgentSpec spec = AgentSpecLoader.LoadFile(path);
        return
        [
            Describe(spec.Name.Length > 0 ? spec.Name : path, spec.WhenToUse, "Agent", spec, path),
            .. spec.Subagents.Select(static sub => Describe(sub.Name, sub.Description, "Subagent", AgentSpecLoader.Load(sub.File), sub.File.IsBuiltIn ? null : sub.File.Location)),
        ];
    }

    private static AgentSummary Describe(string name, string description, string role, AgentSpec spec, string? path) => new(
        name, description, role, [.. spec.EffectiveTools.Select(static tool => tool[(tool.LastIndexOf(':') + 1)..])],
        [.. spec.Subagents.Select(static sub => sub.Name)], path);
}
