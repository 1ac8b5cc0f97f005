using System.ComponentModel;
using System.Diagnostics;

namespace Kimi.Engine.Hosts;

/// <summary>A program started through the framework and everything it starts; on Windows held together by a job.</summary>
internal sealed class ProcessTree : IDisposable
{
    private readonly Process _process;
    private readonly WindowsJob? _job;

    /// <summary>Takes hold of a program that was just started.</summary>
    public ProcessTree(Process process)
    {
        _process = process;
        _job = OperatingSystem.IsWindows() ? WindowsJob.Of(process) : null;
    }

    /// <summary>Whether anything of it still runs; without a job, whether the program does.</summary>
    public bool IsAlive => OperatingSystem.IsWindows() && _job is not null ? _job.IsAlive : !_process.HasExited;

    /// <summary>Kills the program and what it started.</summary>
    public void Kill()
    {
        try
        {
            // Finds also what was started before the program was in its job, as long as its parents live.
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException or NotSupportedException)
        {
            // Ended meanwhile, or a part of the tree is out of our reach.
        }

        if (OperatingSystem.IsWindows())
        {
            _job?.Kill();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _job?.Dispose();
}
