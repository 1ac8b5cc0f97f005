namespace Kimi.Engine.Agents;

/// <summary>Where an agent is declared: a built-in one by name, or a YAML file.</summary>
/// <param name="Location">The built-in agent's name or the file's path.</param>
/// <param name="IsBuiltIn">Which of the two.</param>
internal readonly record struct AgentFile(string Location, bool IsBuiltIn)
{
    public static AgentFile BuiltIn(string name) => new(name, true);

    public static AgentFile OnDisk(string path) => new(path, false);
}
