namespace Kimi;

/// <summary>One value of the configuration.</summary>
public sealed class ConfigurationEntry
{
    /// <summary>Its name, such as <c>loop_control.max_steps_per_turn</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The value that counts; a mask for a secret.</summary>
    public required object? Value { get; init; }

    /// <summary><c>Session</c>, <c>Environment</c>, <c>File</c> or <c>Default</c>.</summary>
    public required string Source { get; init; }

    /// <summary>The session, the variable or the file; empty for a default.</summary>
    public required string Detail { get; init; }

    /// <summary>Whether the value is masked.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Name and value.</summary>
    public override string ToString() => $"{Name} = {Value}";
}
