using System.Text;

namespace Kimi.Engine.Hosts;

/// <summary>Runs small helper programs: whatever they print or however they hang, time and memory stay bounded.</summary>
internal static class CommandRunner
{
    // What a program has written before its end is in the pipe; this is for the last reads. Jobs that it left behind may keep
    // the pipe open for ever.
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs a program and keeps the first <paramref name="maxBytes"/> of each of its two outputs; the rest is read and dropped.</summary>
    /// <exception cref="IOException">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; the program and everything it started are killed.</exception>
    public static async Task<CommandResult> RunAsync(
        IHost host, HostCommand command, TimeSpan limit, int maxBytes, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var reading = new CancellationTokenSource();
        IHostProcess process = await host.StartAsync(command, cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            deadline.CancelAfter(limit);
            Task<string> output = ReadAsync(process.StandardOutput, maxBytes, reading.Token);
            Task<string> error = ReadAsync(process.StandardError, maxBytes, reading.Token);
            int code = 0;
            bool timedOut = false;
            try
            {
                code = await process.WaitAsync(deadline.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                await process.KillTreeAsync().ConfigureAwait(false);
                reading.CancelAfter(s_drainLimit);
                cancellationToken.ThrowIfCancellationRequested();
                timedOut = true;
            }

            reading.CancelAfter(s_drainLimit);
            return new CommandResult(code, await output.ConfigureAwait(false), await error.ConfigureAwait(false), timedOut);
        }
    }

    private static async Task<string> ReadAsync(Stream stream, int maxBytes, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[4096];
        byte[] kept = [];
        int count = 0;
        try
        {
            // WaitAsync: a blocking read cannot be cancelled everywhere.
            for (int read; (read = await stream.ReadAsync(buffer, cancellationToken).AsTask().WaitAsync(cancellationToken).ConfigureAwait(false)) > 0;)
            {
                int take = Math.Min(read, maxBytes - count);
                if (count + take > kept.Length)
                {
                    Array.Resize(ref kept, Math.Min(maxBytes, Math.Max(count + take, kept.Length * 2)));
                }

                buffer.AsSpan(0, take).CopyTo(kept.AsSpan(count));
                count += take;
                if (count == maxBytes && buffer.Length < 65536)
                {
                    buffer = new byte[65536];
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // What was read so far counts.
        }

        return Encoding.UTF8.GetString(kept, 0, count);
    }
}
