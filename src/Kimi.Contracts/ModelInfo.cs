namespace Kimi;

/// <summary>A model that can be named with <c>-Model</c>.</summary>
public sealed class ModelInfo
{
    /// <summary>The name in the configuration.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is used when none is named.</summary>
    public required bool IsDefault { get; init; }

    /// <summary>The provider's name in the configuration; empty for the built-in model.</summary>
    public required string Provider { get; init; }

    /// <summary>The provider's own name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>The size of the context window in tokens.</summary>
    public required int MaxContextSize { get; init; }

    /// <summary>What the model can do, such as <c>thinking</c> and <c>image_in</c>.</summary>
    public required string[] Capabilities { get; init; }

    /// <summary>The address of the provider; empty for the built-in model.</summary>
    public required string BaseUrl { get; init; }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
