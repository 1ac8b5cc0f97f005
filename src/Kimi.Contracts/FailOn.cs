namespace Kimi;

/// <summary>The outcomes of a turn that become a terminating error.</summary>
public enum FailOn
{
    /// <summary>A tool call was refused.</summary>
    Denied,

    /// <summary>The turn reached its step limit, or the model its output limit.</summary>
    Truncated,

    /// <summary>The turn reached a limit of tokens, cost or time.</summary>
    BudgetExceeded,

    /// <summary>The turn ended without an answer.</summary>
    NoContent,

    /// <summary>The turn failed.</summary>
    Error,
}
