using Kimi.Engine.Chat;

namespace Kimi.Engine.Mcp;

/// <summary>The schemas one agent's context already holds; each is printed once as long as it is there.</summary>
internal sealed class McpShownSchemas
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(string FullName, string Hash), string> _shown = [];

    public bool Contains(McpTool tool)
    {
        lock (_lock)
        {
            return _shown.ContainsKey((tool.FullName, tool.SchemaHash));
        }
    }

    public void Add(McpTool tool)
    {
        lock (_lock)
        {
            _shown[(tool.FullName, tool.SchemaHash)] = tool.SchemaText;
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _shown.Clear();
        }
    }

    /// <summary>The history was rewritten: keeps what a tool message still holds.</summary>
    public void Retain(IReadOnlyList<Message> history)
    {
        lock (_lock)
        {
            foreach ((string FullName, string Hash) key in _shown.Keys.ToArray())
            {
                if (!McpHistory.Holds(history, key.FullName, _shown[key]))
                {
                    _shown.Remove(key);
                }
            }
        }
    }
}
