namespace Kimi;

/// <summary>What happens to tool calls that can change something.</summary>
public enum ApprovalMode
{
    /// <summary>Ask; where nobody can be asked, refuse.</summary>
    Ask,

    /// <summary>Refuse whatever would be asked for: only tools that read may run.</summary>
    ReadOnly,

    /// <summary>Run everything that no rule refuses.</summary>
    AllowAll,
}
