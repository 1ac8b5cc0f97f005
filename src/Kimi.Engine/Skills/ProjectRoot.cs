namespace Kimi.Engine.Skills;

/// <summary>The project a work dir belongs to.</summary>
internal static class ProjectRoot
{
    /// <summary>The nearest ancestor (or the directory itself) that holds <c>.git</c>, a file or a directory; else the directory.</summary>
    public static string Find(string workDir)
    {
        for (string? directory = workDir; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (Path.Exists(Path.Combine(directory, ".git")))
            {
                return directory;
            }
        }

        return workDir;
    }
}
