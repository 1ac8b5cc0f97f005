using System.Globalization;
using System.Text;

namespace Kimi.Engine.Hosts;

/// <summary>A machine cannot be reached, or not any more. The text is for the user.</summary>
public sealed class HostConnectionException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>
/// A connection of the system's OpenSSH client to a machine: opened once and shared, so that each command costs one round
/// trip. The client of Windows cannot share one and connects for each command.
/// </summary>
internal sealed class SshConnection : IAsyncDisposable
{
    private const int MaxAnswer = 256 * 1024 * 1024;
    private const int ClientFailure = 255;

    // Nobody is asked anything, and a network that has gone is noticed after half a minute.
    private static readonly string[] s_quiet =
        ["-o", "BatchMode=yes", "-o", "ConnectTimeout=20", "-o", "ServerAliveInterval=10", "-o", "ServerAliveCountMax=3"];

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_farewell = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<string> _options;
    private readonly string? _control;

    private SshConnection(string alias, IReadOnlyList<string> options, string? control)
    {
        Alias = alias;
        _options = options;
        _control = control;
    }

    /// <summary>The host, as <c>ssh</c> takes it.</summary>
    public string Alias { get; }

    /// <summary>Connects.</summary>
    /// <exception cref="HostConnectionException">There is no ssh, or the machine cannot be reached.</exception>
    public static async Task<SshConnection> OpenAsync(string alias, IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(alias) || alias.StartsWith('-') || alias.Contains('\0', StringComparison.Ordinal))
        {
            throw new HostConnectionException($"'{alias}' is no host: give a name of your ssh configuration, or user@host.");
        }

        if (LocalHost.FindProgram("ssh") is null)
        {
            throw new HostConnectionException("There is no 'ssh' on PATH: install the OpenSSH client to work on another machine.");
        }

        if (OperatingSystem.IsWindows())
        {
            return new SshConnection(alias, options, null);
        }

