using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tests.Hosts;

/// <summary>Against a real server on this machine, with a key made for the test.</summary>
public sealed class SshHostTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new();
    private Process? _server;
    private SshHost? _host;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private SshHost Host => _host!;

    public async ValueTask InitializeAsync()
    {
        string? server = LocalHost.FindProgram("sshd") ?? (File.Exists("/usr/sbin/sshd") ? "/usr/sbin/sshd" : null);
        if (OperatingSystem.IsWindows() || server is null || LocalHost.FindProgram("ssh") is null || LocalHost.FindProgram("ssh-keygen") is null)
        {
            Assert.Skip("needs ssh and sshd");
        }

        foreach (string key in (string[])["host", "user"])
        {
            using Process keygen = Process.Start(new ProcessStartInfo("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", _folder[key]]) { RedirectStandardOutput = true })!;
            await keygen.WaitForExitAsync(Token);
        }

        int port;
        using (TcpListener free = new(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        if (Environment.UserName == "root" && OperatingSystem.IsLinux())
        {
            // The server of a package insists on it when root starts it.
            Directory.CreateDirectory("/run/sshd");
        }

        _folder.Write("sshd_config", $"Port {port}\nListenAddress 127.0.0.1\nHostKey {_folder["host"]}\nAuthorizedKeysFile {_folder["user.pub"]}\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nPidFile none\n");
        _folder.Write("ssh_config", $"Host box\n  HostName 127.0.0.1\n  Port {port}\n  IdentityFile {_folder["user"]}\n  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile {_folder["known"]}\n");
        _server = Process.Start(new ProcessStartInfo(server, ["-D", "-e", "-f", _folder["sshd_config"]]) { RedirectStandardError = true })!;
        string? line;
        do
        {
            line = await _server.StandardError.ReadLineAsync(Token);
        }
        while (line is not null && !line.StartsWith("Server listening", StringComparison.Ordinal));
        _ = _server.StandardError.ReadToEndAsync(CancellationToken.None);
        _host = await SshHost.ConnectAsync("box", ["-F", _folder["ssh_config"]], Token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync();
        }

        _server?.Kill(entireProcessTree: true);
        _server?.Dispose();
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
        IOException e = await Assert.ThrowsAsync<IOException>(() => SshHost.ConnectAsync("nobody@127.0.0.1", ["-F", "/dev/null", "-p", "1"], Token));
        Assert.StartsWith("Cannot connect to 'nobody@127.0.0.1': ", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() => SshHost.ConnectAsync("-oProxyCommand=x", [], Token));
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
