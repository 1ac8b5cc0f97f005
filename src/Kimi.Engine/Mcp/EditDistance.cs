namespace Kimi.Engine.Mcp;

/// <summary>How many letters differ between two names, without regard to case.</summary>
internal static class EditDistance
{
    private const int MaxLength = 128;

    /// <summary>The distance, or <c>limit + 1</c> when it is larger.</summary>
    public static int Between(ReadOnlySpan<char> left, ReadOnlySpan<char> right, int limit)
    {
        if (Math.Abs(left.Length - right.Length) > limit || left.Length > MaxLength || right.Length > MaxLength)
        {
            return limit + 1;
        }

        Span<int> row = stackalloc int[MaxLength + 1];
        for (int j = 0; j <= right.Length; j++)
        {
            row[j] = j;
        }

        for (int i = 1; i <= left.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            int lowest = i;
            char c = char.ToLowerInvariant(left[i - 1]);
            for (int j = 1; j <= right.Length; j++)
            {
                int cost = Math.Min(Math.Min(row[j] + 1, row[j - 1] + 1), diagonal + (c == char.ToLowerInvariant(right[j - 1]) ? 0 : 1));
                diagonal = row[j];
                row[j] = cost;
                lowest = Math.Min(lowest, cost);
            }

            if (lowest > limit)
            {
                return limit + 1;
            }
        }

        return Math.Min(row[right.Length], limit + 1);
    }
}
