using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Skills.Plugins;

/// <summary>Writes into a plugin's JSON files.</summary>
internal static class PluginConfig
{
    private static readonly JsonWriterOptions s_layout = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the host's values into the plugin's config file, if it wants any.</summary>
    /// <exception cref="PluginException">The file is not there or not inside the plugin, or a value is missing.</exception>
    public static void Inject(Plugin plugin, IReadOnlyDictionary<string, string> hostValues)
    {
        if (Prepare(plugin, hostValues) is { } file)
        {
            Save(file.Path, file.Before, file.After, secret: true); // it holds the API key now
        }
    }

    /// <summary>Finds out whether <see cref="Inject"/> would work; writes nothing.</summary>
    /// <exception cref="PluginException">It would not.</exception>
    public static void Check(Plugin plugin, IReadOnlyDictionary<string, string> hostValues) => Prepare(plugin, hostValues);

    private static (string Path, string Before, JsonNode? After)? Prepare(Plugin plugin, IReadOnlyDictionary<string, string> hostValues)
    {
        if (plugin.ConfigFile is not { Length: > 0 } file)
        {
            return null;
        }

        string path = Path.GetFullPath(Path.Combine(plugin.Directory, file));
        string root = Path.GetFullPath(plugin.Directory);
        if (!IsBelow(path, root) || !IsBelow(RealPath.Of(path), RealPath.Of(root)))
        {
            throw new PluginException($"config_file escapes plugin directory: {file}");
        }

        if (plugin.Inject.Count == 0)
        {
            return null;
        }

        string text = Load(path) ?? throw new PluginException($"Config file not found: {path}");
        JsonNode? document = Parse(path, text);
        foreach (KeyValuePair<string, string> entry in plugin.Inject)
        {
            if (!hostValues.TryGetValue(entry.Value, out string? value))
            {
                throw new PluginException($"Host does not provide required inject key '{entry.Value}'");
            }

            Set(ref document, entry.Key.Split('.'), value);
        }

        return (path, text, document);
    }

    /// <summary>Notes in <c>plugin.json</c> which host installed it.</summary>
    public static void WriteRuntime(string directory, string host, string hostVersion)
    {
        string path = Path.Combine(directory, PluginReader.FileName);
        string text = Load(path) ?? throw new PluginException($"No plugin.json found in {directory}");
        JsonNode? document = Parse(path, text);
        Set(ref document, ["runtime", "host"], host);
        Set(ref document, ["runtime", "host_version"], hostVersion);
        Save(path, text, document);
    }

    private static bool IsBelow(string path, string root) =>
        path.StartsWith(Path.TrimEndingDirectorySeparator(root) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string? Load(string path)
    {
        try
        {
            return TextFile.Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PluginException($"Failed to read {path}: {e.Message}", e);
        }
    }

    private static JsonNode? Parse(string path, string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException e)
        {
            throw new PluginException($"Failed to read {path}: {e.Message}", e);
        }
    }

    private static void Set(ref JsonNode? document, string[] path, string value)
    {
        JsonObject current = document as JsonObject ?? [];
        document = current;
        foreach (string name in path.AsSpan(0, path.Length - 1))
        {
            if (current[name] is not JsonObject next)
            {
                current[name] = next = [];
            }

            current = next;
        }

        current[path[^1]] = JsonValue.Create(value);
    }

    // An unchanged file is left alone: this runs at every start.
    private static void Save(string path, string before, JsonNode? document, bool secret = false)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, s_layout))
        {
            document!.WriteTo(writer);
        }

        buffer.WriteByte((byte)'\n');
        ReadOnlySpan<byte> after = buffer.GetBuffer().AsSpan(0, (int)buffer.Length);
        if (!after.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(before)))
        {
            AtomicFile.Write(path, after, secret);
        }
    }
}
