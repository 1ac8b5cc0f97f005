using System.Text;
using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>Puts the servers of all configurations together: files, then texts; a later one of a name takes the earlier one's place.</summary>
public static class McpConfigSources
{
    private const string FileOption = "--mcp-config-file";
    private const string TextOption = "--mcp-config";

    /// <summary>Loads all sources.</summary>
    /// <param name="share">Where the default file is; it counts when no file is given, also when texts are.</param>
    /// <param name="files">Files given.</param>
    /// <param name="texts">JSON texts given.</param>
    /// <exception cref="McpConfigException">Something cannot be used; the text names all faults.</exception>
    public static IReadOnlyList<McpServerConfig> Load(ShareDirectory share, IReadOnlyList<string> files, IReadOnlyList<string> texts)
    {
        // On the way of every start: nothing is made when there is nothing to read.
        if (files.Count == 0 && texts.Count == 0 && !File.Exists(share.McpFile))
        {
            return [];
        }

        var servers = new OrderedDictionary<string, McpServerConfig>(StringComparer.Ordinal);
        var faults = new List<string>();
        var unreadable = new List<McpConfigException>();
        if (files.Count == 0 && File.Exists(share.McpFile))
        {
            Add(() => ReadFile(share.McpFile, null));
        }

        foreach (string file in files)
        {
            Add(() => ReadFile(file, FileOption));
        }

        foreach (string text in texts)
        {
            Add(() => Parse(Encoding.UTF8.GetBytes(text), TextOption));
        }

        string? wrong = faults.Count == 0 ? null : $"Invalid MCP config: {string.Join("; ", faults)}";
        if (unreadable.Count > 0)
        {
            // The first names the option; whatever else is wrong is told with it.
            McpConfigException first = unreadable[0];
            IEnumerable<string> others = unreadable.Skip(1).Select(static e => e.Message);
            string all = string.Join("; ", [first.Message, .. others, .. wrong is null ? [] : new[] { wrong }]);
            throw new McpConfigException(all, first.IsSyntax, first.Option, first);
        }

        return wrong is null ? [.. servers.Values] : throw new McpConfigException(wrong, isSyntax: false);

        void Add(Func<JsonElement> read)
        {
            try
            {
                foreach (McpServerConfig server in McpConfigDocument.Servers(read(), faults))
                {
                    servers[server.Name] = server;
                }
            }
            catch (McpConfigException e)
            {
                unreadable.Add(e);
            }
        }
    }

    /// <summary>Reads the servers of one JSON text.</summary>
    /// <exception cref="McpConfigException">It cannot be used; the text names all faults.</exception>
    public static IReadOnlyList<McpServerConfig> Read(string text)
    {
        List<string> faults = [];
        List<McpServerConfig> servers = McpConfigDocument.Servers(Parse(Encoding.UTF8.GetBytes(text), null), faults);
        return faults.Count == 0 ? servers : throw new McpConfigException($"Invalid MCP config: {string.Join("; ", faults)}", isSyntax: false);
    }

    private static JsonElement ReadFile(string path, string? option)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), option);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new McpConfigException($"Cannot read '{path}': {e.Message}", isSyntax: false, option, e);
        }
    }

    private static JsonElement Parse(ReadOnlyMemory<byte> utf8, string? option)
    {
        try
        {
            return McpConfigDocument.Parse(utf8);
        }
        catch (JsonException e)
        {
            throw new McpConfigException($"Invalid JSON: {JsonFault.Describe(e)}", isSyntax: true, option, e);
        }
    }
}
