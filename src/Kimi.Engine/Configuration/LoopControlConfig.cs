namespace Kimi.Engine.Configuration;

/// <summary><c>[loop_control]</c>: limits of the agent loop.</summary>
public sealed record LoopControlConfig
{
    /// <summary>Steps of one turn.</summary>
    public int MaxStepsPerTurn { get; init; } = 1000;

    /// <summary>Attempts of one step in total.</summary>
    public int MaxRetriesPerStep { get; init; } = 3;

    /// <summary>Extra rounds of the Ralph loop; -1 for no limit.</summary>
    public int MaxRalphIterations { get; init; }

    /// <summary>Tokens kept free; compaction starts before they are used.</summary>
    public int ReservedContextSize { get; init; } = 50000;

    /// <summary>Part of the context at which compaction starts.</summary>
    public double CompactionTriggerRatio { get; init; } = 0.85;
}
