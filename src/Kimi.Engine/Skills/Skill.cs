using Kimi.Engine.Skills.Flows;

namespace Kimi.Engine.Skills;

/// <summary>Knowledge or a procedure in a Markdown file that the model or the user can call upon.</summary>
/// <param name="name">Its name.</param>
/// <param name="description">What it is for.</param>
/// <param name="directory">The skill's directory; for a flat file its root.</param>
/// <param name="file">The Markdown file.</param>
/// <param name="scope">The scope of its root.</param>
/// <param name="flow">The diagram of a flow skill.</param>
internal sealed class Skill(string name, string description, string directory, string file, SkillScope scope, Flow? flow = null)
{
    public string Name { get; } = name;

    public string Description { get; } = description;

    /// <summary>The skill's directory; for a flat file its root.</summary>
    public string Directory { get; } = directory;

    /// <summary>The Markdown file.</summary>
    public string File { get; } = file;

    public SkillScope Scope { get; } = scope;

    /// <summary>The diagram of a flow skill; null for a standard one.</summary>
    public Flow? Flow { get; } = flow;

    /// <summary><c>standard</c> or <c>flow</c>.</summary>
    public string Type => Flow is null ? "standard" : "flow";
}
