namespace Kimi;

/// <summary>A provider of the configuration. Its key is not part of it.</summary>
public sealed class ModelProviderInfo
{
    /// <summary>Its name in the configuration.</summary>
    public required string Name { get; init; }

    /// <summary>The API it speaks, such as <c>kimi</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Its address.</summary>
    public required string BaseUrl { get; init; }

    /// <summary><c>File</c>, <c>Environment</c>, <c>SignIn</c> or <c>None</c>.</summary>
    public required string KeySource { get; init; }

    /// <summary>The configured models that use it.</summary>
    public required string[] Models { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
