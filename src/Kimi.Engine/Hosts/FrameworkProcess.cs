using System.Diagnostics;

namespace Kimi.Engine.Hosts;

/// <summary>A program started through the framework: on Windows, and where a system lacks what <see cref="PosixProcess"/> needs.</summary>
internal sealed class FrameworkProcess : IHostProcess
{
    private readonly Process _process;
    private readonly ProcessTree _tree;

    private FrameworkProcess(Process process, ProcessTree tree, bool keepsInputOpen)
    {
        _process = process;
        _tree = tree;
        StandardInput = keepsInputOpen ? process.StandardInput.BaseStream : null;
    }

    public Stream StandardOutput => _process.StandardOutput.BaseStream;

    public Stream StandardError => _process.StandardError.BaseStream;

    public Stream? StandardInput { get; }

    /// <summary>Starts a program.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static FrameworkProcess Start(HostCommand command)
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
        if (command.RawArguments is { } raw)
        {
            start.ArgumentList.Clear();
            start.Arguments = raw;
        }

        foreach ((string name, string? value) in command.Environment)
        {
            start.Environment[name] = value;
            if (value is null)
            {
                start.Environment.Remove(name);
            }
        }

        try
        {
            Process process = Process.Start(start) ?? throw new IOException($"Cannot start '{command.FileName}'");
            ProcessTree tree = new(process);
            if (!command.KeepsInputOpen && command.StandardInput.IsEmpty)
            {
                process.StandardInput.Close();
            }
            else if (!command.KeepsInputOpen)
            {
                _ = PosixProcess.FeedAsync(process.StandardInput.BaseStream, command.StandardInput);
            }

            return new FrameworkProcess(process, tree, command.KeepsInputOpen);
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return _process.ExitCode;
    }

    public ValueTask KillTreeAsync()
    {
        _tree.Kill();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillTreeAsync().ConfigureAwait(false);
        }

        _tree.Dispose();
        _process.Dispose();
    }
}
