using System.Buffers;
using System.Text;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tools.Search;

/// <summary>Searches with ripgrep.</summary>
internal static class Ripgrep
{
    private const int MaxBytes = 20_000_000;

    private static readonly TimeSpan s_drain = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs a search; it is killed when the time is over.</summary>
    public static async Task<GrepOutput> RunAsync(
        IHost host, string program, string directory, GrepQuery query, bool singleThreaded, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        IHostProcess process = await host.StartAsync(
            new HostCommand { FileName = program, Arguments = query.RipgrepArguments(singleThreaded), WorkingDirectory = directory }, cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            Sink output = new();
            Sink errors = new();
            Task pumps = Task.WhenAll(output.PumpAsync(process.StandardOutput), errors.PumpAsync(process.StandardError));
            try
            {
                await pumps.WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
                int code = await process.WaitAsync(cancellationToken).WaitAsync(limit, time, cancellationToken).ConfigureAwait(false);
                return new GrepOutput(output.Text, errors.Text, code, false, output.IsCut);
            }
            catch (TimeoutException)
            {
                await process.KillTreeAsync().ConfigureAwait(false);
                await Task.WhenAny(pumps, Task.Delay(s_drain, CancellationToken.None)).ConfigureAwait(false);
                return new GrepOutput(output.Text, errors.Text, 1, true, output.IsCut);
            }
        }
    }

    private sealed class Sink
    {
        private readonly ArrayBufferWriter<byte> _bytes = new();

        public bool IsCut { get; private set; }

        public string Text
        {
            get
            {
                lock (_bytes)
                {
                    return Encoding.UTF8.GetString(_bytes.WrittenSpan);
                }
            }
        }

        public async Task PumpAsync(Stream stream)
        {
            byte[] block = new byte[64 * 1024];
            int count;
            while ((count = await stream.ReadAsync(block).ConfigureAwait(false)) > 0)
            {
                lock (_bytes)
                {
                    int room = Math.Min(count, MaxBytes - _bytes.WrittenCount);
                    IsCut |= room < count;
                    _bytes.Write(block.AsSpan(0, room));
                }
            }
        }
    }
}
