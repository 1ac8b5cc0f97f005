namespace Kimi.Engine.Providers.Anthropic;

/// <summary>How a Claude model is told to think: by its id.</summary>
internal static class AnthropicThinking
{
    private static readonly string[] s_families = ["opus", "sonnet", "haiku"];

    /// <summary>Whether the model chooses its thinking by itself: 4.6 and later, and the Mythos models.</summary>
    public static bool IsAdaptive(string model)
    {
        string id = model.ToLowerInvariant();
        return id.Contains("mythos", StringComparison.Ordinal) || (FindVersion(id) is (_, int major, int minor) && (major > 4 || (major == 4 && minor >= 6)));
    }

    /// <summary>Whether an older model takes an effort beside its budget.</summary>
    public static bool TakesEffort(string model)
    {
        string id = model.ToLowerInvariant();
        return id.Contains("opus-4-5", StringComparison.Ordinal) || id.Contains("opus-4.5", StringComparison.Ordinal);
    }

    /// <summary>The effort that the model is told; one it does not know becomes high.</summary>
    public static ThinkingEffort Clamp(string model, ThinkingEffort effort)
    {
        bool adaptive = IsAdaptive(model);
        bool extra = adaptive && FindVersion(model.ToLowerInvariant()) is ("opus", 4, 7);
        return effort switch
        {
            ThinkingEffort.XHigh when !extra => ThinkingEffort.High,
            ThinkingEffort.Max when !adaptive => ThinkingEffort.High,
            _ => effort,
        };
    }

    /// <summary>The budget of an older model.</summary>
    public static int Budget(ThinkingEffort effort) => effort switch
    {
        ThinkingEffort.Low => 1024,
        ThinkingEffort.Medium => 4096,
        _ => 32000,
    };

    /// <summary>An effort as the API names it.</summary>
    public static string NameOf(ThinkingEffort effort) => effort switch
    {
        ThinkingEffort.Low => "low",
        ThinkingEffort.Medium => "medium",
        ThinkingEffort.XHigh => "xhigh",
        ThinkingEffort.Max => "max",
        _ => "high",
    };

    // Family, separator, digits, separator, one or two digits: a date behind the family is no version.
    private static (string Family, int Major, int Minor)? FindVersion(string id)
    {
        for (int at = 0; at < id.Length; at++)
        {
            foreach (string family in s_families)
            {
                if (string.CompareOrdinal(id, at, family, 0, family.Length) == 0
                    && ReadNumber(id, at + family.Length, out int major) is int next
                    && ReadNumber(id, next, out int minor) is int end && end - next <= 3)
                {
                    return (family, major, minor);
                }
            }
        }

        return null;
    }

    private static int? ReadNumber(string id, int separator, out int number)
    {
        number = 0;
        if (separator >= id.Length || id[separator] is not ('.' or '-'))
        {
            return null;
        }

        int end = separator + 1;
        while (end < id.Length && char.IsAsciiDigit(id[end]))
        {
            number = Math.Min((number * 10) + (id[end] - '0'), 1_000_000);
            end++;
        }

        return end == separator + 1 ? null : end;
    }
}
