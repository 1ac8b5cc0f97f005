using System.Text.Json;

namespace Kimi.Engine.Skills.Plugins;

/// <summary>A tool that a plugin brings: a command that gets its arguments as JSON.</summary>
/// <param name="Name">The tool's name.</param>
/// <param name="Description">What the model is told.</param>
/// <param name="Command">The program and its arguments, run in the plugin's directory.</param>
/// <param name="Parameters">JSON Schema of the arguments (an object).</param>
public sealed record PluginTool(string Name, string Description, IReadOnlyList<string> Command, JsonElement Parameters);
