using Kimi.Engine.Hosts;

namespace Kimi.Engine.Skills;

/// <summary>Finds the directories that hold skills: a handful of probes, no listing.</summary>
internal static class SkillRoots
{
    private static readonly string[] s_brands = [".kimi", ".claude", ".codex"];

    /// <summary>Where the engine keeps its own skills as files; null when they were not deployed with it.</summary>
    public static string? BuiltInDirectory()
    {
        string assembly = typeof(SkillRoots).Assembly.Location;
        string? folder = assembly.Length > 0 ? Path.GetDirectoryName(assembly) : AppContext.BaseDirectory;
        string skills = Path.Combine(folder ?? AppContext.BaseDirectory, "skills");
        return Directory.Exists(skills) ? skills : null;
    }

    /// <summary>The existing roots, highest precedence first, each once.</summary>
    public static List<SkillRoot> Find(SkillRootOptions options)
    {
        var roots = new List<SkillRoot>();
        if (options.OverrideDirectories.Count > 0)
        {
            foreach (string directory in options.OverrideDirectories)
            {
                Add(roots, Expand(directory, Environment.CurrentDirectory, options.Home), SkillScope.Extra);
            }
        }
        else
        {
            if (options.ProjectRoot is string project)
            {
                AddBrands(roots, project, SkillScope.Project, options.MergeAllBrands);
                Add(roots, Path.Combine(project, ".agents", "skills"), SkillScope.Project);
            }

            AddBrands(roots, options.Home, SkillScope.User, options.MergeAllBrands);
            if (!Add(roots, Path.Combine(options.Home, ".config", "agents", "skills"), SkillScope.User))
            {
                Add(roots, Path.Combine(options.Home, ".agents", "skills"), SkillScope.User);
            }
        }

        foreach (string directory in options.ExtraDirectories)
        {
            Add(roots, Expand(directory, options.ProjectRoot ?? options.Home, options.Home), SkillScope.Extra);
        }

        Add(roots, Path.Combine(options.ShareDirectory, "plugins"), SkillScope.Extra);
        if (options.BuiltInDirectory is { } builtIn)
        {
            Add(roots, builtIn, SkillScope.BuiltIn);
        }

        return Distinct(roots);
    }

    private static void AddBrands(List<SkillRoot> roots, string parent, SkillScope scope, bool all)
    {
        foreach (string brand in s_brands)
        {
            if (Add(roots, Path.Combine(parent, brand, "skills"), scope) && !all)
            {
                return;
            }
        }
    }

    private static bool Add(List<SkillRoot> roots, string path, SkillScope scope)
    {
        if (!Directory.Exists(path))
        {
            return false;
        }

        roots.Add(new SkillRoot(path, scope));
        return true;
    }

    private static string Expand(string path, string basis, string home)
    {
        if (path is "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.StartsWith("~\\", StringComparison.Ordinal))
        {
            path = Path.Combine(home, path.Length > 2 ? path[2..] : "");
        }

        try
        {
            return Path.TrimEndingDirectorySeparator(Path.GetFullPath(path, basis));
        }
        catch (ArgumentException)
        {
            return "";
        }
    }

    // The same directory reached by two names counts once, under the higher precedence.
    private static List<SkillRoot> Distinct(List<SkillRoot> roots)
    {
        if (roots.Count < 2)
        {
            return roots;
        }

        var seen = new HashSet<string>(OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        roots.RemoveAll(root => !seen.Add(RealPath.Of(root.Path)));
        return roots;
    }
}
