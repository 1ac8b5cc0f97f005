namespace Kimi.Testing;

/// <summary>A directory of one test's own, gone with it.</summary>
public sealed class TempDirectory : IDisposable
{
    public TempDirectory()
    {
        Path = Directory.CreateTempSubdirectory("kimi-test-").FullName;
        // A path with a link in it (macOS) is not what programs report back.
        if (OperatingSystem.IsMacOS() && Path.StartsWith("/var/", StringComparison.Ordinal))
        {
            Path = "/private" + Path;
        }
    }

    public string Path { get; }

    /// <summary>An absolute path below the directory; <c>/</c> separates in every system.</summary>
    public string At(string relative) =>
        relative.Length == 0 ? Path : System.IO.Path.Combine(Path, relative.Replace('/', System.IO.Path.DirectorySeparatorChar));

    /// <summary>Writes a file, with the directories it needs, and returns its path.</summary>
    public string Write(string relative, string text)
    {
        string path = At(relative);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Makes a directory and returns its path.</summary>
    public string Make(string relative) => Directory.CreateDirectory(At(relative)).FullName;

    /// <summary>Waits until a process of the test has made a file.</summary>
    public async Task WaitForFileAsync(string relative, CancellationToken cancellationToken)
    {
        var made = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(Path);
        watcher.Created += (_, e) =>
        {
            if (e.Name == relative)
            {
                made.TrySetResult();
            }
        };
        watcher.EnableRaisingEvents = true;
        if (!File.Exists(At(relative)))
        {
            await made.Task.WaitAsync(TimeSpan.FromSeconds(20), cancellationToken);
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A process of the test may still hold a file; the system clears its temp directory.
        }
    }
}
