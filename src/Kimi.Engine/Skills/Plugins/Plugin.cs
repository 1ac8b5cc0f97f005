namespace Kimi.Engine.Skills.Plugins;

/// <summary>A plugin as its <c>plugin.json</c> describes it.</summary>
public sealed class Plugin
{
    /// <summary>The plugin's directory.</summary>
    public required string Directory { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>What it is for; may be empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>The JSON file, relative to the directory, that values of the host are written to; null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>What is written there: a dotted path → the host's key (<c>api_key</c>, <c>base_url</c>), in file order.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Inject { get; init; } = [];

    /// <summary>Its tools.</summary>
    public IReadOnlyList<PluginTool> Tools { get; init; } = [];

    /// <summary>The environment variables its tools run with: the injected values by the names of their targets.</summary>
    public IReadOnlyDictionary<string, string?> Environment(IReadOnlyDictionary<string, string> hostValues)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (KeyValuePair<string, string> entry in Inject)
        {
            if (hostValues.TryGetValue(entry.Value, out string? value))
            {
                variables[entry.Key] = value;
            }
        }

        return variables;
    }
}
