namespace Kimi.Engine.Skills;

/// <summary>The skills that ship with the engine. Their heads are known, so listing them reads no file.</summary>
internal static class BuiltInSkills
{
    /// <summary>Adds those whose name is not taken.</summary>
    /// <param name="byName">Skills by normalised name.</param>
    /// <param name="directory">Where their files are (<see cref="SkillRoots.BuiltInDirectory"/>).</param>
    public static void AddTo(Dictionary<string, Skill> byName, string directory)
    {
        Add(
            byName,
            directory,
            "kimi-cli-help",
            "Answers questions about Kimi itself - how to configure, start, script or extend it (options, config file, models and "
                + "providers, sessions, skills, agents, hooks, MCP, plugins, slash commands). Use when the user asks about Kimi or "
                + "this CLI, not about their own project.");
        Add(
            byName,
            directory,
            "skill-creator",
            "How to write a good skill for Kimi. Use when the user wants to create, improve or check a skill (a SKILL.md), or a "
                + "flow skill with a diagram.");
    }

    private static void Add(Dictionary<string, Skill> byName, string directory, string name, string description)
    {
        if (!byName.ContainsKey(name))
        {
            string folder = Path.Combine(directory, name);
            byName[name] = new Skill(name, description, folder, Path.Combine(folder, "SKILL.md"), SkillScope.BuiltIn);
        }
    }
}
