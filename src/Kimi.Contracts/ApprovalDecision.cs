namespace Kimi;

/// <summary>
/// What was decided about a tool call that needed approval. Text, not an enum: it must still compare after it has
/// crossed a process.
/// </summary>
public static class ApprovalDecision
{
    /// <summary>Allowed by a rule or by the approval mode.</summary>
    public const string Allowed = "Allowed";

    /// <summary>Allowed this once by a person.</summary>
    public const string Once = "Once";

    /// <summary>Allowed by a person until the session ends.</summary>
    public const string Session = "Session";

    /// <summary>Refused by a person, a rule or the approval mode.</summary>
    public const string Denied = "Denied";

    /// <summary>Refused because nobody could be asked.</summary>
    public const string NoOneToAsk = "NoOneToAsk";

    /// <summary>Not run: <c>-WhatIf</c> was given.</summary>
    public const string WhatIf = "WhatIf";
}
