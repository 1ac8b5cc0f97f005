using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Configuration;

/// <summary>Where a value comes from.</summary>
public enum ConfigurationSource
{
    /// <summary>Nobody said anything.</summary>
    Default,

    /// <summary>The configuration file or text.</summary>
    File,

    /// <summary>An environment variable.</summary>
    Environment,
}

/// <summary>One value of a configuration.</summary>
/// <param name="Name">Its name, such as <c>loop_control.max_steps_per_turn</c>.</param>
/// <param name="Value">The value; a mask for a secret.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Detail">The file or the variable; null for a default.</param>
/// <param name="IsSecret">Whether the value is masked.</param>
public sealed record ConfigurationValue(string Name, JsonElement Value, ConfigurationSource Source, string? Detail, bool IsSecret);

/// <summary>A configuration as a list of named values, and changes of one of them.</summary>
public static class ConfigurationValues
{
    private const string ToolMode = "mcp.tool_mode";

    private static readonly JsonElement s_mask = LenientJson.Parse($"\"{SecretFilter.Mask}\"");

    /// <summary>Lists all values that count, each with its source.</summary>
    /// <exception cref="ConfigurationException">An environment variable has a value that cannot be used.</exception>
    public static IReadOnlyList<ConfigurationValue> Read(LoadedConfiguration loaded, EnvironmentSource environment)
    {
        HashSet<string> written = [];
        if (loaded.Path is string path && File.Exists(path) && ConfigurationLoader.ReadDocument(path) is ConfigNode document)
        {
            Collect(document, "", written);
        }

        Dictionary<string, (JsonElement Value, string Variable)> overrides = Overrides(loaded, environment);
        List<ConfigurationValue> values = [];
        foreach ((string name, JsonElement value) in Flatten(loaded.Config))
        {
            (JsonElement given, string? variable) = overrides.TryGetValue(name, out (JsonElement Value, string Variable) found) ? found : (value, null);
            bool isSecret = IsSecret(name) && !(given.ValueKind == JsonValueKind.String && given.ReadString().Length == 0);
            bool isWritten = loaded.Origin == ConfigurationOrigin.Text || written.Contains(name);
            values.Add(new ConfigurationValue(
                name,
                isSecret ? s_mask : given,
                variable is not null ? ConfigurationSource.Environment : isWritten ? ConfigurationSource.File : ConfigurationSource.Default,
                variable ?? (isWritten ? loaded.Path : null),
                isSecret));
        }

        return values;
    }

    /// <summary>A configuration with one value changed.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="name">Name of the value; a part with a dot in it stands in double quotes.</param>
    /// <param name="value">The new value; undefined to take it away, so that the default counts.</param>
    /// <exception cref="ConfigurationException">There is no such value, or it cannot be that.</exception>
    public static KimiConfig With(KimiConfig config, string name, JsonElement value)
    {
        List<string> parts = Split(name);
        if (IsSecret(name) && value.ValueKind == JsonValueKind.String && value.ReadString() == SecretFilter.Mask)
        {
            throw new ConfigurationException($"The value of '{name}' was read masked: give the secret itself");
        }

        JsonWriter writer = new();
        Rewrite(writer, LenientJson.Parse(ConfigurationWriter.ToJson(config)), parts, 0, value);
        KimiConfig changed = ConfigurationLoader.LoadText(writer.ToString()).Config;
        string canonical = string.Join('.', parts.Select(Quote));
        bool isThere = Flatten(changed).Any(pair => pair.Key == canonical || pair.Key.StartsWith(canonical + ".", StringComparison.Ordinal));
        return isThere || value.ValueKind == JsonValueKind.Undefined ? changed : throw new ConfigurationException($"There is no setting '{name}'");
    }

    /// <summary>The names that a setting can have as its value, where they are known; empty otherwise.</summary>
    /// <exception cref="ConfigurationException">The name of the setting cannot be read.</exception>
    public static IReadOnlyList<string> Choices(KimiConfig config, string name)
    {
        List<string> parts = Split(name);
        return (parts[0], parts.Count, parts[^1]) switch
        {
            ("theme", 1, _) => ConfigNames.Themes,
            ("default_model", 1, _) => [.. config.Models.Keys],
            ("mcp", 2, "tool_mode") => ConfigNames.ToolModes,
            ("models", 3, "provider") => [.. config.Providers.Keys],
            ("models", 3, "capabilities") => ConfigNames.Capabilities,
            ("providers", 3, "type") => [.. ConfigNames.ProviderTypes.Where(type => type[0] != '_')],
            _ => [],
        };
    }

    private static void Rewrite(JsonWriter writer, JsonElement node, List<string> parts, int depth, JsonElement value)
    {
        writer.BeginObject();
        bool found = false;
        if (node.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in node.EnumerateObject())
            {
                if (member.Name != parts[depth])
                {
                    writer.Name(member.Name);
                    writer.Element(member.Value);
                    continue;
                }

                found = true;
                WriteMember(writer, member.Value, parts, depth, value);
            }
        }

        if (!found)
        {
            WriteMember(writer, default, parts, depth, value);
        }

