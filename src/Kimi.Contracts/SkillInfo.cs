namespace Kimi;

/// <summary>A skill: knowledge or a procedure that the agent can call upon.</summary>
public sealed class SkillInfo
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is for.</summary>
    public required string Description { get; init; }

    /// <summary><c>standard</c>, or <c>flow</c> for one with a diagram of steps.</summary>
    public required string Type { get; init; }

    /// <summary><c>Project</c>, <c>User</c>, <c>Extra</c> or <c>BuiltIn</c>.</summary>
    public required string Scope { get; init; }

    /// <summary>The Markdown file.</summary>
    public required string Path { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
