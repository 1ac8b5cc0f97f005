namespace Kimi;

/// <summary>An agent: a prompt and the tools it has.</summary>
public sealed class AgentInfo
{
    /// <summary>Its name, or the path of its file if it has none.</summary>
    public required string Name { get; init; }

    /// <summary>When to use it.</summary>
    public required string Description { get; init; }

    /// <summary><c>Agent</c> for one that a session can be, <c>Subagent</c> for one that an agent can call.</summary>
    public required string Role { get; init; }

    /// <summary>The names of its tools.</summary>
    public required string[] Tools { get; init; }

    /// <summary>The names of the subagents it can call.</summary>
    public required string[] Subagents { get; init; }

    /// <summary>Its file; empty for a built-in one.</summary>
    public required string Path { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
