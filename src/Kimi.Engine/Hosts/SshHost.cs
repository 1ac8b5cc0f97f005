using System.Globalization;
using System.Text;

namespace Kimi.Engine.Hosts;

/// <summary>
/// A machine reached through the system's OpenSSH client, by an alias of the user's ssh configuration. Each file and process
/// is a command on one shared connection. The other side needs a POSIX shell and nothing else.
/// </summary>
public sealed class SshHost : IHost, IAsyncDisposable
{
    private const string StatScript = """
        for p; do
          if [ -d "$p" ]; then k=d; elif [ -f "$p" ]; then k=f; elif [ -e "$p" ]; then k=o; else echo n; continue; fi
          echo "$k $(stat -L -c '%s %Y' -- "$p" 2>/dev/null || stat -L -f '%z %m' -- "$p" 2>/dev/null)"
        done
        """;

    // One entry: whether it is a directory, whether it is a link, its name.
    private const string DescribeEntry = """
        if [ -L "$f" ]; then l=l; elif [ -e "$f" ]; then l=-; else continue; fi
        if [ -d "$f" ]; then d=d; else d=f; fi
        printf '%s%s%s\0' "$d" "$l" "${f#./}"
        """;

    private const string ListScript = $"""
        for p; do
          if cd -- "$p" 2>/dev/null && [ -r . ]; then printf '+\0'; else printf '!\0'; continue; fi
          for f in * .[!.]* ..?*; do
            {DescribeEntry}
          done
        done
        """;

    private const string TreeScript = """
        cd -- "$1" || exit 1
        find . -exec sh -c "$2" sh {} + 2>/dev/null
        true
        """;

    private const string TreeEntries = $"""
        for f; do
          {DescribeEntry}
        done
        """;

    private const string TextScript = """
        n=$1; shift
        for p; do
          if [ -f "$p" ] && [ -r "$p" ]; then printf '+'; head -c "$n" < "$p" | tr -d '\000'; else printf '!'; fi
          printf '\0'
        done
        """;

    // The data is complete before the file is touched: a connection that breaks leaves the file as it was.
    private const string WriteScript = """
        t=$(mktemp) || exit 1
        trap 'rm -f "$t"' EXIT
        cat > "$t" || exit 1
        [ "$(($(wc -c < "$t")))" = "$2" ] || { echo "the data did not arrive whole" >&2; exit 1; }
        if [ "$3" = append ]; then cat "$t" >> "$1"; else cat "$t" > "$1"; fi
        """;

    private const string DescribeScript = """
        b=/bin/sh
        for f in /usr/local/bin/bash /usr/bin/bash /bin/bash; do [ -x "$f" ] && b=$f; done
        has() { command -v "$1" > /dev/null 2>&1 && echo yes || echo no; }
        printf '%s\0' "$HOME" "$PWD" "$(uname -s)" "$b" "$(has rg)" "$(has pwsh)"
        """;

    private readonly SshConnection _connection;

