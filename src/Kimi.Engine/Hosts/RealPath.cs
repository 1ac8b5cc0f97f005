namespace Kimi.Engine.Hosts;

/// <summary>Follows the symbolic links of paths of this machine.</summary>
public static class RealPath
{
    private const int MaxLinks = 40;

    /// <summary>The path with its links followed, as far as it exists; the path itself when links go round in circles.</summary>
    public static string Of(string path)
    {
        HostPaths paths = HostPaths.Local;
        string canonical = paths.Canonical(path, Directory.GetCurrentDirectory());
        string real = "";
        Stack<string> open = new();
        Push(canonical);
        int links = 0;
        while (open.TryPop(out string? part))
        {
            string next = part.Length > 0 && paths.IsAbsolute(part) ? part : paths.Join(real, part);
            string? target = Target(next);
            if (target is null)
            {
                real = next;
            }
            else if (++links > MaxLinks)
            {
                return canonical;
            }
            else
            {
                Push(paths.Canonical(target, paths.Parent(next)));
                real = "";
            }
        }

        return real;

        void Push(string absolute)
        {
            string at = absolute;
            while (paths.Parent(at) is string above && above != at)
            {
                open.Push(paths.Name(at));
                at = above;
            }

            open.Push(at);
        }
    }

    private static string? Target(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
