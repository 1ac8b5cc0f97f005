namespace Kimi.Engine.Tools.Files;

/// <summary>Files that hold secrets by their name. Case counts, except on Windows.</summary>
internal static class SensitiveFiles
{
    private static readonly string[] s_paths = [".aws/credentials", ".gcp/credentials"];

    private static StringComparison Comparison => OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;

    /// <summary>Whether a path names such a file.</summary>
    public static bool Contains(string path)
    {
        string normal = OperatingSystem.IsWindows() ? path.Replace('\\', '/') : path;
        ReadOnlySpan<char> name = normal.AsSpan(normal.LastIndexOf('/') + 1);
        if (Is(name, ".env.example") || Is(name, ".env.sample") || Is(name, ".env.template"))
        {
            return false;
        }

        if (Is(name, ".env") || name.StartsWith(".env.", Comparison) || Is(name, "id_rsa") || Is(name, "id_ed25519") || Is(name, "id_ecdsa") || Is(name, "credentials"))
        {
            return true;
        }

        foreach (string pattern in s_paths)
        {
            if (normal.EndsWith(pattern, Comparison) || normal.Contains("/" + pattern, Comparison))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What is said about such files that a search left out.</summary>
    public static string Warning(IReadOnlyCollection<string> paths)
    {
        const int Shown = 5;
        List<string> names = [.. paths.Select(static path => path[(path.LastIndexOfAny(['/', '\\']) + 1)..]).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        string listed = string.Join(", ", names.Take(Shown));
        if (names.Count > Shown)
        {
            listed += $", ... ({paths.Count} files total)";
        }

        return $"Skipped {paths.Count} sensitive file(s) ({listed}) to protect secrets. These files may contain credentials or private keys.";
    }

    private static bool Is(ReadOnlySpan<char> name, string other) => name.Equals(other, Comparison);
}
