using System.Management.Automation;

namespace Kimi.PowerShell.Hosting;

/// <summary>Runs what has been prepared in a runspace of its own, so that it can be stopped.</summary>
internal static class StoppableShell
{
    /// <summary>Runs the commands of a shell; gives their output.</summary>
    /// <param name="shell">The shell.</param>
    /// <param name="output">Where the output goes; a collection of its own if not given.</param>
    /// <param name="stop">Stops the commands.</param>
    /// <exception cref="OperationCanceledException">It was stopped, whatever the commands made of that.</exception>
    /// <exception cref="RuntimeException">A terminating error.</exception>
    public static async Task<PSDataCollection<PSObject>> RunAsync(
        this System.Management.Automation.PowerShell shell, PSDataCollection<PSObject>? output, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();

        // Only what has begun can be stopped: a stop before the beginning would be lost.
        output ??= [];
        IAsyncResult running = shell.BeginInvoke<PSObject, PSObject>(null, output);
        using CancellationTokenRegistration registration = stop.Register(static s => ((System.Management.Automation.PowerShell)s!).BeginStop(null, null), shell);
        try
        {
            await Task.Factory.FromAsync(running, shell.EndInvoke).ConfigureAwait(false);
        }
        catch (RuntimeException) when (stop.IsCancellationRequested)
        {
            // Told below.
        }

        stop.ThrowIfCancellationRequested();
        return output;
    }
}
