using Kimi.Engine.Text;

namespace Kimi.Engine.Tools.Search;

/// <summary>The names of file types and the patterns of their files, our own selection of the common ones, named as ripgrep names them.</summary>
internal static class FileTypeTable
{
    private static readonly Lazy<Dictionary<string, string[]>> s_types = new(Load);

    /// <summary>The patterns of a type; null when there is none.</summary>
    public static IReadOnlyList<IgnoreGlob>? Globs(string type)
    {
        if (type == "all")
        {
            return [.. s_types.Value.Values.SelectMany(static globs => globs).Select(static glob => IgnoreGlob.Parse(glob)!)];
        }

        return s_types.Value.TryGetValue(type, out string[]? globs) ? [.. globs.Select(static glob => IgnoreGlob.Parse(glob)!)] : null;
    }

    private static Dictionary<string, string[]> Load()
    {
        Dictionary<string, string[]> types = new(StringComparer.Ordinal);
        foreach (string line in EmbeddedText.Read("Tools/Search/filetypes.txt").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = line.IndexOf(':', StringComparison.Ordinal);
            types[line[..colon]] = line[(colon + 1)..].Split(", ", StringSplitOptions.TrimEntries);
        }

        return types;
    }
}
