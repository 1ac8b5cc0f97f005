namespace Kimi.Testing;

/// <summary>Directories of one test: a root with a home, a share directory and a work directory. Gone when the test ends.</summary>
public sealed class TestDirectories : IDisposable
{
    public TestDirectories()
    {
        Root = Directory.CreateTempSubdirectory("kimi-test-").FullName;
        if (OperatingSystem.IsMacOS() && Root.StartsWith("/var/", StringComparison.Ordinal))
        {
            Root = "/private" + Root; // what the temporary directory really is
        }

        Home = Make("home");
        Share = Make("share");
        Work = Make("work");
    }

    public string Root { get; }

    public string Home { get; }

    /// <summary>For <c>KIMI_SHARE_DIR</c>.</summary>
    public string Share { get; }

    public string Work { get; }

    /// <summary>Variables that keep a process away from the real home and from proxies.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["KIMI_SHARE_DIR"] = Share,
        ["HOME"] = Home,
        ["USERPROFILE"] = Home,
        ["NO_PROXY"] = "*",
    };

    /// <summary>Writes a file below the work directory.</summary>
    public string WriteWork(string relative, string text) => Write(Path.Combine(Work, relative), text);

    /// <summary>Writes a file below the share directory.</summary>
    public string WriteShare(string relative, string text) => Write(Path.Combine(Share, relative), text);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Root, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process that still ends holds a file; the system clears its temporary directory.
        }
    }

    private string Make(string name) => Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    private static string Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }
}
