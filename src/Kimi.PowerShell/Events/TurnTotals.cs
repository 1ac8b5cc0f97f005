namespace Kimi.PowerShell.Events;

/// <summary>What a turn came to, before it becomes a <see cref="TurnResult"/>.</summary>
internal sealed record TurnTotals
{
    public required string Status { get; init; }

    public required string Text { get; init; }

    public required string StopReason { get; init; }

    public required string ErrorMessage { get; init; }

    public required string Model { get; init; }

    public required TokenUsage Usage { get; init; }

    public decimal? Cost { get; init; }

    public required int Steps { get; init; }

    public required TimeSpan Duration { get; init; }

    public object? Data { get; init; }
}
