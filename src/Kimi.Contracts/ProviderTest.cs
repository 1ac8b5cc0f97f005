namespace Kimi;

/// <summary>What came out of a small request to a provider.</summary>
public sealed class ProviderTest
{
    /// <summary>The name of the provider.</summary>
    public required string Name { get; init; }

    /// <summary>The configured name of the model that was asked; empty if the provider has none.</summary>
    public required string Model { get; init; }

    /// <summary>Whether it answered.</summary>
    public required bool Success { get; init; }

    /// <summary>What it answered, or what is wrong and what to do.</summary>
    public required string Message { get; init; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>Name and message.</summary>
    public override string ToString() => $"{Name}: {Message}";
}
