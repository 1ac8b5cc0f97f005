namespace Kimi.Engine.Text;

/// <summary>Lengths and cuts in Unicode code points, the unit of every limit and estimate of the reference.</summary>
public static class CodePoints
{
    /// <summary>Number of code points; a lone surrogate counts as one.</summary>
    public static int Count(ReadOnlySpan<char> text)
    {
        int count = text.Length;
        int at = text.IndexOfAnyInRange('\ud800', '\udbff');
        if (at < 0)
        {
            return count;
        }

        for (int i = at; i + 1 < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && char.IsLowSurrogate(text[i + 1]))
            {
                count--;
                i++;
            }
        }

        return count;
    }

    /// <summary>Index, in UTF-16 units, behind the first <paramref name="count"/> code points (the length when there are fewer).</summary>
    public static int IndexOf(ReadOnlySpan<char> text, int count)
    {
        if (count <= 0)
        {
            return 0;
        }

        if (count >= text.Length)
        {
            return text.Length;
        }

        int i = 0;
        for (int seen = 0; seen < count && i < text.Length; seen++)
        {
            i += char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]) ? 2 : 1;
        }

        return i;
    }

    /// <summary>The first <paramref name="count"/> code points.</summary>
    public static string Take(string text, int count)
    {
        int end = IndexOf(text, count);
        return end == text.Length ? text : text[..end];
    }
}
