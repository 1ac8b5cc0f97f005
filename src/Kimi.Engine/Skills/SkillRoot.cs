namespace Kimi.Engine.Skills;

/// <summary>A directory that holds skills.</summary>
/// <param name="Path">The directory, absolute.</param>
/// <param name="Scope">The scope of its skills.</param>
internal sealed record SkillRoot(string Path, SkillScope Scope);
