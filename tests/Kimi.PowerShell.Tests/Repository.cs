namespace Kimi.PowerShell.Tests;

/// <summary>Where the sources and the built module are.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Help => Path.Join(Root, "docs", "help");

    public static string ModuleSource => Path.Join(Root, "src", "Kimi.PowerShell");

    /// <summary>The built module: the only folder that is ever imported.</summary>
    public static string Module => Path.Join(Root, "output", "Kimi", Version);

    public static string Version { get; } = typeof(Repository).Assembly.GetName().Version is { Revision: > 0 } full
        ? full.ToString(4)
        : typeof(Repository).Assembly.GetName().Version!.ToString(3);

    private static string Find()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Join(folder, "Kimi.slnx"))) { folder = Path.GetDirectoryName(folder); }
        return folder ?? throw new InvalidOperationException("The tests must run inside the repository.");
    }
}
