using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tools.Shells;

/// <summary>Runs a program with a time limit and takes its output into a result.</summary>
internal static class CommandRun
{
    // Long enough to take what a killed program had written; somebody who left its session may hold the pipe for ever.
    private static readonly TimeSpan s_drain = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Runs a program until both its outputs are closed; returns its exit code (negative for a signal), or null when the time
    /// was over and everything it started was killed. Cancellation kills it too.
    /// </summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static Task<int?> RunAsync(IHost host, HostCommand command, ToolResultBuilder builder, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken) =>
        RunAsync(host, command, builder, builder, limit, time, cancellationToken);

    /// <summary>The same, with both outputs apart.</summary>
    public static async Task<int?> RunAsync(
        IHost host, HostCommand command, ToolResultBuilder outputs, ToolResultBuilder errors, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        Lock gate = new();
        OutputFeed output = new(outputs, gate);
        OutputFeed error = new(errors, gate);
        IHostProcess process = await host.StartAsync(command, cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            using CancellationTokenSource stop = new();
            Task pumps = Task.WhenAll(output.PumpAsync(process.StandardOutput, stop.Token), error.PumpAsync(process.StandardError, stop.Token));
            try
            {
                return await EndAsync(process, pumps).WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is TimeoutException or OperationCanceledException)
            {
                await process.KillTreeAsync().ConfigureAwait(false);
                await StopAsync(pumps, stop).ConfigureAwait(false);
                if (e is OperationCanceledException)
                {
                    throw;
                }

                output.End();
                error.End();
                return null;
            }
        }
    }

    private static async Task<int> EndAsync(IHostProcess process, Task pumps)
    {
        await pumps.ConfigureAwait(false);
        return await process.WaitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static async Task StopAsync(Task pumps, CancellationTokenSource stop)
    {
        try
        {
            await pumps.WaitAsync(s_drain, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is TimeoutException or IOException or OperationCanceledException)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await Task.WhenAny(pumps, Task.Delay(s_drain, CancellationToken.None)).ConfigureAwait(false);
        }
    }
}
