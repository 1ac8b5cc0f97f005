using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>The global list of servers, <c>mcp.json</c>, as the commands read and change it. Unknown members stay.</summary>
public sealed class McpConfigFile
{
    private readonly JsonElement _document;
    private readonly OrderedDictionary<string, JsonElement> _servers = new(StringComparer.Ordinal);

    private McpConfigFile(string path, JsonElement document)
    {
        Path = path;
        _document = document;
    }

    /// <summary>Where the file is.</summary>
    public string Path { get; }

    /// <summary>The servers as written, in order.</summary>
    public IEnumerable<KeyValuePair<string, JsonElement>> Servers => _servers;

    /// <summary>Reads the file; one that is not there is empty.</summary>
    /// <exception cref="McpConfigException">It cannot be used.</exception>
    public static McpConfigFile Load(ShareDirectory share)
    {
        string path = share.McpFile;
        if (!File.Exists(path))
        {
            return new McpConfigFile(path, default);
        }

        JsonElement document;
        try
        {
            document = McpConfigDocument.Parse(File.ReadAllBytes(path));
        }
        catch (JsonException e)
        {
            throw new McpConfigException($"Invalid JSON in MCP config file '{path}': {JsonFault.Describe(e)}", isSyntax: true, inner: e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new McpConfigException($"Cannot read '{path}': {e.Message}", isSyntax: false, inner: e);
        }

        var file = new McpConfigFile(path, document);
        List<string> faults = [];
        if (document.ValueKind != JsonValueKind.Object)
        {
            faults.Add("the document must be an object");
        }
        else if (document.TryGetProperty("mcpServers", out JsonElement servers))
        {
            file.Take(servers, faults);
        }

        return faults.Count == 0
            ? file
            : throw new McpConfigException($"Invalid MCP config in '{path}': {string.Join("; ", faults)}", isSyntax: false);
    }

    /// <summary>Changes the file as it is at that moment; no other process changes it meanwhile.</summary>
    /// <exception cref="McpConfigException">It cannot be used.</exception>
    /// <exception cref="IOException">It cannot be written, or another process holds it.</exception>
    public static void Change(ShareDirectory share, Action<McpConfigFile> change)
    {
        using FileLock held = FileLock.Take(share.McpFile);
        McpConfigFile file = Load(share);
        change(file);
        file.Save();
    }

    /// <summary>The entry of a server.</summary>
    public bool TryGet(string name, out JsonElement entry) => _servers.TryGetValue(name, out entry);

    /// <summary>The entry of a server, understood; null when there is none of that name.</summary>
    /// <exception cref="McpConfigException">The entry cannot be used.</exception>
    public McpServerConfig? Find(string name)
    {
        if (!_servers.TryGetValue(name, out JsonElement entry))
        {
            return null;
        }

        List<string> faults = [];
        McpServerConfig? server = McpConfigDocument.Server(name, entry, faults);
        return faults.Count == 0 ? server : throw new McpConfigException($"Invalid MCP config in '{Path}': {string.Join("; ", faults)}", isSyntax: false);
    }

    /// <summary>Puts an entry; one of the same name gives way to it.</summary>
    public void Set(string name, JsonElement entry) => _servers[name] = entry;

    /// <summary>Takes an entry away.</summary>
    public bool Remove(string name) => _servers.Remove(name);

    private void Save()
    {
        JsonWriter writer = new(JsonLayout.Indented);
        writer.BeginObject();
        bool written = false;
        if (_document.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in _document.EnumerateObject())
            {
                writer.Name(member.Name);
                if (member.Name == "mcpServers")
                {
                    WriteServers(writer);
                    written = true;
                }
                else
                {
                    writer.Element(member.Value);
                }
            }
        }

        if (!written)
        {
            writer.Name("mcpServers"u8);
            WriteServers(writer);
        }

        writer.EndObject();
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        AtomicFile.Write(Path, writer.WrittenSpan, secret: HoldsSecrets());
    }

    // Headers, variables and tokens are keys or carry them.
    private bool HoldsSecrets()
    {
        foreach (JsonElement entry in _servers.Values)
        {
            if (entry.TryMember("headers", out _) || entry.TryMember("env", out _) || entry.StringOrNull("auth") is not (null or "oauth"))
            {
                return true;
            }
        }

        return false;
    }

    private void Take(JsonElement servers, List<string> faults)
    {
        if (servers.ValueKind != JsonValueKind.Object)
        {
            faults.Add("mcpServers must be an object");
            return;
        }

        foreach (JsonProperty member in servers.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.Object)
            {
                faults.Add($"server '{member.Name}' must be an object");
            }

            _servers[member.Name] = member.Value;
        }
    }

    private void WriteServers(JsonWriter writer)
    {
        writer.BeginObject();
        foreach ((string name, JsonElement entry) in _servers)
        {
            writer.Name(name);
            writer.Element(entry);
        }

        writer.EndObject();
    }
}
