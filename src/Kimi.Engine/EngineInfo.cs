namespace Kimi.Engine;

/// <summary>What the engine says of itself.</summary>
public static class EngineInfo
{
    /// <summary>The version in three parts, that of the kimi-cli it is compatible with.</summary>
    public static string Version { get; } = typeof(EngineInfo).Assembly.GetName().Version!.ToString(3);
}
