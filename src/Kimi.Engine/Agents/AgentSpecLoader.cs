using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Agents;

/// <summary>Turns an agent's name or file into its resolved <see cref="AgentSpec"/>.</summary>
internal static class AgentSpecLoader
{
    /// <summary>The one version of the file format.</summary>
    public const string SupportedVersion = "1";

    /// <exception cref="AgentSpecException">The agent cannot be used.</exception>
    public static AgentSpec Load(AgentFile file) => file.IsBuiltIn
        ? BuiltInAgents.Find(file.Location) ?? throw new AgentSpecException($"Agent spec file not found: {file.Location}")
        : LoadFile(file.Location);

    /// <exception cref="AgentSpecException">The file cannot be used.</exception>
    public static AgentSpec LoadFile(string path)
    {
        string full = FullPath(path);
        return ReadLayer(full, []).Resolve(AgentFile.OnDisk(full));
    }

    private static AgentSpecLayer ReadLayer(string path, HashSet<string> seen)
    {
        if (!seen.Add(path))
        {
            throw new AgentSpecException($"Agent spec file extends itself: {path}");
        }

        YamlValue? root = ReadYaml(path);
        string version = root?["version"] is { } v ? v.Text ?? "?" : SupportedVersion;
        if (version != SupportedVersion)
        {
            throw new AgentSpecException($"Unsupported agent spec version: {version}");
        }

        var layer = new AgentSpecLayer();
        YamlValue? agent = root?["agent"];
        if (agent is null || agent.IsNull)
        {
            return layer;
        }

        string folder = Path.GetDirectoryName(path)!;
        Fill(layer, Require(agent.Members is not null, agent, path, "'agent' must be a mapping"), path, folder);
        if (Text(agent, "extend", path) is { } extend)
        {
            layer.InheritFrom(extend == "default"
                ? AgentSpecLayer.From(BuiltInAgents.Default)
                : ReadLayer(FullPath(Path.Combine(folder, extend)), seen));
        }

        return layer;
    }

    private static void Fill(AgentSpecLayer layer, YamlValue agent, string path, string folder)
    {
        if (agent["name"] is not null)
        {
            layer.Name = new(true, Text(agent, "name", path));
        }

        if (agent["system_prompt_path"] is not null)
        {
            string? prompt = Text(agent, "system_prompt_path", path);
            layer.SystemPrompt = new(true, prompt is null ? null : new PromptFile(FullPath(Path.Combine(folder, prompt)), IsEmbedded: false));
        }

        if (agent["system_prompt_args"] is { IsNull: false } args)
        {
            foreach (KeyValuePair<string, YamlValue> arg in Require(args.Members is not null, args, path, "'system_prompt_args' must be a mapping").Members!)
            {
                layer.SystemPromptArgs[arg.Key] = arg.Value.Text
                    ?? throw Invalid(path, $"'system_prompt_args.{arg.Key}' must be a string");
            }
        }

        layer.Model = Text(agent, "model", path);
        layer.WhenToUse = Text(agent, "when_to_use", path);
        layer.Tools = List(agent, "tools", path);
        layer.AllowedTools = List(agent, "allowed_tools", path);
        layer.ExcludeTools = List(agent, "exclude_tools", path);
        layer.Subagents = Subagents(agent, path, folder);
    }

    private static AgentSetting<IReadOnlyList<SubagentReference>> Subagents(YamlValue agent, string path, string folder)
    {
        if (agent["subagents"] is not { } value)
        {
            return default;
        }

        var result = new List<SubagentReference>();
        if (!value.IsNull)
        {
            foreach (KeyValuePair<string, YamlValue> entry in Require(value.Members is not null, value, path, "'subagents' must be a mapping").Members!)
            {
                string file = Text(entry.Value, "path", path) ?? throw Invalid(path, $"'subagents.{entry.Key}.path' is required");
                string description = Text(entry.Value, "description", path)
                    ?? throw Invalid(path, $"'subagents.{entry.Key}.description' is required");
                result.Add(new SubagentReference(entry.Key, AgentFile.OnDisk(FullPath(Path.Combine(folder, file))), description));
            }
        }

        return new(true, result);
    }

    private static AgentSetting<IReadOnlyList<string>> List(YamlValue agent, string key, string path)
    {
        if (agent[key] is not { } value)
        {
            return default;
        }

        if (value.IsNull)
        {
            return new(true, null);
        }

        var result = new List<string>();
        foreach (YamlValue item in Require(value.Items is not null, value, path, $"'{key}' must be a list").Items!)
        {
            result.Add(item.Text ?? throw Invalid(path, $"'{key}' must hold strings"));
        }

        return new(true, result);
    }

    private static string? Text(YamlValue map, string key, string path) => map[key] switch
    {
        null or { IsNull: true } => null,
        { Text: { } text } => text,
        _ => throw Invalid(path, $"'{key}' must be a string"),
    };

    private static YamlValue Require(bool condition, YamlValue value, string path, string problem) =>
        condition ? value : throw Invalid(path, problem);

    private static AgentSpecException Invalid(string path, string problem) => new($"Invalid agent spec file: {path}: {problem}");

    private static YamlValue? ReadYaml(string path)
    {
        if (NamedText.IsNoFile(path))
        {
            throw new AgentSpecException($"Agent spec path is not a file: {path}");
        }

        try
        {
            string text = TextFile.Read(path, strict: true) ?? throw new AgentSpecException($"Agent spec file not found: {path}");
            YamlValue? root = YamlReader.Read(text);
            return root is null || root.IsNull || root.Members is not null
                ? root
                : throw new AgentSpecException("Invalid YAML in agent spec file: the document must be a mapping");
        }
        catch (Exception e) when (e is FormatException or DecoderFallbackException)
        {
            throw new AgentSpecException($"Invalid YAML in agent spec file: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Invalid(path, e.Message);
        }
    }

    private static string FullPath(string path)
    {
        try
        {
            return Path.GetFullPath(path);
        }
        catch (ArgumentException)
        {
            throw new AgentSpecException($"Agent spec file not found: {path}");
        }
    }
}
