using System.Text;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Skills.Plugins;

/// <summary>Reads <c>plugin.json</c>.</summary>
internal static class PluginReader
{
    public const string FileName = "plugin.json";

    private static readonly JsonElement s_noParameters = Parse("{}");

    /// <exception cref="PluginException">There is none, or it is no plugin.</exception>
    public static Plugin Read(string directory)
    {
        string path = Path.Combine(directory, FileName);
        string text;
        try
        {
            text = TextFile.Read(path, strict: true) ?? throw new PluginException($"No plugin.json found in {directory}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            throw new PluginException($"Failed to read {path}: {e.Message}", e);
        }

        try
        {
            return Interpret(directory, path, Parse(text));
        }
        catch (JsonException e)
        {
            throw new PluginException($"Failed to read {path}: {e.Message}", e);
        }
        catch (FormatException e)
        {
            throw new PluginException($"Invalid plugin.json schema in {path}: {e.Message}", e);
        }
    }

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }

    private static Plugin Interpret(string directory, string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new FormatException("the document must be an object");
        }

        foreach (string required in (string[])["name", "version"])
        {
            if (!root.TryGetProperty(required, out _))
            {
                throw new PluginException($"Missing required field '{required}' in {path}");
            }
        }

        var plugin = new Plugin
        {
            Directory = directory,
            Name = Text(root, "name") ?? throw new FormatException("'name' must be a string"),
            Version = Text(root, "version") ?? throw new FormatException("'version' must be a string"),
            Description = Text(root, "description") ?? "",
            ConfigFile = Text(root, "config_file"),
            Inject = Inject(root),
            Tools = Tools(root),
        };
        return plugin.Inject.Count > 0 && string.IsNullOrEmpty(plugin.ConfigFile)
            ? throw new PluginException($"'inject' requires 'config_file' in {path}")
            : plugin;
    }

    private static string? Text(JsonElement value, string name) => value.TryMember(name, out JsonElement member)
        ? member.ValueKind == JsonValueKind.String ? member.ReadString() : throw new FormatException($"'{name}' must be a string")
        : null;

    private static List<KeyValuePair<string, string>> Inject(JsonElement root)
    {
        var result = new List<KeyValuePair<string, string>>();
        if (root.TryMember("inject", out JsonElement inject))
        {
            if (inject.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException("'inject' must be an object");
            }

            foreach (JsonProperty entry in inject.EnumerateObject())
            {
                result.Add(new(entry.Name, entry.Value.ValueKind == JsonValueKind.String
                    ? entry.Value.ReadString()!
                    : throw new FormatException($"'inject.{entry.Name}' must be a string")));
            }
        }

        return result;
    }

    private static List<PluginTool> Tools(JsonElement root)
    {
        var result = new List<PluginTool>();
        if (!root.TryMember("tools", out JsonElement tools))
        {
            return result;
        }

        if (tools.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException("'tools' must be an array");
        }

        foreach (JsonElement tool in tools.EnumerateArray())
        {
            if (tool.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException("'tools' must hold objects");
            }

            JsonElement parameters = tool.TryMember("parameters", out JsonElement given) ? given : s_noParameters;
            if (parameters.ValueKind != JsonValueKind.Object)
            {
                throw new FormatException("'tools.parameters' must be an object");
            }

            result.Add(new PluginTool(
                Text(tool, "name") ?? throw new FormatException("'tools.name' is required"),
                Text(tool, "description") ?? throw new FormatException("'tools.description' is required"),
                Command(tool),
                parameters));
        }

        return result;
    }

    private static List<string> Command(JsonElement tool)
    {
        var command = new List<string>();
        if (!tool.TryMember("command", out JsonElement value) || value.ValueKind != JsonValueKind.Array)
        {
            throw new FormatException("'tools.command' must be an array");
        }

        foreach (JsonElement part in value.EnumerateArray())
        {
            command.Add(part.ValueKind == JsonValueKind.String ? part.ReadString()! : throw new FormatException("'tools.command' must hold strings"));
        }

        return command.Count > 0 ? command : throw new FormatException("'tools.command' must not be empty");
    }
}
