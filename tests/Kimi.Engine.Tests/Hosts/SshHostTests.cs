using System.Text;
using Kimi.Engine.Hosts;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Hosts;

/// <summary>Against a real server on this machine, with a key made for the test.</summary>
public sealed class SshHostTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private SshServer? _server;
    private SshHost? _host;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SshHost Host => _host!;

    private string[] Options => ["-F", _server!.ClientConfig];

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(SshServer.Unavailable is null, SshServer.Unavailable ?? "");
        _server = await SshServer.StartAsync(null, Token);
        _host = await SshHost.ConnectAsync(SshServer.Alias, Options, Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Dispose();
    }

    [Fact]
    public void It_tells_where_it_is()
    {
        Assert.Equal(("ssh_box", HostPaths.Posix), (Host.Name, Host.Paths));
        Assert.True(Directory.Exists(Host.Home));
        Assert.Equal(ShellDetection.Detect(), Host.Shell);
    }

    [Fact]
    public async Task Files_are_read_written_and_listed()
    {
        string path = _folder["it's a dir/ä \"x\".txt"];
        await Host.CreateDirectoryAsync(Path.GetDirectoryName(path)!, Token);
        byte[] data = new byte[300_000];
        Random.Shared.NextBytes(data);
        await Host.WriteAsync(path, data, append: false, Token);
        await Host.WriteAsync(path, "end"u8.ToArray(), append: true, Token);
        byte[] written = await File.ReadAllBytesAsync(path, Token);
        Assert.Equal([.. data, .. "end"u8], written);
        await using (Stream stream = await Host.OpenReadAsync(path, Token))
        {
            using MemoryStream copy = new();
            await stream.CopyToAsync(copy, Token);
            Assert.Equal(data.Length + 3, copy.Length);
        }

        await Host.WriteAsync(path, default, append: false, Token);
        Assert.Equal(0, new FileInfo(path).Length);
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc));
        Assert.Equal(new HostStat(EntryKind.File, 0, new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc)), await Host.StatAsync(path, Token));
        Assert.Equal(EntryKind.None, (await Host.StatAsync(path + "2", Token)).Kind);
        Assert.Equal(EntryKind.Other, (await Host.StatAsync("/dev/zero", Token)).Kind);
        string directory = Path.GetDirectoryName(path)!;
        File.CreateSymbolicLink(Path.Combine(directory, "dead"), "/nowhere");
        Directory.CreateDirectory(Path.Combine(directory, ".sub"));
        Assert.Equal(
            [new(".sub", EntryKind.Directory, false), new("dead", EntryKind.File, true), new("ä \"x\".txt", EntryKind.File, false)],
            (await Host.ListAsync(directory, Token)).OrderBy(static entry => entry.Name, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Failures_are_told()
    {
        await Assert.ThrowsAsync<IOException>(async () => await Host.OpenReadAsync("/nowhere", Token));
        await Assert.ThrowsAsync<IOException>(async () => await Host.OpenReadAsync("/dev/zero", Token));
        await Assert.ThrowsAsync<IOException>(async () => await Host.WriteAsync("/nowhere/x", "x"u8.ToArray(), false, Token));
        await Assert.ThrowsAsync<IOException>(async () => await Host.ListAsync("/nowhere", Token));
    }

    [Theory]
    [InlineData("locked", "Cannot connect to 'locked': *Permission denied (publickey*): set up a key or an agent with which 'ssh locked' asks nothing.")]
    [InlineData("changed", "Cannot connect to 'changed': Host key verification failed: run 'ssh changed' once yourself, to check and accept its key.")]
    [InlineData("kimi.invalid", "Cannot connect to 'kimi.invalid': Could not resolve hostname kimi.invalid: *: give a name of your ssh configuration, or user@host.")]
    [InlineData("-oProxyCommand=x", "'-oProxyCommand=x' is no host: give a name of your ssh configuration, or user@host.")]
    public async Task A_host_that_cannot_be_reached_is_named_in_one_sentence(string alias, string expected)
    {
        HostConnectionException e = await Assert.ThrowsAsync<HostConnectionException>(() => SshHost.ConnectAsync(alias, Options, Token));
        Assert.Matches($"^{string.Join(".*", expected.Split('*').Select(System.Text.RegularExpressions.Regex.Escape))}$", e.Message);
        Assert.DoesNotContain('\n', e.Message);
    }

    [Fact]
    public async Task A_refused_connection_is_named()
    {
        HostConnectionException e = await Assert.ThrowsAsync<HostConnectionException>(() => SshHost.ConnectAsync("nobody@127.0.0.1", ["-F", "/dev/null", "-p", "1"], Token));
        Assert.Equal("Cannot connect to 'nobody@127.0.0.1': connect to host 127.0.0.1 port 1: Connection refused.", e.Message);
    }

    [Fact]
    public async Task A_lost_connection_ends_what_runs()
    {
        await using IHostProcess process = await Host.StartAsync(
            new HostCommand { FileName = "sh", Arguments = ["-c", "echo started; sleep 300"], WorkingDirectory = "/" }, Token);
        using StreamReader reader = new(process.StandardOutput);
        Assert.Equal("started", await reader.ReadLineAsync(Token));
        _server!.Cut();
        Assert.Null(await reader.ReadLineAsync(Token));
        HostConnectionException e = await Assert.ThrowsAsync<HostConnectionException>(() => process.WaitAsync(Token));
        Assert.Equal("The connection to 'box' was lost.", e.Message);
        e = await Assert.ThrowsAsync<HostConnectionException>(async () => await Host.StatAsync("/", Token));
        Assert.StartsWith("Cannot connect to 'box': ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exit_code_like_that_of_a_lost_connection_is_one_of_the_program()
    {
        await using IHostProcess process = await Host.StartAsync(new HostCommand { FileName = "sh", Arguments = ["-c", "exit 255"], WorkingDirectory = "/" }, Token);
        Assert.Equal(255, await process.WaitAsync(Token));
    }

    [Fact]
    public async Task More_programs_run_at_a_time_than_a_connection_carries()
    {
        // A server takes ten sessions of a connection by default.
        IHostProcess[] processes = await Task.WhenAll(Enumerable.Range(0, 14).Select(i => Host.StartAsync(
            new HostCommand { FileName = "sh", Arguments = ["-c", $"echo {i}; exec sleep 300"], WorkingDirectory = "/" }, Token).AsTask()));
        for (int i = 0; i < processes.Length; i++)
        {
            using StreamReader reader = new(processes[i].StandardOutput);
            Assert.Equal($"{i}", await reader.ReadLineAsync(Token));
            await processes[i].DisposeAsync();
        }
    }

    [Fact]
    public async Task A_write_replaces_behind_links_and_keeps_the_mode()
    {
        string target = _folder.Write("target", "old");
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(_folder["link"], target);
        await Host.WriteAsync(_folder["link"], "new"u8.ToArray(), append: false, Token);
        Assert.Equal("new", await File.ReadAllTextAsync(target, Token));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(target));
    }

    [Fact]
    public async Task Several_are_asked_for_at_once()
    {
        _folder.Write("a/1.txt", "one");
        _folder.Write("a/b/2.txt", "two");
        Directory.CreateDirectory(_folder["a/empty"]);
        File.CreateSymbolicLink(_folder["a/up"], _folder.Path);
        IReadOnlyDictionary<string, List<HostEntry>> tree = await Host.ListTreeAsync(_folder.Path, Token);
        Assert.Equal([_folder.Path, _folder["a"], _folder["a/b"], _folder["a/empty"]], tree.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["1.txt", "b", "empty", "up"], tree[_folder["a"]].Select(static entry => entry.Name).Order(StringComparer.Ordinal));
        Assert.Contains(new HostEntry("up", EntryKind.Directory, true), tree[_folder["a"]]);
        Assert.Equal(["one", null, null], await Host.ReadTextsAsync([_folder["a/1.txt"], _folder["a"], _folder["none"]], 100, Token));
        Assert.Equal(["tw"], await Host.ReadTextsAsync([_folder["a/b/2.txt"]], 2, Token));
        Assert.Equal([1, null, 0], (await Host.ListAllAsync([_folder["a/b"], _folder["none"], _folder["a/empty"]], Token)).Select(static list => list?.Count));
    }

    [Fact]
    public async Task Programs_run_there()
    {
        HostCommand command = new()
        {
            FileName = "sh",
            Arguments = ["-c", "pwd; printf '%s|' \"$@\"; echo; echo $X; cat; echo error >&2; exit 7", "name", "a b", "it's", "$HOME", ""],
            WorkingDirectory = _folder.Path,
            Environment = new Dictionary<string, string?> { ["X"] = "a 'b'" },
        };
        await using IHostProcess process = await Host.StartAsync(command, Token);
        Task<string> error = Text(process.StandardError);
        Assert.Equal($"{_folder.Path}\na b|it's|$HOME||\na 'b'\n", await Text(process.StandardOutput));
        Assert.Equal("error\n", await error);
        Assert.Equal(7, await process.WaitAsync(Token));
    }

    [Fact]
    public async Task Variables_are_set_and_taken_away_in_any_order()
    {
        await using IHostProcess process = await Host.StartAsync(
            new HostCommand
            {
                FileName = "sh",
                Arguments = ["-c", "printf '%s|%s' \"$KIMI_SET\" \"${LOGNAME-none}\""],
                WorkingDirectory = "/",
                Environment = new Dictionary<string, string?> { ["KIMI_SET"] = "it's", ["LOGNAME"] = null },
            },
            Token);

        Assert.Equal("it's|none", await Text(process.StandardOutput));
        Assert.Equal(0, await process.WaitAsync(Token));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" >&2")]
    public async Task Too_long_an_answer_is_refused_and_nobody_waits_for_its_end(string target)
    {
        IOException error = await Assert.ThrowsAsync<IOException>(() => Host.Connection.RunAsync($"yes{target}", [], default, Token, maxAnswer: 100_000).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token));

        Assert.Contains("there is too much of it", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Killing_reaches_everything_there()
    {
        await using IHostProcess process = await Host.StartAsync(
            new HostCommand { FileName = "sh", Arguments = ["-c", "(sleep 300 & echo $!); echo $$; sleep 300"], WorkingDirectory = "/" }, Token);
        using StreamReader reader = new(process.StandardOutput);
        string first = (await reader.ReadLineAsync(Token))!;
        string second = (await reader.ReadLineAsync(Token))!;
        await process.KillTreeAsync();
        await process.WaitAsync(Token);
        Assert.All((string[])[first, second], static pid => Assert.False(IsAlive(pid)));
    }

    private static bool IsAlive(string pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<string> Text(Stream stream)
    {
        using StreamReader reader = new(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(Token);
    }
}
