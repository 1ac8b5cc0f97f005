namespace Kimi.Engine.Configuration;

/// <summary>What a rule decides.</summary>
public enum ApprovalEffect
{
    /// <summary>Run without asking.</summary>
    Allow,

    /// <summary>Ask, whatever else would allow it.</summary>
    Ask,

    /// <summary>Refuse.</summary>
    Deny,
}

/// <summary><c>[approval]</c>: standing answers. Not in kimi-cli.</summary>
public sealed record ApprovalConfig
{
    /// <summary><c>[[approval.rules]]</c>, in order.</summary>
    public IReadOnlyList<ApprovalRule> Rules { get; init; } = [];
}

/// <summary>A standing answer.</summary>
/// <param name="Effect">What it decides.</param>
/// <param name="Pattern">The calls it is about.</param>
public sealed record ApprovalRule(ApprovalEffect Effect, string Pattern);
