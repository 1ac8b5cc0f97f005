namespace Kimi.Engine.Chat;

/// <summary>Tokens of one model answer, as the provider reported them.</summary>
/// <param name="InputOther">Input tokens that came from no cache.</param>
/// <param name="Output">Output tokens.</param>
/// <param name="InputCacheRead">Input tokens read from a cache.</param>
/// <param name="InputCacheCreation">Input tokens written to a cache.</param>
public sealed record TokenUsage(long InputOther, long Output, long InputCacheRead = 0, long InputCacheCreation = 0)
{
    /// <summary>All input tokens.</summary>
    public long Input => InputOther + InputCacheRead + InputCacheCreation;

    /// <summary>Input and output tokens.</summary>
    public long Total => Input + Output;
}
