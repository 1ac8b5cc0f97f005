namespace Kimi.Engine.Skills;

/// <summary>What decides where skills are looked for.</summary>
internal sealed class SkillRootOptions
{
    /// <summary>The project root, absolute (<see cref="Skills.ProjectRoot.Find"/>); null when the project is on another machine.</summary>
    public required string? ProjectRoot { get; init; }

    /// <summary>The user's home directory.</summary>
    public required string Home { get; init; }

    public required string ShareDirectory { get; init; }

    /// <summary>Config <c>merge_all_available_skills</c>: all brand directories of a group, not just the first.</summary>
    public bool MergeAllBrands { get; init; } = true;

    /// <summary>Config <c>extra_skill_dirs</c>.</summary>
    public IReadOnlyList<string> ExtraDirectories { get; init; } = [];

    /// <summary>Option <c>--skills-dir</c>; takes the place of the project's and the user's directories.</summary>
    public IReadOnlyList<string> OverrideDirectories { get; init; } = [];

    /// <summary>The skills that ship with the engine; null where its files are out of the tools' reach.</summary>
    public string? BuiltInDirectory { get; init; }
}
