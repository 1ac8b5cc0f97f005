namespace Kimi;

/// <summary>A tool that the model of a session can call.</summary>
public sealed class ToolInfo
{
    /// <summary>The name the model calls it by.</summary>
    public required string Name { get; init; }

    /// <summary>What the model is told about it.</summary>
    public required string Description { get; init; }

    /// <summary><c>BuiltIn</c>, or <c>Command</c> and <c>ScriptBlock</c> for registered ones.</summary>
    public required string Source { get; init; }

    /// <summary>The command that a registered tool runs; empty for others.</summary>
    public required string Command { get; init; }

    /// <summary>Whether it runs without asking.</summary>
    public required bool IsReadOnly { get; init; }

    /// <summary>Whether it runs in a runspace of its own.</summary>
    public bool IsIsolated { get; init; }

    /// <summary>The JSON Schema of its arguments.</summary>
    public required string SchemaJson { get; init; }

    /// <summary>The session it belongs to.</summary>
    public required string SessionId { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
