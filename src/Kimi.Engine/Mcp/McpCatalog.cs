namespace Kimi.Engine.Mcp;

/// <summary>What the catalogue knows of a server.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Tools">Its tools, in its own order; a server that failed keeps those it had.</param>
/// <param name="Hint">The first words of its instructions, if it gave any.</param>
public sealed record McpServerTools(string Name, McpServerState State, IReadOnlyList<McpTool> Tools, string? Hint = null);

/// <summary>All servers and their tools at one moment. Never changes: a change makes another one.</summary>
public sealed class McpCatalog
{
    /// <summary>No servers.</summary>
    public static readonly McpCatalog Empty = new([], 0);

    private readonly Dictionary<string, McpTool> _byFullName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<McpTool>> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, McpServerTools> _servers = new(StringComparer.Ordinal);
    private readonly int _descriptionMaxChars;
    private McpToolIndex? _index;

    /// <summary>Makes a catalogue; gives tools of equal full names different ones.</summary>
    public McpCatalog(IReadOnlyList<McpServerTools> servers, int descriptionMaxChars, McpCatalog? previous = null, Action<string>? log = null)
    {
        Servers = servers;
        _descriptionMaxChars = descriptionMaxChars;
        var tools = new List<McpTool>();
        foreach (McpServerTools server in servers)
        {
            _servers[server.Name] = server;
            foreach (McpTool tool in server.Tools)
            {
                string wanted = tool.FullName;
                for (int i = 2; !_byFullName.TryAdd(tool.FullName, tool); i++)
                {
                    tool.FullName = $"{wanted}~{i}";
                }

                if (tool.FullName != wanted)
                {
                    log?.Invoke($"Two MCP tools are called {wanted}; the one of server '{server.Name}' is {tool.FullName}");
                }

                if (!_byName.TryGetValue(tool.Name, out List<McpTool>? same))
                {
                    _byName.Add(tool.Name, same = new List<McpTool>(1));
                }

                same.Add(tool);
                tools.Add(tool);
            }
        }

        Tools = tools;
        if (previous is not null && SameTools(previous.Tools, tools))
        {
            // Only states have changed; the index is the same.
            _index = previous._index;
        }
    }

    /// <summary>The servers, in the order of the configuration.</summary>
    public IReadOnlyList<McpServerTools> Servers { get; }

    /// <summary>The tools of all servers.</summary>
    public IReadOnlyList<McpTool> Tools { get; }

    /// <summary>The search index, built when first asked for.</summary>
    public McpToolIndex Index => _index ??= new McpToolIndex(Tools, _descriptionMaxChars);

    /// <summary>The tool of a full name.</summary>
    public McpTool? Find(string fullName) => _byFullName.GetValueOrDefault(fullName);

    /// <summary>The tools of a bare name, one a server.</summary>
    public IReadOnlyList<McpTool> FindByName(string name) => _byName.TryGetValue(name, out List<McpTool>? tools) ? tools : [];

    /// <summary>State of the server of a tool.</summary>
    public McpServerState StateOf(McpTool tool) => _servers[tool.Server].State;

    private static bool SameTools(IReadOnlyList<McpTool> left, List<McpTool> right)
    {
        if (left.Count != right.Count)
        {
            return false;
        }

        for (int i = 0; i < right.Count; i++)
        {
            if (left[i] != right[i])
            {
                return false;
            }
        }

        return true;
    }
}