    private SshHost(SshConnection connection)
    {
        _connection = connection;
        Name = "ssh_" + string.Concat(connection.Alias.Select(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'));
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The host, as it was given.</summary>
    public string Alias => _connection.Alias;

    /// <summary>The connection.</summary>
    internal SshConnection Connection => _connection;

    /// <inheritdoc/>
    public HostPaths Paths => HostPaths.Posix;

    /// <inheritdoc/>
    public string Home { get; private set; } = "/";

    /// <summary>Where a login of this user begins.</summary>
    public string StartDirectory { get; private set; } = "/";

    /// <summary>The machine's shell.</summary>
    public ShellEnvironment Shell { get; private set; } = new("Linux", "sh", "/bin/sh");

    /// <summary>Whether ripgrep is there.</summary>
    public bool HasRipgrep { get; private set; }

    /// <summary>Whether PowerShell is there.</summary>
    public bool HasPowerShell { get; private set; }

    /// <summary>Connects.</summary>
    /// <param name="alias">The host, as <c>ssh</c> takes it.</param>
    /// <param name="options">Further options for <c>ssh</c>, such as <c>-F file</c>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="HostConnectionException">There is no ssh, or the machine cannot be reached.</exception>
    public static async Task<SshHost> ConnectAsync(string alias, IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        SshConnection connection = await SshConnection.OpenAsync(alias, options, cancellationToken).ConfigureAwait(false);
        try
        {
            SshHost host = new(connection);
            string[] facts = Encoding.UTF8.GetString(await connection.RunAsync(DescribeScript, [], default, cancellationToken).ConfigureAwait(false)).Split('\0');
            if (facts.Length < 6)
            {
                throw new HostConnectionException($"Cannot work on '{alias}': it has no POSIX shell.");
            }

            host.Home = facts[0].Length > 0 ? facts[0] : "/";
            host.StartDirectory = facts[1];
            host.Shell = new ShellEnvironment(facts[2] == "Darwin" ? "macOS" : facts[2], facts[3].EndsWith("bash", StringComparison.Ordinal) ? "bash" : "sh", facts[3]);
            host.HasRipgrep = facts[4] == "yes";
            host.HasPowerShell = facts[5] == "yes";
            return host;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw e is IOException and not HostConnectionException ? new HostConnectionException($"Cannot work on '{alias}': {e.Message}", e) : e;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The machine cannot be asked.</exception>
    public async ValueTask<HostStat> StatAsync(string path, CancellationToken cancellationToken) =>
        (await StatAllAsync([path], cancellationToken).ConfigureAwait(false))[0];

    /// <summary>Facts of a few paths, in their order, at the price of one.</summary>
    /// <exception cref="IOException">The machine cannot be asked.</exception>
    public async ValueTask<IReadOnlyList<HostStat>> StatAllAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        HostStat[] stats = new HostStat[paths.Count];
        int[] asked = [.. Enumerable.Range(0, stats.Length).Where(i => paths[i].Length > 0 && !paths[i].Contains('\0', StringComparison.Ordinal))];
        if (asked.Length == 0)
        {
            return stats;
        }

        string[] answers = Encoding.UTF8.GetString(await _connection.RunAsync(StatScript, [.. asked.Select(i => paths[i])], default, cancellationToken).ConfigureAwait(false)).Split('\n');
        for (int i = 0; i < asked.Length && i < answers.Length; i++)
        {
            stats[asked[i]] = Parse(answers[i].Trim().Split(' '));
        }

        return stats;
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<HostEntry>> ListAsync(string path, CancellationToken cancellationToken) =>
        (await ListAllAsync([path], cancellationToken).ConfigureAwait(false))[0] ?? throw new IOException($"Not a directory that can be read: '{path}'");

    /// <summary>Entries of a few directories, in their order, at the price of one; null for one that cannot be read.</summary>
    public async ValueTask<IReadOnlyList<IReadOnlyList<HostEntry>?>> ListAllAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken)
    {
        if (paths.Count == 0)
        {
            return [];
        }

        List<IReadOnlyList<HostEntry>?> lists = [];
        List<HostEntry>? open = null;
        foreach (string item in Split(await _connection.RunAsync(ListScript, paths, default, cancellationToken).ConfigureAwait(false)))
        {
            switch (item)
            {
                case "+":
                    open = [];
                    lists.Add(open);
                    break;
                case "!":
                    lists.Add(null);
                    break;
                default:
                    open!.Add(Entry(item, item[2..]));
                    break;
            }
        }

        return lists;
    }

    /// <summary>Everything below a directory, links not entered, by the path of the directory, at the price of one listing.</summary>
    public async ValueTask<IReadOnlyDictionary<string, List<HostEntry>>> ListTreeAsync(string path, CancellationToken cancellationToken)
    {
        Dictionary<string, List<HostEntry>> tree = new(StringComparer.Ordinal) { [path] = [] };
        foreach (string item in Split(await _connection.RunAsync(TreeScript, [path, TreeEntries], default, cancellationToken).ConfigureAwait(false)))
        {
            string below = item[2..];
            if (below == ".")
            {
                continue;
            }

            string full = Paths.Join(path, below);
            HostEntry entry = Entry(item, Paths.Name(below));
            Of(Paths.Parent(full)).Add(entry);
            if (entry is { Kind: EntryKind.Directory, IsLink: false })
            {
                Of(full);
            }
        }

        return tree;

        List<HostEntry> Of(string directory)
        {
            if (!tree.TryGetValue(directory, out List<HostEntry>? entries))
            {
                tree[directory] = entries = [];
            }

            return entries;
        }
    }

    /// <summary>The beginnings of a few text files, in their order, at the price of one; null for one that is no file that can be read.</summary>
    public async ValueTask<IReadOnlyList<string?>> ReadTextsAsync(IReadOnlyList<string> paths, int maxBytes, CancellationToken cancellationToken)
    {
        string[] answers = Encoding.UTF8.GetString(
            await _connection.RunAsync(TextScript, [maxBytes.ToString(CultureInfo.InvariantCulture), .. paths], default, cancellationToken).ConfigureAwait(false)).Split('\0');
        return [.. paths.Select((_, i) => i < answers.Length && answers[i].StartsWith('+') ? answers[i][1..] : null)];
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
            throw new IOException(stat.Kind == EntryKind.Directory ? $"Is a directory: '{path}'" : $"Not a regular file: '{path}'");
        }

        await _connection.RunAsync(
            WriteScript, [path, data.Length.ToString(CultureInfo.InvariantCulture), append ? "append" : "replace"], data, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask CreateDirectoryAsync(string path, CancellationToken cancellationToken) =>
        await _connection.RunAsync("mkdir -p -- \"$1\"", [path], default, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<IHostProcess> StartAsync(HostCommand command, CancellationToken cancellationToken) => _connection.StartAsync(command, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static string[] Split(byte[] answer) => Encoding.UTF8.GetString(answer).Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static HostEntry Entry(string item, string name) => new(name, item[0] == 'd' ? EntryKind.Directory : EntryKind.File, item[1] == 'l');

    private static HostStat Parse(string[] answer)
    {
        EntryKind kind = answer[0] switch { "d" => EntryKind.Directory, "f" => EntryKind.File, "o" => EntryKind.Other, _ => EntryKind.None };
        return answer.Length < 3
            ? new HostStat(kind, 0, default)
            : new HostStat(kind, long.Parse(answer[1], CultureInfo.InvariantCulture), DateTime.UnixEpoch.AddSeconds(long.Parse(answer[2], CultureInfo.InvariantCulture)));
    }
}
