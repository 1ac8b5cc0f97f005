using System.Globalization;
using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace Kimi.Engine.Hosts;

/// <summary>
/// A program on this Linux or macOS machine, in a session of its own: so that everything it starts can be killed with it,
/// also what has lost its parent, and nothing of it reaches the terminal. The framework's own process class knows neither
/// sessions nor the difference between <c>exit 137</c> and a kill.
/// </summary>
internal sealed class PosixProcess : IHostProcess
{
    // Only programs that may not be signalled, such as those of another user, can go on starting others.
    private const int MaxLooks = 20;
    private const int QuietLooks = 2;

    private readonly int _pid;
    private readonly Stream _output;
    private readonly Stream _error;
    private readonly Lock _gate = new();
    private TaskCompletionSource<int>? _end;
    private int? _exitCode;

    private PosixProcess(int pid, Stream output, Stream error, Stream? input)
    {
        StandardInput = input;
        _pid = pid;
        _output = output;
        _error = error;
    }

    public Stream StandardOutput => _output;

    public Stream StandardError => _error;

    public Stream? StandardInput { get; }

    internal int Id => _pid;

    /// <summary>Starts a program; null where the system lacks what is needed.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static PosixProcess? Start(string file, HostCommand command, IReadOnlyList<string> environment)
    {
        AnonymousPipeServerStream output = new(PipeDirection.In, HandleInheritability.None);
        AnonymousPipeServerStream? error = null;
        AnonymousPipeServerStream? input = null;
        try
        {
            input = command.StandardInput.IsEmpty && !command.KeepsInputOpen ? null : new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
            error = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
            int code = PosixNative.Spawn(
                file, command.Arguments, environment, command.WorkingDirectory,
                input is null ? -1 : (int)input.ClientSafePipeHandle.DangerousGetHandle(),
                (int)output.ClientSafePipeHandle.DangerousGetHandle(), (int)error.ClientSafePipeHandle.DangerousGetHandle(), out int pid);
            output.DisposeLocalCopyOfClientHandle();
            error.DisposeLocalCopyOfClientHandle();
            if (code != 0)
            {
                throw NotStarted(code, file, command);
            }

            if (input is not null)
            {
                input.DisposeLocalCopyOfClientHandle();
                if (!command.KeepsInputOpen)
                {
                    _ = FeedAsync(input, command.StandardInput);
                    input = null;
                }
            }

            return new PosixProcess(pid, output, error, input);
        }
        catch (EntryPointNotFoundException)
        {
            output.Dispose();
            error?.Dispose();
            input?.Dispose();
            return null;
        }
        catch
        {
            output.Dispose();
            error?.Dispose();
            input?.Dispose();
            throw;
        }
    }

