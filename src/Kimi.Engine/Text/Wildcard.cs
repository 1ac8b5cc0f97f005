namespace Kimi.Engine.Text;

/// <summary>
/// Patterns of names: <c>*</c> any run of characters, <c>?</c> one character, <c>[…]</c> one of a class (<c>[!…]</c> one
/// outside it). A class that is not closed is an ordinary bracket.
/// </summary>
internal static class Wildcard
{
    /// <summary>Whether a pattern has anything to expand.</summary>
    public static bool HasMagic(ReadOnlySpan<char> pattern) => pattern.IndexOfAny('*', '?', '[') >= 0;

    /// <summary>Whether a pattern matches a whole text.</summary>
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text, bool ignoreCase = false)
    {
        if (!ignoreCase && pattern.Length > 0 && pattern[0] == '*' && !HasMagic(pattern[1..]))
        {
            return text.EndsWith(pattern[1..], StringComparison.Ordinal);
        }

        int p = 0;
        int t = 0;
        int starPattern = -1;
        int starText = 0;
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                starPattern = ++p;
                starText = t;
                continue;
            }

            int size = char.IsHighSurrogate(text[t]) && t + 1 < text.Length && char.IsLowSurrogate(text[t + 1]) ? 2 : 1;
            if (p < pattern.Length && MatchOne(pattern, ref p, text.Slice(t, size), ignoreCase))
            {
                t += size;
                continue;
            }

            if (starPattern < 0)
            {
                return false;
            }

            p = starPattern;
            t = ++starText;
        }

        while (p < pattern.Length && pattern[p] == '*')
        {
            p++;
        }

        return p == pattern.Length;
    }

    private static bool MatchOne(ReadOnlySpan<char> pattern, ref int at, ReadOnlySpan<char> one, bool ignoreCase)
    {
        char c = pattern[at];
        if (c == '?')
        {
            at++;
            return true;
        }

        if (c == '[' && ClassEnd(pattern, at) is int end and > 0)
        {
            bool found = InClass(pattern[(at + 1)..end], one, ignoreCase);
            at = end + 1;
            return found;
        }

        if (pattern.Length - at < one.Length || !pattern.Slice(at, one.Length).Equals(one, ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal))
        {
            return false;
        }

        at += one.Length;
        return true;
    }

    private static int ClassEnd(ReadOnlySpan<char> pattern, int open)
    {
        int at = open + 1;
        if (at < pattern.Length && pattern[at] == '!')
        {
            at++;
        }

        // A bracket right behind the opening one is an ordinary character.
        int end = at + 1 <= pattern.Length ? pattern[Math.Min(at + 1, pattern.Length)..].IndexOf(']') : -1;
        return end < 0 ? -1 : at + 1 + end;
    }

    private static bool InClass(ReadOnlySpan<char> set, ReadOnlySpan<char> one, bool ignoreCase)
    {
        bool negate = set[0] == '!';
        if (negate)
        {
            set = set[1..];
        }

        int value = Value(one, ignoreCase);
        bool found = false;
        while (!set.IsEmpty)
        {
            int low = Take(ref set, ignoreCase);
            if (set.Length >= 2 && set[0] == '-')
            {
                set = set[1..];
                int high = Take(ref set, ignoreCase);
                found |= low <= value && value <= high;
            }
            else
            {
                found |= low == value;
            }
        }

        return found != negate;
    }

    private static int Take(ref ReadOnlySpan<char> set, bool ignoreCase)
    {
        int size = char.IsHighSurrogate(set[0]) && set.Length > 1 && char.IsLowSurrogate(set[1]) ? 2 : 1;
        int value = Value(set[..size], ignoreCase);
        set = set[size..];
        return value;
    }

    private static int Value(ReadOnlySpan<char> one, bool ignoreCase) =>
        one.Length == 2 ? char.ConvertToUtf32(one[0], one[1]) : ignoreCase ? char.ToLowerInvariant(one[0]) : one[0];
}
