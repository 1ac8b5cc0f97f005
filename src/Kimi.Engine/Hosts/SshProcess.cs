using System.Globalization;
using System.Text;
using Kimi.Engine.Text;

namespace Kimi.Engine.Hosts;

/// <summary>A program on a machine behind ssh.</summary>
internal sealed class SshProcess(SshConnection connection, IHostProcess client, int pid, byte[] errorStart) : IHostProcess
{
    private const string Mark = "kimi-pid:";
    private const int MaxGreeting = 64 * 1024;

    // The other side is told to kill, but a network that is gone keeps nobody waiting.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private bool _ended;
    private bool _killed;

    public Stream StandardOutput => client.StandardOutput;

    public Stream StandardError { get; } = errorStart.Length == 0 ? client.StandardError : new PrefixedStream(errorStart, client.StandardError);

    /// <summary>Reads the line that tells the program's id; what ssh says before it is the reason when it never comes.</summary>
    /// <exception cref="HostConnectionException">The program did not start.</exception>
    public static async Task<(int Pid, byte[] More)> ReadPidAsync(IHostProcess client, string alias, CancellationToken cancellationToken)
    {
        List<byte> read = [];
        byte[] block = new byte[1024];
        while (read.Count < MaxGreeting)
        {
            int count = await client.StandardError.ReadAsync(block, cancellationToken).ConfigureAwait(false);
            if (count == 0)
            {
                break;
            }

            read.AddRange(block.AsSpan(0, count));
            string text = Encoding.Latin1.GetString(read.ToArray());
            int at = text.StartsWith(Mark, StringComparison.Ordinal) ? 0 : text.IndexOf("\n" + Mark, StringComparison.Ordinal) is int line and >= 0 ? line + 1 : -1;
            int end = at < 0 ? -1 : text.IndexOf('\n', at);
            if (end >= 0)
            {
                return (int.Parse(text.AsSpan(at + Mark.Length, end - at - Mark.Length), CultureInfo.InvariantCulture), [.. read.Skip(end + 1)]);
            }
        }

        throw SshConnection.Failure(alias, Encoding.UTF8.GetString(read.ToArray()));
    }

    public async Task<int> WaitAsync(CancellationToken cancellationToken)
    {
        int code = await client.WaitAsync(cancellationToken).ConfigureAwait(false);
        _ended = true;
        if (!_killed && await connection.IsLostAsync(code).ConfigureAwait(false))
        {
            throw new HostConnectionException($"The connection to '{connection.Alias}' was lost.");
        }

        // Killed here, or without a status of the other side.
        return code < 0 ? 1 : code;
    }

    public async ValueTask KillTreeAsync()
    {
        _killed = true;
        await Task.WhenAny(connection.KillAsync(pid).AsTask(), Task.Delay(s_patience)).ConfigureAwait(false);
        await client.KillTreeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_ended)
        {
            Task<int> end = client.WaitAsync(CancellationToken.None);
            if (!end.IsCompleted)
            {
                await KillTreeAsync().ConfigureAwait(false);
            }
        }

        await client.DisposeAsync().ConfigureAwait(false);
    }
}

/// <summary>What a command on another machine writes; a failure of it is a failure of reading.</summary>
internal sealed class SshReadStream(IHostProcess process) : ForwardStream
{
    public override int Read(Span<byte> buffer)
    {
        int count = process.StandardOutput.Read(buffer);
        if (count == 0)
        {
            // Who reads like this waits on his thread anyway; half a file must not pass for a whole one.
            CheckEndAsync(CancellationToken.None).GetAwaiter().GetResult();
        }

        return count;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await process.StandardOutput.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        if (count == 0)
        {
            await CheckEndAsync(cancellationToken).ConfigureAwait(false);
        }

        return count;
    }

    public override async ValueTask DisposeAsync()
    {
        await process.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }

    private async Task CheckEndAsync(CancellationToken cancellationToken)
    {
        if (await process.WaitAsync(cancellationToken).ConfigureAwait(false) != 0)
        {
            using StreamReader errors = new(process.StandardError, Encoding.UTF8, leaveOpen: true);
            throw new IOException((await errors.ReadToEndAsync(cancellationToken).ConfigureAwait(false)).Trim());
        }
    }
}

/// <summary>A stream with something read from it put back in front.</summary>
internal sealed class PrefixedStream(byte[] prefix, Stream rest) : ForwardStream
{
    private int _at;

    public override int Read(Span<byte> buffer) => _at < prefix.Length ? Take(buffer) : rest.Read(buffer);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _at < prefix.Length ? new(Take(buffer.Span)) : rest.ReadAsync(buffer, cancellationToken);

    private int Take(Span<byte> buffer)
    {
        int count = Math.Min(buffer.Length, prefix.Length - _at);
        prefix.AsSpan(_at, count).CopyTo(buffer);
        _at += count;
        return count;
    }
}
