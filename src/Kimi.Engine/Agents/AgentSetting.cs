namespace Kimi.Engine.Agents;

/// <summary>A setting of an agent file: present or not, and what it holds.</summary>
/// <param name="IsSet">The key is there.</param>
/// <param name="Value">Its value; null for YAML's null.</param>
internal readonly record struct AgentSetting<T>(bool IsSet, T? Value);
