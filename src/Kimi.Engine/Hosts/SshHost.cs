using System.Globalization;
using System.Text;

namespace Kimi.Engine.Hosts;

/// <summary>
/// A machine reached through the system's OpenSSH client, by an alias of the user's ssh configuration. One connection is
/// opened and shared; each file and process is a command on it. The other side needs a POSIX shell and nothing else.
/// </summary>
public sealed class SshHost : IHost, IAsyncDisposable
{
    private const string StatScript = """
        if [ -d "$1" ]; then k=d; elif [ -f "$1" ]; then k=f; elif [ -e "$1" ]; then k=o; else echo n; exit 0; fi
        echo "$k $(stat -L -c '%s %Y' -- "$1" 2>/dev/null || stat -L -f '%z %m' -- "$1" 2>/dev/null)"
        """;

    private const string ListScript = """
        cd -- "$1" || exit 1
        for f in * .[!.]* ..?*; do
          if [ -L "$f" ]; then l=l; elif [ -e "$f" ]; then l=-; else continue; fi
          if [ -d "$f" ]; then d=d; else d=f; fi
          printf '%s%s%s\0' "$d" "$l" "$f"
        done
        """;

    private const string DescribeScript = """
        printf '%s\n' "$HOME" "$PWD" "$(uname -s)"
        for b in /bin/bash /usr/bin/bash /usr/local/bin/bash; do [ -x "$b" ] && { echo "$b"; exit 0; }; done
        echo /bin/sh
        """;

    private readonly string _alias;
    private readonly IReadOnlyList<string> _options;
    private readonly string? _control;

