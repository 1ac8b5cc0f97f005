namespace Kimi.Engine.Configuration;

/// <summary>An entry of <c>[models]</c>.</summary>
public sealed record ModelConfig
{
    /// <summary>Key of <see cref="KimiConfig.Providers"/>.</summary>
    public required string Provider { get; init; }

    /// <summary>The id that the provider knows.</summary>
    public required string Model { get; init; }

    /// <summary>Size of the context in tokens.</summary>
    public required int MaxContextSize { get; init; }

    /// <summary>Capabilities as configured; null when none were named.</summary>
    public ModelCapabilities? Capabilities { get; init; }

    /// <summary>Name to show.</summary>
    public string? DisplayName { get; init; }

    /// <summary>Price of a million input tokens. Not in kimi-cli, like the other prices.</summary>
    public double? PriceInput { get; init; }

    /// <summary>Price of a million output tokens.</summary>
    public double? PriceOutput { get; init; }

    /// <summary>Price of a million input tokens read from the cache.</summary>
    public double? PriceCacheRead { get; init; }

    /// <summary>Price of a million input tokens written to the cache.</summary>
    public double? PriceCacheWrite { get; init; }
}
