namespace Kimi.Engine.Agents.Templates;

/// <summary>What a template may ask for while it is rendered.</summary>
internal abstract class TemplateContext
{
    /// <summary>An unknown variable renders as its own placeholder and is false in a condition, instead of being an error.</summary>
    public virtual bool KeepsUnknown => false;

    /// <summary>A variable's value; null when there is no such variable.</summary>
    public abstract string? Variable(string name);

    /// <summary>The text of an included template; null when there is none.</summary>
    public virtual string? Include(string name) => null;
}