    private SshHost(string alias, IReadOnlyList<string> options, string? control)
    {
        _alias = alias;
        _options = options;
        _control = control;
        Name = "ssh_" + string.Concat(alias.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public HostPaths Paths => HostPaths.Posix;

    /// <inheritdoc/>
    public string Home { get; private set; } = "/";

    /// <summary>Where a login of this user begins.</summary>
    public string StartDirectory { get; private set; } = "/";

    /// <summary>The machine's shell.</summary>
    public ShellEnvironment Shell { get; private set; } = new("Linux", "sh", "/bin/sh");

    /// <summary>Connects.</summary>
    /// <param name="alias">The host, as <c>ssh</c> takes it.</param>
    /// <param name="options">Further options for <c>ssh</c>, such as <c>-F file</c>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="IOException">There is no ssh, or the machine cannot be reached.</exception>
    public static async Task<SshHost> ConnectAsync(string alias, IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        if (alias.Length == 0 || alias.StartsWith('-'))
        {
            throw new IOException($"'{alias}' is no host");
        }

        // The client of Windows cannot share a connection.
        string? directory = OperatingSystem.IsWindows() ? null : Directory.CreateTempSubdirectory("kimi-ssh-").FullName;
        SshHost host = new(alias, options, directory is null ? null : Path.Combine(directory, "s"));
        try
        {
            if (directory is not null)
            {
                await host.OpenConnectionAsync(Path.Combine(directory, "log"), cancellationToken).ConfigureAwait(false);
            }

            string[] lines = Encoding.UTF8.GetString(await host.RunAsync(DescribeScript, [], default, cancellationToken).ConfigureAwait(false)).Split('\n');
            host.Home = lines[0];
            host.StartDirectory = lines[1];
            host.Shell = new ShellEnvironment(lines[2] == "Darwin" ? "macOS" : lines[2], lines[3].EndsWith("bash", StringComparison.Ordinal) ? "bash" : "sh", lines[3]);
            return host;
        }
        catch
        {
            await host.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<HostStat> StatAsync(string path, CancellationToken cancellationToken)
    {
        if (path.Length == 0 || path.Contains('\0', StringComparison.Ordinal))
        {
            return default;
        }

        string[] answer = Encoding.UTF8.GetString(await RunAsync(StatScript, [path], default, cancellationToken).ConfigureAwait(false)).Trim().Split(' ');
        EntryKind kind = answer[0] switch { "d" => EntryKind.Directory, "f" => EntryKind.File, "o" => EntryKind.Other, _ => EntryKind.None };
        return answer.Length < 3
            ? new HostStat(kind, 0, default)
            : new HostStat(kind, long.Parse(answer[1], CultureInfo.InvariantCulture), DateTime.UnixEpoch.AddSeconds(long.Parse(answer[2], CultureInfo.InvariantCulture)));
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<HostEntry>> ListAsync(string path, CancellationToken cancellationToken)
    {
        string answer = Encoding.UTF8.GetString(await RunAsync(ListScript, [path], default, cancellationToken).ConfigureAwait(false));
        return [.. answer.Split('\0', StringSplitOptions.RemoveEmptyEntries)
            .Select(static entry => new HostEntry(entry[2..], entry[0] == 'd' ? EntryKind.Directory : EntryKind.File, entry[1] == 'l'))];
    }

    /// <inheritdoc/>
    public async ValueTask<Stream> OpenReadAsync(string path, CancellationToken cancellationToken)
    {
        HostStat stat = await StatAsync(path, cancellationToken).ConfigureAwait(false);
        if (stat.Kind != EntryKind.File)
        {
            throw new IOException(stat.Kind switch
            {
                EntryKind.None => $"No such file or directory: '{path}'",
                EntryKind.Directory => $"Is a directory: '{path}'",
                _ => $"Not a regular file: '{path}'",
            });
        }

        return new SshReadStream(await StartAsync(new HostCommand { FileName = "cat", Arguments = ["--", path], WorkingDirectory = "/" }, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(string path, ReadOnlyMemory<byte> data, bool append, CancellationToken cancellationToken)
    {
        HostStat stat = await StatAsync(path, cancellationToken).ConfigureAwait(false);
        if (stat.Kind is EntryKind.Directory or EntryKind.Other)
        {
            throw new IOException($"Not a regular file: '{path}'");
        }

        await RunAsync(append ? "cat >> \"$1\"" : "cat > \"$1\"", [path], data, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask CreateDirectoryAsync(string path, CancellationToken cancellationToken) =>
        await RunAsync("mkdir -p -- \"$1\"", [path], default, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask<IHostProcess> StartAsync(HostCommand command, CancellationToken cancellationToken)
    {
        // The shell that the server starts leads a session of its own: its id, told first, reaches everything it will start.
        StringBuilder script = new("printf 'kimi-pid:%s\\n' \"$$\" >&2; cd -- ");
        script.Append(Quote(command.WorkingDirectory)).Append(" && exec env");
        foreach ((string name, string? value) in command.Environment)
        {
            script.Append(value is null ? " -u " : " ").Append(Quote(value is null ? name : $"{name}={value}"));
        }

        script.Append(' ').AppendJoin(' ', command.Arguments.Prepend(command.FileName).Select(Quote));
        IHostProcess client = await LocalHost.Here.StartAsync(
            Client([.. command.StandardInput.IsEmpty ? (string[])["-n"] : [], "-T", _alias, "--", $"exec sh -c {Quote(script.ToString())}"], command.StandardInput), cancellationToken).ConfigureAwait(false);
        try
        {
            (int pid, byte[] rest) = await SshProcess.ReadPidAsync(client, cancellationToken).ConfigureAwait(false);
            return new SshProcess(this, client, pid, rest);
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_control is null)
        {
            return;
        }

        try
        {
            IHostProcess client = await LocalHost.Here.StartAsync(Client(["-O", "exit", _alias], default), CancellationToken.None).ConfigureAwait(false);
            await using (client.ConfigureAwait(false))
            {
                await client.WaitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
            }

            Directory.Delete(Path.GetDirectoryName(_control)!, recursive: true);
        }
        catch (Exception e) when (e is IOException or TimeoutException or UnauthorizedAccessException)
        {
            // The connection ends by itself when nobody uses it.
        }
    }

    /// <summary>Kills a process of the machine and everything of its session.</summary>
    internal async ValueTask KillAsync(int pid)
    {
        string id = pid.ToString(CultureInfo.InvariantCulture);
        try
        {
            await RunAsync("pkill -KILL -s \"$1\" 2>/dev/null; kill -KILL -- \"-$1\" 2>/dev/null; true", [id], default, CancellationToken.None).AsTask().WaitAsync(TimeSpan.FromSeconds(5)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or TimeoutException)
        {
            // The machine is out of reach; its server ends what it started.
        }
    }

    /// <summary>A word for the shell of the other side.</summary>
    internal static string Quote(string text) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private async Task OpenConnectionAsync(string log, CancellationToken cancellationToken)
    {
        IHostProcess client = await LocalHost.Here.StartAsync(
            new HostCommand
            {
                FileName = "ssh",
                Arguments = [.. _options, "-o", "BatchMode=yes", "-o", "ControlMaster=yes", "-o", $"ControlPath={_control}", "-o", "ControlPersist=600", "-E", log, "-N", "-f", _alias],
                WorkingDirectory = Path.GetDirectoryName(log)!,
            },
            cancellationToken).ConfigureAwait(false);
        await using (client.ConfigureAwait(false))
        {
            // Only its end counts: the connection goes on in the background and keeps the outputs open.
            if (await client.WaitAsync(cancellationToken).ConfigureAwait(false) != 0)
            {
                string reason = File.Exists(log) ? (await File.ReadAllTextAsync(log, cancellationToken).ConfigureAwait(false)).Trim() : "";
                throw new IOException($"Cannot connect to '{_alias}': {(reason.Length > 0 ? reason : "ssh failed")}");
            }
        }
    }

    private HostCommand Client(IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input) => new()
    {
        FileName = "ssh",
        Arguments = [.. _options, "-o", "BatchMode=yes", .. _control is null ? (string[])[] : ["-o", "ControlMaster=no", "-o", $"ControlPath={_control}"], "-o", "LogLevel=ERROR", .. arguments],
        WorkingDirectory = Path.GetTempPath(),
        StandardInput = input,
    };

    private async ValueTask<byte[]> RunAsync(string script, IReadOnlyList<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        IHostProcess process = await StartAsync(
            new HostCommand { FileName = "sh", Arguments = ["-c", script, "sh", .. arguments], WorkingDirectory = ".", StandardInput = input }, cancellationToken).ConfigureAwait(false);
        await using (process.ConfigureAwait(false))
        {
            using MemoryStream output = new();
            using MemoryStream errors = new();
            await Task.WhenAll(process.StandardOutput.CopyToAsync(output, cancellationToken), process.StandardError.CopyToAsync(errors, cancellationToken)).ConfigureAwait(false);
            if (await process.WaitAsync(cancellationToken).ConfigureAwait(false) is not 0 and int code)
            {
                string reason = Encoding.UTF8.GetString(errors.ToArray()).Trim();
                throw new IOException(reason.Length > 0 ? reason : string.Create(CultureInfo.InvariantCulture, $"command on '{_alias}' failed with exit code {code}"));
            }

            return output.ToArray();
        }
    }
}
