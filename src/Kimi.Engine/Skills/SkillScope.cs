namespace Kimi.Engine.Skills;

/// <summary>Where a skill comes from, in the order of precedence and of the prompt's listing.</summary>
internal enum SkillScope
{
    Project,
    User,
    Extra,
    BuiltIn,
}
