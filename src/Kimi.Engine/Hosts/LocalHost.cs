using System.Collections;
using System.IO.Enumeration;

namespace Kimi.Engine.Hosts;

/// <summary>This machine. Sockets, pipes and devices are never opened, so nothing hangs on them.</summary>
public sealed class LocalHost : IHost
{
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = false, RecurseSubdirectories = false };
    private static readonly EnumerationOptions s_noLinks = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false, RecurseSubdirectories = false };

    /// <summary>This machine with the user's home: for files of our own, wherever the tools work.</summary>
    internal static LocalHost Here { get; } = new();

    /// <summary>Makes the host of this machine.</summary>
    /// <param name="home">The home directory; the user's when null.</param>
    public LocalHost(string? home = null)
    {
        Home = home ?? FindHome();
    }

    /// <inheritdoc/>
    public string Name => "local";

    /// <inheritdoc/>
    public HostPaths Paths => HostPaths.Local;

    /// <inheritdoc/>
    public string Home { get; }

    /// <inheritdoc/>
    public ValueTask<HostStat> StatAsync(string path, CancellationToken cancellationToken) => new(Stat(path));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<HostEntry>> ListAsync(string path, CancellationToken cancellationToken) => new(List(path));

    /// <inheritdoc/>
    public ValueTask<Stream> OpenReadAsync(string path, CancellationToken cancellationToken)
    {
        RefuseSpecial(path);
        return new(Open(path, new FileStreamOptions
        {
            Mode = FileMode.Open,
            Access = FileAccess.Read,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.SequentialScan,
        }));
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(string path, ReadOnlyMemory<byte> data, bool append, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        RefuseSpecial(path);
        FileStream stream = Open(path, new FileStreamOptions
        {
            Mode = append ? FileMode.Append : FileMode.Create,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 0,
        });
        await using (stream.ConfigureAwait(false))
        {
            // Once begun, a write is finished: half a file would be worse than a late cancellation.
            try
            {
                stream.Write(data.Span);
            }
            catch (IOException e)
            {
                throw OsError.Translate(e, path);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask CreateDirectoryAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OsError.Translate(e, path);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IHostProcess> StartAsync(HostCommand command, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!OperatingSystem.IsWindows())
        {
            string file = FindProgram(command.FileName) ?? throw OsError.Make(OsError.NoEntry, command.FileName);
            if (PosixProcess.Start(file, command, EnvironmentOf(command)) is PosixProcess process)
            {
                return new(process);
            }
        }

        return new(FrameworkProcess.Start(command));
    }

    /// <summary>Finds a program: a path as it is, a name on <c>PATH</c>; null when there is none.</summary>
    public static string? FindProgram(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal) || (OperatingSystem.IsWindows() && name.Contains('\\', StringComparison.Ordinal)))
        {
            return File.Exists(name) ? name : null;
        }

        string[] names = OperatingSystem.IsWindows() && !Path.HasExtension(name) ? [$"{name}.exe", $"{name}.cmd", $"{name}.bat"] : [name];
        foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
        {
            foreach (string candidate in names)
            {
                string path = Path.Combine(directory, candidate);
                if (File.Exists(path) && (OperatingSystem.IsWindows()
                    || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0))
                {
                    return path;
                }
            }
        }

        return null;
    }

    /// <summary>Checks that a path, if anything is there, is a file that can be read or written whole: at a pipe one waits for others.</summary>
    /// <exception cref="IOException">It is a directory, a pipe, a socket or a device.</exception>
    public static void RefuseSpecial(string path)
    {
        switch (Stat(path).Kind)
        {
            case EntryKind.Other:
                throw new IOException($"Not a regular file: '{path}'");
            case EntryKind.Directory:
                throw OsError.Make(OsError.IsDirectory, path);
        }
    }

    /// <summary>Facts of a path, links followed; nothing is opened and nothing thrown.</summary>
    internal static HostStat Stat(string path)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            return default;
        }

        if (!OperatingSystem.IsWindows() && PosixNative.TryStat(path, out HostStat stat))
        {
            return stat;
        }

        try
        {
            FileInfo file = new(path);
            if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            {
                file = target;
            }

            if (file.Exists)
            {
                return new HostStat((file.Attributes & FileAttributes.Device) != 0 ? EntryKind.Other : EntryKind.File, file.Length, file.LastWriteTimeUtc);
            }

            DirectoryInfo directory = new(path);
            return directory.Exists ? new HostStat(EntryKind.Directory, 0, directory.LastWriteTimeUtc) : default;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return default;
        }
    }

    // To ask an entry for its attributes costs a system call each; to have links left out costs none. So links, which are
    // rare, are looked for only where something was left out.
    private static List<HostEntry> List(string path)
    {
        List<HostEntry> entries = [.. new FileSystemEnumerable<HostEntry>(
            path,
            static (ref FileSystemEntry entry) => new HostEntry(entry.FileName.ToString(), entry.IsDirectory ? EntryKind.Directory : EntryKind.File, false),
            s_noLinks)];
        int all = 0;
        foreach (bool _ in new FileSystemEnumerable<bool>(path, static (ref FileSystemEntry _) => true, s_all))
        {
            all++;
        }

        if (all == entries.Count)
        {
            return entries;
        }

        HashSet<string> known = [.. entries.Select(static entry => entry.Name)];
        foreach (string name in new FileSystemEnumerable<string>(path, static (ref FileSystemEntry entry) => entry.FileName.ToString(), s_all))
        {
            if (known.Add(name))
            {
                entries.Add(new HostEntry(name, Stat(Path.Join(path, name)).Kind == EntryKind.Directory ? EntryKind.Directory : EntryKind.File, true));
            }
        }

        return entries;
    }

    private static FileStream Open(string path, FileStreamOptions options)
    {
        try
        {
            return new FileStream(path, options);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw OsError.Translate(e, path);
        }
    }

    internal static List<string> EnvironmentOf(HostCommand command)
    {
        List<string> environment = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            if (!command.Environment.ContainsKey((string)variable.Key))
            {
                environment.Add($"{variable.Key}={variable.Value}");
            }
        }

        foreach ((string name, string? value) in command.Environment)
        {
            if (value is not null)
            {
                environment.Add($"{name}={value}");
            }
        }

        return environment;
    }

    private static string FindHome()
    {
        string? home = OperatingSystem.IsWindows() ? null : Environment.GetEnvironmentVariable("HOME");
        return string.IsNullOrEmpty(home) ? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify) : home;
    }
}
