namespace Kimi.Engine.Hosts;

/// <summary>Kind of an entry of a directory.</summary>
public enum EntryKind
{
    /// <summary>Nothing is there.</summary>
    None,

    /// <summary>A regular file.</summary>
    File,

    /// <summary>A directory.</summary>
    Directory,

    /// <summary>A socket, a pipe or a device: never opened.</summary>
    Other,
}

/// <summary>Facts of a file or directory.</summary>
/// <param name="Kind">What it is, links followed.</param>
/// <param name="Size">Size in bytes (files).</param>
/// <param name="ModifiedUtc">Time of the last change.</param>
public readonly record struct HostStat(EntryKind Kind, long Size, DateTime ModifiedUtc);

/// <summary>An entry of a directory.</summary>
/// <param name="Name">Its name, without the directory.</param>
/// <param name="Kind">A directory, links followed, or anything else: special files are told apart only by <see cref="IHost.StatAsync"/>.</param>
/// <param name="IsLink">Whether it is a symbolic link.</param>
public readonly record struct HostEntry(string Name, EntryKind Kind, bool IsLink);

/// <summary>
/// The machine that tools work on: its files, processes and paths. Paths given are absolute and of the machine's own form.
/// Failures are <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.
/// </summary>
public interface IHost
{
    /// <summary><c>local</c>, or the name under which sessions of this machine are kept.</summary>
    string Name { get; }

    /// <summary>Rules of this machine's paths.</summary>
    HostPaths Paths { get; }

    /// <summary>The user's home directory.</summary>
    string Home { get; }

    /// <summary>Facts of a path, links followed; <see cref="EntryKind.None"/> when nothing is there or it cannot be told.</summary>
    ValueTask<HostStat> StatAsync(string path, CancellationToken cancellationToken);

    /// <summary>Entries of a directory, in no order.</summary>
    ValueTask<IReadOnlyList<HostEntry>> ListAsync(string path, CancellationToken cancellationToken);

    /// <summary>Opens a file for reading; the stream can seek where the machine allows it.</summary>
    ValueTask<Stream> OpenReadAsync(string path, CancellationToken cancellationToken);

    /// <summary>Writes a file, replacing it or appending to it; links are followed.</summary>
    ValueTask WriteAsync(string path, ReadOnlyMemory<byte> data, bool append, CancellationToken cancellationToken);

    /// <summary>Makes a directory and those above it; none is an error.</summary>
    ValueTask CreateDirectoryAsync(string path, CancellationToken cancellationToken);

    /// <summary>Starts a program. Its standard input holds what the command says and then ends.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    ValueTask<IHostProcess> StartAsync(HostCommand command, CancellationToken cancellationToken);
}

/// <summary>A program to start.</summary>
public sealed class HostCommand
{
    /// <summary>The program.</summary>
    public required string FileName { get; init; }

    /// <summary>Its arguments, each as it is.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Its working directory.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>Variables set in addition to the inherited ones; null removes one.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    /// <summary>All that the program can read from its standard input.</summary>
    public ReadOnlyMemory<byte> StandardInput { get; init; }

    /// <summary>Whether the input stays open and is written through <see cref="IHostProcess.StandardInput"/>.</summary>
    public bool KeepsInputOpen { get; init; }

    /// <summary>Windows: the arguments as one text in the place of <see cref="Arguments"/>, for programs such as <c>cmd</c> that take it apart by rules of their own.</summary>
    public string? RawArguments { get; init; }
}

/// <summary>
/// A running program. Disposing it before its end kills it and everything it started; what a program that has ended left
/// running on purpose stays.
/// </summary>
public interface IHostProcess : IAsyncDisposable
{
    /// <summary>What it writes to standard output.</summary>
    Stream StandardOutput { get; }

    /// <summary>What it writes to standard error.</summary>
    Stream StandardError { get; }

    /// <summary>What it reads; null unless <see cref="HostCommand.KeepsInputOpen"/>. Closing it ends the input.</summary>
    Stream? StandardInput => null;

    /// <summary>Waits for its end; negative when a signal ended it.</summary>
    Task<int> WaitAsync(CancellationToken cancellationToken);

    /// <summary>Kills it and everything it started.</summary>
    ValueTask KillTreeAsync();
}
