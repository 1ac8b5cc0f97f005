using Kimi.Engine.Skills.Flows;

namespace Kimi.Engine.Skills;

/// <summary>Knowledge or a procedure in a Markdown file that the model or the user can call upon.</summary>
internal sealed class Skill
{
    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>The skill's directory; for a flat file its root.</summary>
    public required string Directory { get; init; }

    /// <summary>The Markdown file.</summary>
    public required string File { get; init; }

    public required SkillScope Scope { get; init; }

    /// <summary>The diagram of a flow skill; null for a standard one.</summary>
    public Flow? Flow { get; init; }

    /// <summary><c>standard</c> or <c>flow</c>.</summary>
    public string Type => Flow is null ? "standard" : "flow";
}
