using System.Globalization;

namespace Kimi;

/// <summary>How many tokens were used.</summary>
public sealed class TokenUsage
{
    /// <summary>Tokens read by the model, those of its cache included.</summary>
    public long InputTokens => FreshInputTokens + CacheReadTokens + CacheWriteTokens;

    /// <summary>Tokens written by the model.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Tokens read that no cache held.</summary>
    public long FreshInputTokens { get; init; }

    /// <summary>Tokens read from the cache.</summary>
    public long CacheReadTokens { get; init; }

    /// <summary>Tokens written to the cache.</summary>
    public long CacheWriteTokens { get; init; }

    /// <summary>All tokens.</summary>
    public long TotalTokens => InputTokens + OutputTokens;

    /// <summary>Tokens in and out, as a short text.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{InputTokens} in, {OutputTokens} out");
}
