namespace Kimi.Engine.Text;

/// <summary>A stretch of two texts that is equal or was changed.</summary>
internal readonly record struct LineChange(bool IsEqual, int OldStart, int OldEnd, int NewStart, int NewEnd);

/// <summary>
/// Compares two lists of lines by the longest matching block, then what lies before and behind it, and so on. A shortest
/// edit script (what diff packages make) would cut hunks at other places than the reference does.
/// </summary>
internal static class LineMatcher
{
    /// <summary>The changes between two lists, in order, equal stretches included.</summary>
    public static List<LineChange> Compare(List<string> before, List<string> after)
    {
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        int[] old = Number(before, numbers);
        int[] current = Number(after, numbers);
        List<(int Old, int New, int Size)> blocks = Match(old, current, numbers.Count);
        List<LineChange> changes = [];
        int i = 0;
        int j = 0;
        foreach ((int oldStart, int newStart, int size) in blocks)
        {
            if (i < oldStart || j < newStart)
            {
                changes.Add(new LineChange(false, i, oldStart, j, newStart));
            }

            i = oldStart + size;
            j = newStart + size;
            if (size > 0)
            {
                changes.Add(new LineChange(true, oldStart, i, newStart, j));
            }
        }

        return changes;
    }

    private static int[] Number(List<string> lines, Dictionary<string, int> numbers)
    {
        int[] numbered = new int[lines.Count];
        for (int i = 0; i < numbered.Length; i++)
        {
            if (!numbers.TryGetValue(lines[i], out int number))
            {
                number = numbers.Count;
                numbers.Add(lines[i], number);
            }

            numbered[i] = number;
        }

        return numbered;
    }

    private static List<(int Old, int New, int Size)> Match(int[] old, int[] current, int count)
    {
        // Where each line stands in the new text: counted, then laid out one behind the other.
        int[] start = new int[count + 1];
        foreach (int line in current)
        {
            start[line + 1]++;
        }

        for (int i = 0; i < count; i++)
        {
            start[i + 1] += start[i];
        }

        int[] next = start[..];
        int[] places = new int[current.Length];
        for (int j = 0; j < current.Length; j++)
        {
            places[next[current[j]]++] = j;
        }

        // Lengths of the matches that end at a line of the new text, for this and the preceding line of the old one.
        int[] lengths = new int[current.Length + 1];
        int[] previous = new int[current.Length + 1];
        List<(int Old, int New, int Size)> blocks = [];
        Stack<(int OldLow, int OldHigh, int NewLow, int NewHigh)> open = new();
        open.Push((0, old.Length, 0, current.Length));
        while (open.TryPop(out (int OldLow, int OldHigh, int NewLow, int NewHigh) range))
        {
            (int Old, int New, int Size) best = (range.OldLow, range.NewLow, 0);
            Array.Clear(previous, range.NewLow, range.NewHigh - range.NewLow + 1);
            Array.Clear(lengths, range.NewLow, range.NewHigh - range.NewLow + 1);
            for (int i = range.OldLow; i < range.OldHigh; i++)
            {
                int line = old[i];
                for (int p = start[line]; p < start[line + 1]; p++)
                {
                    int j = places[p];
                    if (j < range.NewLow)
                    {
                        continue;
                    }

                    if (j >= range.NewHigh)
                    {
                        break;
                    }

                    int size = previous[j] + 1;
                    lengths[j + 1] = size;
                    if (size > best.Size)
                    {
                        best = (i - size + 1, j - size + 1, size);
                    }
                }

                if (i > range.OldLow)
                {
                    Forget(previous, old[i - 1], start, places, range.NewLow, range.NewHigh);
                }

                (lengths, previous) = (previous, lengths);
            }

            if (best.Size == 0)
            {
                continue;
            }

            blocks.Add(best);
            if (range.OldLow < best.Old && range.NewLow < best.New)
            {
                open.Push((range.OldLow, best.Old, range.NewLow, best.New));
            }

            if (best.Old + best.Size < range.OldHigh && best.New + best.Size < range.NewHigh)
            {
                open.Push((best.Old + best.Size, range.OldHigh, best.New + best.Size, range.NewHigh));
            }
        }

        blocks.Sort();
        List<(int Old, int New, int Size)> merged = [];
        foreach ((int Old, int New, int Size) block in blocks)
        {
            if (merged.Count > 0 && merged[^1] is var last && last.Old + last.Size == block.Old && last.New + last.Size == block.New)
            {
                merged[^1] = (last.Old, last.New, last.Size + block.Size);
            }
            else
            {
                merged.Add(block);
            }
        }

        merged.Add((old.Length, current.Length, 0));
        return merged;
    }

    private static void Forget(int[] lengths, int line, int[] start, int[] places, int low, int high)
    {
        for (int p = start[line]; p < start[line + 1]; p++)
        {
            int j = places[p];
            if (j >= low && j < high)
            {
                lengths[j + 1] = 0;
            }
        }
    }
}