        string directory = Directory.CreateTempSubdirectory("kimi-ssh-").FullName;
        SshConnection connection = new(alias, options, Path.Combine(directory, "s"));
        try
        {
            await connection.OpenMasterAsync(Path.Combine(directory, "log"), cancellationToken).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Starts a program there.</summary>
    /// <exception cref="HostConnectionException">The machine cannot be reached.</exception>
    public async ValueTask<IHostProcess> StartAsync(HostCommand command, CancellationToken cancellationToken)
    {
        // The shell that the server starts leads a session of its own: its id, told first, reaches everything it will start.
        StringBuilder script = new("printf 'kimi-pid:%s\\n' \"$$\" >&2; cd -- ");
        script.Append(Quote(command.WorkingDirectory)).Append(" && exec env");

        // Its options end with the first variable that is set.
        foreach ((string name, string? value) in command.Environment.OrderBy(static variable => variable.Value is not null))
        {
            script.Append(value is null ? " -u " : " ").Append(Quote(value is null ? name : $"{name}={value}"));
        }

        script.Append(' ').AppendJoin(' ', command.Arguments.Prepend(command.FileName).Select(Quote));
        IHostProcess client = await LocalHost.Here.StartAsync(
            Client([.. command.StandardInput.IsEmpty ? (string[])["-n"] : [], "-T", Alias, "--", $"exec sh -c {Quote(script.ToString())}"], command.StandardInput), cancellationToken).ConfigureAwait(false);
        try
        {
            (int pid, byte[] rest) = await SshProcess.ReadPidAsync(client, Alias, cancellationToken).ConfigureAwait(false);
            return new SshProcess(this, client, pid, rest);
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Runs a script of <c>sh</c> there; returns what it writes, which may be so many bytes at most.</summary>
    /// <exception cref="IOException">It failed, with its last words.</exception>
    public async ValueTask<byte[]> RunAsync(string script, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken, int maxAnswer = MaxAnswer)
    {
        IHostProcess process = await StartAsync(
            new HostCommand { FileName = "sh", Arguments = ["-c", script, "sh", .. arguments], WorkingDirectory = ".", StandardInput = input }, cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            Task<byte[]> output = ReadAsync(process.StandardOutput, maxAnswer, cancellationToken);
            Task<byte[]> errors = ReadAsync(process.StandardError, maxAnswer, cancellationToken);

            // When one of them fails nobody reads it any more, and the program would wait for that for ever.
            await (await Task.WhenAny(output, errors).ConfigureAwait(false)).ConfigureAwait(false);
            await Task.WhenAll(output, errors).ConfigureAwait(false);
            if (await process.WaitAsync(cancellationToken).ConfigureAwait(false) is not 0 and int code)
            {
                string reason = Encoding.UTF8.GetString(await errors.ConfigureAwait(false)).Trim();
                throw new IOException(reason.Length > 0 ? reason : string.Create(CultureInfo.InvariantCulture, $"a command on '{Alias}' failed with exit code {code}"));
            }

            return await output.ConfigureAwait(false);
        }
    }

    /// <summary>Whether an exit code of the client means that the connection is gone, not that the program ended with it.</summary>
    public async ValueTask<bool> IsLostAsync(int code)
    {
        if (code != ClientFailure)
        {
            return false;
        }

        return await AskAsync(_control is null ? ["-n", "-T", Alias, "--", "exit 0"] : ["-O", "check", Alias], s_farewell).ConfigureAwait(false) != 0;
    }

    /// <summary>Kills a process there and everything of its session; takes a moment at most, whatever the network does.</summary>
    public async ValueTask KillAsync(int pid)
    {
        string id = pid.ToString(CultureInfo.InvariantCulture);

        // One look may miss what is just being started, and who is killed is not gone at once. A zombie is.
        string script = $"kill -KILL -- -{id} 2>/dev/null; n=0; while pkill -KILL -s {id} 2>/dev/null && [ $n -lt 10 ] && ps -o s= -s {id} 2>/dev/null | grep -q \"[^Z[:space:]]\"; "
            + "do n=$((n+1)); sleep 0.05 2>/dev/null || sleep 1; done; true";
        await AskAsync(["-n", "-T", Alias, "--", $"exec sh -c '{script}'"], s_farewell).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_control is null)
        {
            return;
        }

        await AskAsync(["-O", "exit", Alias], s_farewell).ConfigureAwait(false);
        try
        {
            Directory.Delete(Path.GetDirectoryName(_control)!, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A folder of the temporary directory stays; the connection itself is closed.
        }
    }

    /// <summary>A word for the shell of the other side.</summary>
    internal static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    /// <summary>One sentence from what the client wrote before it gave up.</summary>
    internal static HostConnectionException Failure(string alias, string words)
    {
        string reason = words.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "ssh failed";
        reason = (reason.StartsWith("ssh: ", StringComparison.Ordinal) ? reason[5..] : reason).TrimEnd('.');
        string advice = reason switch
        {
            _ when reason.Contains("Permission denied (", StringComparison.Ordinal) || reason.Contains("Too many authentication failures", StringComparison.Ordinal) =>
                $": set up a key or an agent with which 'ssh {alias}' asks nothing.",
            _ when reason.Contains("Host key verification failed", StringComparison.Ordinal) => $": run 'ssh {alias}' once yourself, to check and accept its key.",
            _ when reason.Contains("Could not resolve hostname", StringComparison.Ordinal) => ": give a name of your ssh configuration, or user@host.",
            _ => ".",
        };
        return new HostConnectionException($"Cannot connect to '{alias}': {reason}{advice}");
    }

    private async Task OpenMasterAsync(string log, CancellationToken cancellationToken)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience);
        IHostProcess client = await LocalHost.Here.StartAsync(
            new HostCommand
            {
                FileName = "ssh",
                Arguments = [.. _options, .. s_quiet, "-o", "ControlMaster=yes", "-o", $"ControlPath={_control}", "-o", "ControlPersist=600", "-E", log, "-N", "-f", Alias],
                WorkingDirectory = Path.GetDirectoryName(log)!,
            },
            cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            int code;
            try
            {
                // Only its end counts: the connection goes on in the background and keeps the outputs open.
                code = await client.WaitAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw Failure(Alias, string.Create(CultureInfo.InvariantCulture, $"no answer within {s_patience.TotalSeconds:0} seconds"));
            }

            if (code != 0)
            {
                throw Failure(Alias, File.Exists(log) ? await File.ReadAllTextAsync(log, cancellationToken).ConfigureAwait(false) : "");
            }
        }
    }

    private HostCommand Client(IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input) => new()
    {
        FileName = "ssh",
        Arguments = [.. _options, .. s_quiet, .. _control is null ? (string[])[] : ["-o", "ControlMaster=no", "-o", $"ControlPath={_control}"], "-o", "LogLevel=ERROR", .. arguments],
        WorkingDirectory = Path.GetTempPath(),
        StandardInput = input,
    };

    /// <summary>Runs the client for its exit code alone; null when it cannot be started or its time is over.</summary>
    private async ValueTask<int?> AskAsync(IReadOnlyList<string> arguments, TimeSpan limit)
    {
        try
        {
            CommandResult result = await CommandRunner.RunAsync(LocalHost.Here, Client(arguments, default), limit, 4096, CancellationToken.None).ConfigureAwait(false);
            return result.TimedOut ? null : result.ExitCode;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static async Task<byte[]> ReadAsync(Stream stream, int maxAnswer, CancellationToken cancellationToken)
    {
        using MemoryStream bytes = new();
        byte[] block = new byte[32 * 1024];
        int count;
        while ((count = await stream.ReadAsync(block, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (bytes.Length + count > maxAnswer)
            {
                throw new IOException("there is too much of it; use a narrower path or pattern");
            }

            bytes.Write(block, 0, count);
        }

        return bytes.ToArray();
    }
}
