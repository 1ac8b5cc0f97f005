namespace Kimi.Engine.Configuration;

/// <summary>What a request says about thinking.</summary>
public enum ThinkingChoice
{
    /// <summary>Nothing.</summary>
    Untouched,

    /// <summary>That there be none.</summary>
    Off,

    /// <summary>Effort <c>high</c>.</summary>
    High,
}
