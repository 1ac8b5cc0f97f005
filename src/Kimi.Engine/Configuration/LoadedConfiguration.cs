namespace Kimi.Engine.Configuration;

/// <summary>Which of the three sources a configuration came from.</summary>
public enum ConfigurationOrigin
{
    /// <summary>The default file, which nobody named.</summary>
    Default,

    /// <summary>A file that was named.</summary>
    File,

    /// <summary>A text.</summary>
    Text,
}

/// <summary>A configuration and where it came from.</summary>
public sealed record LoadedConfiguration
{
    /// <summary>The configuration.</summary>
    public required KimiConfig Config { get; init; }

    /// <summary>Which source it came from.</summary>
    public required ConfigurationOrigin Origin { get; init; }

    /// <summary>The file; null for a text.</summary>
    public string? Path { get; init; }

    /// <summary>Whether the file is the default one, also when it was named: sign-in and changes of the model need that.</summary>
    public bool IsDefaultFile { get; init; }
}
