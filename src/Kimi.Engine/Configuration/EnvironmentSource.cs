namespace Kimi.Engine.Configuration;

/// <summary>Environment variables: of the process, or any others. An empty variable counts as unset.</summary>
public sealed class EnvironmentSource
{
    private readonly Func<string, string?> _lookup;

    private EnvironmentSource(Func<string, string?> lookup) => _lookup = lookup;

    /// <summary>The variables of this process, as they are at each look.</summary>
    public static EnvironmentSource Process { get; } = new(Environment.GetEnvironmentVariable);

    /// <summary>The value of a variable; null when it is unset or empty.</summary>
    public string? this[string name] => _lookup(name) is { Length: > 0 } value ? value : null;

    /// <summary>Fixed variables, and none else.</summary>
    public static EnvironmentSource From(IReadOnlyDictionary<string, string> variables) =>
        new(name => variables.TryGetValue(name, out string? value) ? value : null);

    /// <summary>These variables with others laid over them; an empty one hides what is below.</summary>
    public EnvironmentSource Overlay(IReadOnlyDictionary<string, string> variables) =>
        new(name => variables.TryGetValue(name, out string? value) ? value : _lookup(name));
}
