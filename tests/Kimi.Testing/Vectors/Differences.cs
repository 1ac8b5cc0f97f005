using System.Text.RegularExpressions;

namespace Kimi.Testing.Vectors;

/// <summary>The vectors that we deliberately do not follow, as <c>docs/differences.md</c> lists them.</summary>
public static partial class Differences
{
    private static readonly HashSet<string> s_listed = Read();

    /// <summary>Whether a vector, by its full name, is listed; a name in the list may end with <c>*</c>.</summary>
    public static bool IsListed(string vector) => s_listed.Contains(vector) || s_listed.Any(listed => listed.EndsWith('*') && vector.StartsWith(listed[..^1], StringComparison.Ordinal));

    private static HashSet<string> Read()
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (Match match in VectorName().Matches(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", "differences.md"))))
        {
            string name = match.Groups[1].Value;
            int open = name.IndexOf('{', StringComparison.Ordinal);
            int close = name.IndexOf('}', StringComparison.Ordinal);
            foreach (string choice in open < 0 ? [""] : name[(open + 1)..close].Split(','))
            {
                names.Add(open < 0 ? name : name[..open] + choice + name[(close + 1)..]);
            }
        }

        return names;
    }

    [GeneratedRegex("`((?:requests|responses|errors)/[^`]+)`")]
    private static partial Regex VectorName();
}
