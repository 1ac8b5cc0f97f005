namespace Kimi.Engine.Agents.Templates;

/// <summary>A variable that does not exist, in a template that tolerates it.</summary>
internal sealed record UndefinedValue(string Name);
