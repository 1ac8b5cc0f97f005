using System.Globalization;
using Kimi.Engine.Configuration;

namespace Kimi.Engine.Providers.Chaos;

/// <summary>What goes wrong, and how often.</summary>
internal sealed record ChaosOptions
{
    /// <summary>Probability that a request is answered with an error.</summary>
    public double ErrorProbability { get; init; } = 0.3;

    /// <summary>The statuses to choose from.</summary>
    public IReadOnlyList<int> ErrorTypes { get; init; } = [429, 500, 502, 503];

    /// <summary><c>Retry-After</c> of a 429, in seconds.</summary>
    public int RetryAfter { get; init; } = 2;

    /// <summary>Probability that a piece of a tool call loses its last brace.</summary>
    public double CorruptToolCallProbability { get; init; } = 0.1;

    /// <summary>Seed of the dice; null for another course each time.</summary>
    public int? Seed { get; init; }

    /// <summary>What provider type <c>_chaos</c> uses.</summary>
    public static ChaosOptions OfProvider { get; } = new() { ErrorProbability = 0.8, ErrorTypes = [429, 500, 503] };

    /// <summary>The options that <c>CHAOS_…</c> variables ask for.</summary>
    public static ChaosOptions From(EnvironmentSource environment)
    {
        ChaosOptions options = new();
        return options with
        {
            ErrorProbability = Number("CHAOS_ERROR_PROBABILITY") ?? options.ErrorProbability,
            RetryAfter = (int?)Number("CHAOS_RETRY_AFTER") ?? options.RetryAfter,
            CorruptToolCallProbability = Number("CHAOS_CORRUPT_TOOL_CALL_PROBABILITY") ?? options.CorruptToolCallProbability,
            Seed = (int?)Number("CHAOS_SEED"),
            ErrorTypes = environment["CHAOS_ERROR_TYPES"] is string list
                ? [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(static type => int.Parse(type, CultureInfo.InvariantCulture))]
                : options.ErrorTypes,
        };

        double? Number(string name) => double.TryParse(environment[name], NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : null;
    }
}
