namespace Kimi.Engine.Text;

/// <summary>A stretch of a changed text with the lines around it.</summary>
/// <param name="OldText">The lines as they were, joined by line feeds.</param>
/// <param name="NewText">The lines as they are.</param>
/// <param name="OldStart">Number of the first line as it was, from 1.</param>
/// <param name="NewStart">Number of the first line as it is, from 1.</param>
/// <param name="IsSummary">Whether the texts only tell how many lines there are.</param>
public readonly record struct DiffHunk(string OldText, string NewText, int OldStart, int NewStart, bool IsSummary);

/// <summary>What changed between two texts, as hunks with three lines of context.</summary>
public static class DiffHunks
{
    private const int Context = 3;
    private const int MaxLines = 10_000;

    /// <summary>Compares two texts; no hunks when they are equal or differ only in the line feed at the end.</summary>
    public static IReadOnlyList<DiffHunk> Between(string before, string after)
    {
        if (before == after)
        {
            return [];
        }

        List<string> old = TextLines.Split(before);
        List<string> current = TextLines.Split(after);
        if (Math.Max(old.Count, current.Count) > MaxLines)
        {
            return [new DiffHunk($"({old.Count} lines)", $"({current.Count} lines{(old.Count == current.Count ? ", modified" : "")})", 1, 1, true)];
        }

        List<DiffHunk> hunks = [];
        List<LineChange> changes = LineMatcher.Compare(old, current);
        int? oldStart = null;
        int newStart = 0;
        for (int i = 0; i < changes.Count; i++)
        {
            LineChange change = changes[i];
            if (!change.IsEqual)
            {
                if (oldStart is null)
                {
                    oldStart = change.OldStart;
                    newStart = change.NewStart;
                }

                if (i == changes.Count - 1)
                {
                    hunks.Add(Hunk(old, current, oldStart.Value, change.OldEnd, newStart, change.NewEnd));
                }

                continue;
            }

            int size = change.OldEnd - change.OldStart;
            if (oldStart is int start && (size > 2 * Context || i == changes.Count - 1))
            {
                int more = Math.Min(size, Context);
                hunks.Add(Hunk(old, current, start, change.OldStart + more, newStart, change.NewStart + more));
                oldStart = null;
            }

            if (oldStart is null && i < changes.Count - 1)
            {
                int back = Math.Min(size, Context);
                oldStart = change.OldEnd - back;
                newStart = change.NewEnd - back;
            }
        }

        return hunks;
    }

    private static DiffHunk Hunk(List<string> old, List<string> current, int oldStart, int oldEnd, int newStart, int newEnd) =>
        new(Join(old, oldStart, oldEnd), Join(current, newStart, newEnd), oldStart + 1, newStart + 1, false);

    private static string Join(List<string> lines, int start, int end) => string.Join('\n', lines.GetRange(start, end - start));
}
