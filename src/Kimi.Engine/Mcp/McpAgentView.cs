using Kimi.Engine.Chat;

namespace Kimi.Engine.Mcp;

/// <summary>What one agent's context already holds of schemas and results.</summary>
internal sealed class McpAgentView(McpShownSchemas shown)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _results = new(StringComparer.Ordinal);

    public McpShownSchemas Shown { get; } = shown;

    /// <summary>Notes that a result went into the context.</summary>
    public void AddResult(ToolReturnValue result)
    {
        if (TextOf(result) is { Length: > 0 } text)
        {
            lock (_gate)
            {
                _results.Add(text);
            }
        }
    }

    /// <summary>Whether the context holds the result.</summary>
    public bool HasResult(ToolReturnValue result)
    {
        lock (_gate)
        {
            return TextOf(result) is { } text && _results.Contains(text);
        }
    }

    /// <summary>Forgets what the history no longer holds.</summary>
    public void Retain(IReadOnlyList<Message> history)
    {
        Shown.Retain(history);
        lock (_gate)
        {
            _results.RemoveWhere(text => !McpHistory.Holds(history, text));
        }
    }

    private static string? TextOf(ToolReturnValue result) =>
        result.OutputText ?? (result.OutputParts is [TextPart only] ? only.Text : null);
}
