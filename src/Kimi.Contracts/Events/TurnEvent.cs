namespace Kimi;

/// <summary>
/// One thing that happened in a turn. Every object a turn emits is one of these, so that a mixed stream filters, sorts
/// and prints as one table.
/// </summary>
public abstract class TurnEvent
{
    /// <summary>The session the event belongs to.</summary>
    public required string SessionId { get; init; }

    /// <summary>The number of the turn since the session was opened, from 1; 0 outside a turn.</summary>
    public required int Turn { get; init; }

    /// <summary>The number of the event in its turn, from 1. Numbers may be missing: not every event is shown.</summary>
    public required int Sequence { get; init; }

    /// <summary>When it happened.</summary>
    public required DateTime TimeUtc { get; init; }

    /// <summary>What happened: the name of the wire message, such as <c>ToolCall</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>The event in one line, for people.</summary>
    public abstract string Summary { get; }

    /// <summary>Kind and summary: what remains of an event where only its text is kept.</summary>
    public override string ToString() => Summary.Length == 0 ? Kind : $"{Kind}: {Summary}";
}
