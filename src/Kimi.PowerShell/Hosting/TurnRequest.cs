namespace Kimi.PowerShell.Hosting;

/// <summary>What a cmdlet was told about one turn.</summary>
internal sealed record TurnRequest
{
    public required string Prompt { get; init; }

    public required IReadOnlyList<string> Media { get; init; }

    public required ApprovalPolicy Policy { get; init; }

    public bool DryRun { get; init; }

    public bool Confirm { get; init; }

    public bool IncludeDelta { get; init; }

    public bool ResultOnly { get; init; }

    /// <summary>Emits the objects of the answer alone.</summary>
    public bool DataOnly { get; init; }

    public long? MaxToken { get; init; }

    public decimal? MaxCost { get; init; }

    /// <summary>The form of the answer; null for free text.</summary>
    public AnswerSchema? Schema { get; init; }

    public TimeSpan? Timeout { get; init; }
}
