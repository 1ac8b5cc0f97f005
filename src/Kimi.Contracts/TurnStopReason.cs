namespace Kimi;

/// <summary>Why a turn ended. Text, not an enum: it must still compare after it has crossed a process.</summary>
public static class TurnStopReason
{
    /// <summary>The model had nothing more to do.</summary>
    public const string NoToolCalls = "no_tool_calls";

    /// <summary>A person refused a tool call.</summary>
    public const string ToolRejected = "tool_rejected";

    /// <summary>The model repeated one tool call too often.</summary>
    public const string ToolCallRepeat = "tool_call_repeat";

    /// <summary>The limit of steps was reached.</summary>
    public const string MaxSteps = "max_steps";

    /// <summary>The limit of tokens or cost was reached.</summary>
    public const string Budget = "budget";

    /// <summary>The limit of time was reached.</summary>
    public const string Timeout = "timeout";

    /// <summary>The turn was stopped.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The turn failed.</summary>
    public const string Error = "error";
}
