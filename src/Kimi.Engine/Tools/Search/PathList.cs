namespace Kimi.Engine.Tools.Search;

/// <summary>The first paths of any number, in the order of their components.</summary>
internal sealed class PathList(int limit, bool mayRepeat)
{
    private readonly List<string> _paths = [];
    private readonly HashSet<string>? _seen = mayRepeat ? new(StringComparer.Ordinal) : null;

    /// <summary>Number of all paths.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a path.</summary>
    public void Add(string path)
    {
        if (_seen?.Add(path) == false)
        {
            return;
        }

        Count++;
        _paths.Add(path);
        if (_paths.Count > 20 * limit)
        {
            Trim();
        }
    }

    /// <summary>The first paths, in order.</summary>
    public IReadOnlyList<string> First()
    {
        Trim();
        return _paths;
    }

    private void Trim()
    {
        _paths.Sort(Compare);
        if (_paths.Count > limit)
        {
            _paths.RemoveRange(limit, _paths.Count - limit);
        }
    }

    private static int Compare(string left, string right)
    {
        int length = Math.Min(left.Length, right.Length);
        for (int i = 0; i < length; i++)
        {
            char a = left[i];
            char b = right[i];
            if (a != b)
            {
                return Rank(a) - Rank(b);
            }
        }

        return left.Length - right.Length;
    }

    // A separator comes before everything; surrogates, which stand for the highest characters, after it.
    private static int Rank(char c) => c == '/' || (c == '\\' && OperatingSystem.IsWindows()) ? -1 : char.IsSurrogate(c) ? c + 0x10000 : c;
}