        writer.EndObject();
    }

    private static void WriteMember(JsonWriter writer, JsonElement node, List<string> parts, int depth, JsonElement value)
    {
        if (depth + 1 < parts.Count)
        {
            writer.Name(parts[depth]);
            Rewrite(writer, node, parts, depth + 1, value);
        }
        else if (value.ValueKind != JsonValueKind.Undefined)
        {
            writer.Name(parts[depth]);
            writer.Element(value);
        }
    }

    private static List<KeyValuePair<string, JsonElement>> Flatten(KimiConfig config)
    {
        List<KeyValuePair<string, JsonElement>> values = [.. Flatten(LenientJson.Parse(ConfigurationWriter.ToJson(config)), "")];
        if (!values.Exists(static pair => pair.Key == ToolMode))
        {
            // The writer leaves the default out, since other programs do not know the setting.
            values.Add(new KeyValuePair<string, JsonElement>(ToolMode, Text(ConfigNames.ToolModes[(int)config.Mcp.ToolMode])));
        }

        return values;
    }

    private static IEnumerable<KeyValuePair<string, JsonElement>> Flatten(JsonElement node, string prefix)
    {
        foreach (JsonProperty member in node.EnumerateObject())
        {
            string name = prefix + Quote(member.Name);
            if (member.Value.ValueKind == JsonValueKind.Object)
            {
                foreach (KeyValuePair<string, JsonElement> inner in Flatten(member.Value, name + "."))
                {
                    yield return inner;
                }
            }
            else
            {
                yield return new KeyValuePair<string, JsonElement>(name, member.Value);
            }
        }
    }

    private static void Collect(ConfigNode node, string prefix, HashSet<string> names)
    {
        foreach ((string key, ConfigNode value) in node.Members)
        {
            names.Add(prefix + Quote(key));
            Collect(value, prefix + Quote(key) + ".", names);
        }
    }

    private static Dictionary<string, (JsonElement Value, string Variable)> Overrides(LoadedConfiguration loaded, EnvironmentSource environment)
    {
        Dictionary<string, (JsonElement, string)> overrides = new(StringComparer.Ordinal);
        if (environment["KIMI_MCP_TOOL_MODE"] is not null && loaded.Config.Mcp.EffectiveToolMode(environment) is var mode && mode != loaded.Config.Mcp.ToolMode)
        {
            overrides[ToolMode] = (Text(ConfigNames.ToolModes[(int)mode]), "KIMI_MCP_TOOL_MODE");
        }

        if (!loaded.Config.Models.TryGetValue(loaded.Config.DefaultModel, out ModelConfig? model) || !loaded.Config.Providers.ContainsKey(model.Provider))
        {
            return overrides;
        }

        ResolvedModel resolved = ModelResolution.Resolve(loaded, environment);
        string models = $"models.{Quote(loaded.Config.DefaultModel)}.";
        string providers = $"providers.{Quote(model.Provider)}.";
        string family = resolved.Provider.Type == ProviderType.Kimi ? "KIMI" : "OPENAI";
        ProviderConfig provider = loaded.Config.Providers[model.Provider];
        if (resolved.Provider.BaseUrl != provider.BaseUrl)
        {
            overrides[providers + "base_url"] = (Text(resolved.Provider.BaseUrl), family + "_BASE_URL");
        }

        if (resolved.Provider.ApiKey != provider.ApiKey)
        {
            overrides[providers + "api_key"] = (s_mask, family + "_API_KEY");
        }

        if (resolved.Model.Model != model.Model)
        {
            overrides[models + "model"] = (Text(resolved.Model.Model), "KIMI_MODEL_NAME");
        }

        if (resolved.Model.MaxContextSize != model.MaxContextSize)
        {
            overrides[models + "max_context_size"] =
                (LenientJson.Parse(resolved.Model.MaxContextSize.ToString(System.Globalization.CultureInfo.InvariantCulture)), "KIMI_MODEL_MAX_CONTEXT_SIZE");
        }

        return overrides;
    }

    private static JsonElement Text(string value) => LenientJson.Parse(JsonWriter.Compose(writer => writer.Text(value)));

    /// <summary>Keys, and whatever goes into headers and variables: those carry keys as well.</summary>
    private static bool IsSecret(string name)
    {
        List<string> parts = Split(name);
        return parts[^1] == "api_key" || (parts.Count > 1 && parts[^2] is "env" or "custom_headers");
    }

    private static string Quote(string part) => part.AsSpan().ContainsAny(" .\"") || part.Length == 0 ? $"\"{part}\"" : part;

    private static List<string> Split(string name)
    {
        List<string> parts = [];
        int start = 0;
        while (start <= name.Length)
        {
            bool isQuoted = start < name.Length && name[start] == '"' && name.IndexOf('"', start + 1) >= 0;
            int end = isQuoted ? name.IndexOf('"', start + 1) + 1 : name.IndexOf('.', start);
            end = end < 0 ? name.Length : end;
            parts.Add(isQuoted ? name[(start + 1)..(end - 1)] : name[start..end]);
            start = end + 1;
        }

        return parts;
    }
}
