namespace Kimi;

/// <summary>Whether an unattended run will work.</summary>
public sealed class ReadinessReport
{
    /// <summary>Whether nothing stands in the way.</summary>
    public required bool Success { get; init; }

    /// <summary>What stands in the way; empty if nothing does.</summary>
    public required string[] Reasons { get; init; }

    /// <summary>The model that would answer; empty if there is none.</summary>
    public required string Model { get; init; }

    /// <summary>The directory the run would work in.</summary>
    public required string WorkDirectory { get; init; }

    /// <summary>Everything that was looked at.</summary>
    public required ReadinessCheck[] Checks { get; init; }

    /// <summary>The outcome in a line.</summary>
    public override string ToString() => Success ? "Ready" : "Not ready: " + string.Join("; ", Reasons);
}

/// <summary>One thing that was looked at.</summary>
public sealed class ReadinessCheck
{
    /// <summary><c>Configuration</c>, <c>Model</c>, <c>Key</c>, <c>Provider</c>, <c>McpServer</c>, <c>Approval</c> or <c>Disk</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it is as it must be.</summary>
    public required bool Success { get; init; }

    /// <summary>What was found.</summary>
    public required string Message { get; init; }

    /// <summary>Name and message.</summary>
    public override string ToString() => $"{Name}: {Message}";
}
