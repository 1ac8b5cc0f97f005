namespace Kimi;

/// <summary>What a session has used, as its files tell.</summary>
public sealed class SessionMeasure
{
    /// <summary>The id of the session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The number of turns.</summary>
    public required int Turns { get; init; }

    /// <summary>The number of requests of the session's own agent.</summary>
    public required int Steps { get; init; }

    /// <summary>The tokens of the session's own agent.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>The tokens of its subagents.</summary>
    public required TokenUsage SubagentUsage { get; init; }

    /// <summary>What all tokens cost at today's prices; null if a price is unknown.</summary>
    public decimal? Cost { get; init; }

    /// <summary>The time inside turns.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The time in which the model was waited for.</summary>
    public required TimeSpan ModelDuration { get; init; }

    /// <summary>Who answered, most tokens first.</summary>
    public required ModelMeasure[] Models { get; init; }

    /// <summary>What was called, most time first.</summary>
    public required ToolMeasure[] Tools { get; init; }

    /// <summary>When the session was last written to; null if nothing was.</summary>
    public DateTime? LastUtc { get; init; }

    /// <summary>Turns and tokens.</summary>
    public override string ToString() => $"{SessionId}: {Turns} turns, {Usage}";
}

/// <summary>What a model was used for in a session, by its own agent and by subagents.</summary>
public sealed class ModelMeasure
{
    /// <summary>The name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Whether the session's files name the model; if not, it is the one its tokens are counted for.</summary>
    public required bool IsRecorded { get; init; }

    /// <summary>How many answers it gave.</summary>
    public required int Requests { get; init; }

    /// <summary>Its tokens.</summary>
    public required TokenUsage Usage { get; init; }

    /// <summary>What its tokens cost at today's prices; null if a price is unknown.</summary>
    public decimal? Cost { get; init; }

    /// <summary>The seconds in which it was waited for.</summary>
    public required double Seconds { get; init; }

    /// <summary>Model and tokens.</summary>
    public override string ToString() => $"{Model} ({Usage.TotalTokens} tokens)";
}

/// <summary>What a tool was used for in a session.</summary>
public sealed class ToolMeasure
{
    /// <summary>The name of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>How often it was called.</summary>
    public required int Calls { get; init; }

    /// <summary>How many of these calls failed or did not end.</summary>
    public required int Errors { get; init; }

    /// <summary>The seconds from the calls to their results.</summary>
    public required double Seconds { get; init; }

    /// <summary>Tool and calls.</summary>
    public override string ToString() => $"{Tool} ({Calls})";
}
