namespace Kimi.Engine.Configuration;

/// <summary><c>[notifications]</c></summary>
public sealed record NotificationsConfig
{
    /// <summary>Milliseconds after which a claimed notification that was not delivered is free again.</summary>
    public int ClaimStaleAfterMs { get; init; } = 15000;
}