    /// <summary>Writes a program's input and ends it. A program that does not care to read is no error.</summary>
    internal static async Task FeedAsync(Stream input, ReadOnlyMemory<byte> data)
    {
        try
        {
            await using (input.ConfigureAwait(false))
            {
                await input.WriteAsync(data).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // It has ended, or closed its side.
        }
    }

    /// <summary>Starts a program whose two outputs go to an open file; null where the system lacks what is needed.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static PosixProcess? Start(string file, HostCommand command, IReadOnlyList<string> environment, SafeHandle output)
    {
        try
        {
            int number = (int)output.DangerousGetHandle();
            int code = PosixNative.Spawn(file, command.Arguments, environment, command.WorkingDirectory, -1, number, number, out int pid);
            GC.KeepAlive(output);
            return code == 0 ? new PosixProcess(pid, Stream.Null, Stream.Null, input: null) : throw NotStarted(code, file, command);
        }
        catch (EntryPointNotFoundException)
        {
            return null;
        }
    }

    public Task<int> WaitAsync(CancellationToken cancellationToken) => End().WaitAsync(cancellationToken);

    public ValueTask KillTreeAsync()
    {
        // Jobs with a group of their own, and what has left the session but is still a descendant: whom nobody can find any
        // more once its parent is gone. So all are stopped before any is killed. A stop lets a fork that is under way finish,
        // and its child runs on; a kill does not. What such a child started is found by its session in the second round.
        HashSet<int> found = [];
        SignalEverybody(PosixNative.SignalStop, found);
        SignalEverybody(PosixNative.SignalKill, found);
        return ValueTask.CompletedTask;
    }

    /// <summary>Signals the group and the relatives already found, then whom it finds, until it finds nobody new.</summary>
    private void SignalEverybody(int signal, HashSet<int> found)
    {
        PosixNative.Signal(-_pid, signal);
        SignalAll(found, signal);

        // A look goes through the list in the order of numbers: one that starts behind its back under a low number, by a parent
        // that ends before its own turn, is seen by the next look only. So one look that finds nobody new is not enough.
        int idle = 0;
        for (int look = 0; look < MaxLooks && idle < QuietLooks; look++)
        {
            HashSet<int> more = Relatives();
            more.ExceptWith(found);
            idle = more.Count == 0 ? idle + 1 : 0;
            SignalAll(more, signal);
            found.UnionWith(more);
        }
    }

    public async ValueTask DisposeAsync()
    {
        bool runs;
        lock (_gate)
        {
            runs = TryReap() is null;
        }

        if (runs)
        {
            await KillTreeAsync().ConfigureAwait(false);

            // Somebody must take its status, or it stays as a zombie.
            _ = End();
        }

        if (StandardInput is not null)
        {
            await StandardInput.DisposeAsync().ConfigureAwait(false);
        }

        await _output.DisposeAsync().ConfigureAwait(false);
        await _error.DisposeAsync().ConfigureAwait(false);
    }

    private static IOException NotStarted(int code, string file, HostCommand command) =>
        OsError.Make(code, code == OsError.NoEntry && !Directory.Exists(command.WorkingDirectory) ? command.WorkingDirectory : file);

    private Task<int> End()
    {
        lock (_gate)
        {
            if (TryReap() is int code)
            {
                return Task.FromResult(code);
            }

            if (_end is null)
            {
                _end = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
                new Thread(WaitForEnd, 128 * 1024) { IsBackground = true, Name = "Kimi child" }.Start();
            }

            return _end.Task;
        }
    }

    private void WaitForEnd()
    {
        PosixNative.WaitForEnd(_pid);
        int code;
        lock (_gate)
        {
            code = TryReap() ?? 0;
            _exitCode = code;
        }

        _end!.TrySetResult(code);
    }

    private int? TryReap() => _exitCode ??= PosixNative.TryReap(_pid);

    /// <summary>What it started and what still belongs to its session, itself excepted.</summary>
    internal HashSet<int> Relatives()
    {
        HashSet<int> found = [];
        List<(int Pid, int Parent)> others = [];
        foreach ((int pid, int parent, int session) in OperatingSystem.IsLinux() ? LinuxProcesses() : OtherProcesses())
        {
            if (pid == _pid)
            {
                continue;
            }

            if (session == _pid)
            {
                found.Add(pid);
            }
            else
            {
                others.Add((pid, parent));
            }
        }

        bool more = true;
        while (more)
        {
            more = false;
            foreach ((int pid, int parent) in others)
            {
                more |= (parent == _pid || found.Contains(parent)) && found.Add(pid);
            }
        }

        return found;
    }

    private static void SignalAll(HashSet<int> pids, int signal)
    {
        foreach (int pid in pids)
        {
            PosixNative.Signal(pid, signal);
        }
    }

    private static IEnumerable<(int Pid, int Parent, int Session)> LinuxProcesses()
    {
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(directory.AsSpan(6), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)
                && ReadStat(directory) is (int parent, int session))
            {
                yield return (pid, parent, session);
            }
        }
    }

    private static IEnumerable<(int Pid, int Parent, int Session)> OtherProcesses()
    {
        foreach (System.Diagnostics.Process process in System.Diagnostics.Process.GetProcesses())
        {
            using (process)
            {
                yield return (process.Id, PosixNative.ParentOf(process.Id), PosixNative.SessionOf(process.Id));
            }
        }
    }

    private static (int Parent, int Session)? ReadStat(string directory)
    {
        try
        {
            // "12 (name with ) and blanks) S parent group session …"
            string text = File.ReadAllText($"{directory}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ', 5);
            return (int.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException or IndexOutOfRangeException)
        {
            return null;
        }
    }
}
