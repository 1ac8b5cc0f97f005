using Kimi.Engine.Configuration;

namespace Kimi.Engine.Skills;

/// <summary>A skill, for people and scripts.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Type"><c>standard</c> or <c>flow</c>.</param>
/// <param name="Scope"><c>Project</c>, <c>User</c>, <c>Extra</c> or <c>BuiltIn</c>.</param>
/// <param name="Path">The Markdown file.</param>
public sealed record SkillSummary(string Name, string Description, string Type, string Scope, string Path);

/// <summary>The skills a session would have.</summary>
public static class SkillListing
{
    /// <summary>Reads the skills of a work directory.</summary>
    /// <param name="workDirectory">The directory.</param>
    /// <param name="config">The configuration.</param>
    /// <param name="share">The share directory.</param>
    /// <param name="directories">Directories in place of those of project and user.</param>
    /// <param name="log">Takes a line about each skill that cannot be used.</param>
    public static IReadOnlyList<SkillSummary> Read(
        string workDirectory, KimiConfig config, ShareDirectory share, IReadOnlyList<string> directories, Action<string>? log)
    {
        List<SkillRoot> roots = SkillRoots.Find(new SkillRootOptions
        {
            ProjectRoot = ProjectRoot.Find(workDirectory) ?? workDirectory,
            Home = share.Home,
            ShareDirectory = share.Root,
            MergeAllBrands = config.MergeAllAvailableSkills,
            ExtraDirectories = config.ExtraSkillDirs,
            OverrideDirectories = directories,
            BuiltInDirectory = SkillRoots.BuiltInDirectory(),
        });
        return [.. SkillCatalog.Load(roots, log).Skills.Select(static skill => new SkillSummary(skill.Name, skill.Description, skill.Type, skill.Scope.ToString(), skill.File))];
    }
}
