namespace Kimi.Engine.Agents;

/// <summary>A subagent type as its parent declares it. The file is read when the type is looked at, not before.</summary>
/// <param name="Name">The type's name (<c>subagent_type</c>).</param>
/// <param name="File">Where the type is declared.</param>
/// <param name="Description">One line for the parent.</param>
internal sealed record SubagentReference(string Name, AgentFile File, string Description);
