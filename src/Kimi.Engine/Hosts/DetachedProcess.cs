using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Kimi.Engine.Hosts;

/// <summary>
/// A program on this machine that is not tied to who starts it: in a session of its own, nothing to read, its output in a file
/// or nowhere. It goes on when the starting process ends.
/// </summary>
internal abstract class DetachedProcess
{
    public abstract int Id { get; }

    /// <summary>Its process group; null where there are none.</summary>
    public abstract int? Group { get; }

    /// <summary>Whether anything of the group still runs.</summary>
    public abstract bool IsGroupAlive { get; }

    /// <summary>Starts a program.</summary>
    /// <param name="command">The program.</param>
    /// <param name="outputPath">The file its two outputs are appended to; null to drop them.</param>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static DetachedProcess Start(HostCommand command, string? outputPath)
    {
        if (!OperatingSystem.IsWindows())
        {
            string file = LocalHost.FindProgram(command.FileName) ?? throw OsError.Make(OsError.NoEntry, command.FileName);

            // One open file for both outputs: they share its position, and so does everything the program starts.
            using FileStream output = new(
                outputPath ?? "/dev/null", outputPath is null ? FileMode.Open : FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (PosixProcess.Start(file, command, LocalHost.EnvironmentOf(command), output.SafeFileHandle) is PosixProcess process)
            {
                return new Posix(process);
            }
        }

        return Framework.Begin(command, outputPath);
    }

    /// <summary>Waits for its end; negative when a signal ended it.</summary>
    public abstract Task<int> WaitAsync(CancellationToken cancellationToken);

    /// <summary>Asks it and what it started to end.</summary>
    public abstract void Terminate();

    /// <summary>Kills it and everything it started.</summary>
    public abstract ValueTask KillTreeAsync();

    /// <summary>Makes a worker look for requests at once; false when it is gone.</summary>
    public static bool Wake(int pid)
    {
        if (pid <= 1)
        {
            return false;
        }

        if (!OperatingSystem.IsWindows())
        {
            // Means nothing to a process that does not wait for it.
            return PosixNative.Signal(pid, PosixNative.SignalContinue);
        }

        try
        {
            using Process process = Process.GetProcessById(pid);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Asks a command to end whose process this is not, known by its numbers. Best effort.</summary>
    public static void Terminate(int pid, int? group)
    {
        if (pid <= 1 || group <= 1)
        {
            return; // the numbers come from a file, and these would mean all processes
        }

        if (!OperatingSystem.IsWindows())
        {
            PosixNative.Signal(group is int number ? -number : pid, PosixNative.SignalTerminate);
            return;
        }

        TaskKill(pid);
    }

    private static void TaskKill(int pid)
    {
        try
        {
            ProcessStartInfo start = new("taskkill", ["/T", "/PID", pid.ToString(CultureInfo.InvariantCulture)])
            {
                UseShellExecute = false,
                CreateNoWindow = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            Process.Start(start)?.Dispose();
        }
        catch (Exception e) when (e is Win32Exception or InvalidOperationException)
        {
            // Not there; the kill after the grace period needs no program.
        }
    }

    private sealed class Posix(PosixProcess process) : DetachedProcess
    {
        private HashSet<int> _relatives = [];

        public override int Id => process.Id;

        public override int? Group => process.Id;

        public override bool IsGroupAlive
        {
            get
            {
                bool alive = PosixNative.Signal(-process.Id, 0);
                foreach (int pid in _relatives)
                {
                    alive |= PosixNative.Signal(pid, 0);
                }

                return alive;
            }
        }

        public override Task<int> WaitAsync(CancellationToken cancellationToken) => process.WaitAsync(cancellationToken);

        public override void Terminate()
        {
            // What has left the group can be found only as long as its parents live.
            _relatives = process.Relatives();
            PosixNative.Signal(-process.Id, PosixNative.SignalTerminate);
            foreach (int pid in _relatives)
            {
                PosixNative.Signal(pid, PosixNative.SignalTerminate);
            }
        }

        public override async ValueTask KillTreeAsync()
        {
            await process.KillTreeAsync().ConfigureAwait(false);
            foreach (int pid in _relatives)
            {
                PosixNative.Signal(pid, PosixNative.SignalKill);
            }
        }
    }

    /// <summary>Windows, and systems that lack what <see cref="PosixProcess"/> needs.</summary>
    private sealed class Framework(Process process, ProcessTree tree, Task copied) : DetachedProcess
    {
        private static readonly TimeSpan s_drainLimit = TimeSpan.FromMilliseconds(500);

        public override int Id => process.Id;

        public override int? Group => null;

        public override bool IsGroupAlive => tree.IsAlive;

        public static Framework Begin(HostCommand command, string? outputPath)
        {
            ProcessStartInfo start = new(command.FileName, command.Arguments)
            {
                WorkingDirectory = command.WorkingDirectory,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
                CreateNoWindow = true,
            };
            foreach ((string name, string? value) in command.Environment)
            {
                start.Environment[name] = value;
            }

            try
            {
                Process process = Process.Start(start) ?? throw new IOException($"Cannot start '{command.FileName}'");
                ProcessTree tree = new(process);
                process.StandardInput.Close();
                if (outputPath is null)
                {
                    process.StandardOutput.Close();
                    process.StandardError.Close();
                    return new Framework(process, tree, Task.CompletedTask);
                }

                FileStream output = new(outputPath, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
                return new Framework(process, tree, CopyAsync(process, output));
            }
            catch (Exception e) when (e is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
            {
                throw new IOException(e.Message, e);
            }
        }

        public override async Task<int> WaitAsync(CancellationToken cancellationToken)
        {
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);

            // Jobs left behind may keep the pipes open for ever.
            await Task.WhenAny(copied, Task.Delay(s_drainLimit, cancellationToken)).ConfigureAwait(false);
            return process.ExitCode;
        }

        public override void Terminate()
        {
            if (OperatingSystem.IsWindows())
            {
                TaskKill(process.Id);
            }
            else
            {
                PosixNative.Signal(process.Id, PosixNative.SignalTerminate);
            }
        }

        public override ValueTask KillTreeAsync()
        {
            tree.Kill();
            return ValueTask.CompletedTask;
        }

        private static async Task CopyAsync(Process process, FileStream output)
        {
            Lock gate = new();
            await using (output.ConfigureAwait(false))
            {
                await Task.WhenAll(
                    CopyAsync(process.StandardOutput.BaseStream, output, gate),
                    CopyAsync(process.StandardError.BaseStream, output, gate)).ConfigureAwait(false);
            }
        }

        private static async Task CopyAsync(Stream source, FileStream target, Lock gate)
        {
            byte[] buffer = new byte[16384];
            try
            {
                for (int read; (read = await source.ReadAsync(buffer).ConfigureAwait(false)) > 0;)
                {
                    lock (gate)
                    {
                        target.Write(buffer, 0, read);
                    }
                }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // The program is gone, or the disk is full.
            }
        }
    }
}
