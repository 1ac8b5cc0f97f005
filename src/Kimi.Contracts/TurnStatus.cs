namespace Kimi;

/// <summary>
/// How a turn ended. Text, not an enum: it must still compare after it has crossed a process.
/// </summary>
public static class TurnStatus
{
    /// <summary>The turn ran to its end.</summary>
    public const string Completed = "Completed";

    /// <summary>The turn ended because a tool call was refused.</summary>
    public const string Denied = "Denied";

    /// <summary>The turn reached a limit: steps, tokens, cost or time.</summary>
    public const string Truncated = "Truncated";

    /// <summary>The turn was stopped.</summary>
    public const string Cancelled = "Cancelled";

    /// <summary>The turn failed.</summary>
    public const string Failed = "Failed";
}
