namespace Kimi.Engine.Skills;

/// <summary>Resolves the links in a path, so that two names of one directory can be told to be the same.</summary>
internal static class RealPath
{
    private const int MaxLinks = 40;

    /// <summary>The path without links; the normalised path itself where that cannot be found out.</summary>
    public static string Of(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            int links = 0;
            return Resolve(full, ref links);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return full;
        }
    }

    private static string Resolve(string path, ref int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
        {
            return path;
        }

        string resolved = Path.Combine(Resolve(parent, ref links), Path.GetFileName(path));
        string? target = new FileInfo(resolved).LinkTarget;
        if (target is null)
        {
            return resolved;
        }

        if (++links > MaxLinks)
        {
            throw new IOException("too many links");
        }

        return Resolve(Path.GetFullPath(target, Path.GetDirectoryName(resolved)!), ref links);
    }
}
