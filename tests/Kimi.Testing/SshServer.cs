using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Kimi.Testing;

/// <summary>
/// A real OpenSSH server on a high port of loopback, with keys made for one test, and the client's configuration that reaches
/// it as <see cref="Alias"/>. The machine behind it is this one.
/// </summary>
public sealed class SshServer : IAsyncDisposable
{
    /// <summary>The host's name in the client's configuration.</summary>
    public const string Alias = "box";

    private readonly string _directory;
    private readonly Process _server;

    private SshServer(string directory, Process server)
    {
        _directory = directory;
        _server = server;
    }

    /// <summary>Why there can be no server here; null when there can.</summary>
    public static string? Unavailable { get; } =
        OperatingSystem.IsWindows() ? "needs an ssh client that shares connections" : Program is null || !IsOnPath("ssh") || !IsOnPath("ssh-keygen") ? "needs ssh, ssh-keygen and sshd" : null;

    /// <summary>The client's configuration; also knows <c>locked</c>, which has the wrong key, and <c>changed</c>, whose host key is another one.</summary>
    public string ClientConfig => Path.Combine(_directory, "ssh_config");

    /// <summary>A directory with an <c>ssh</c> that reads <see cref="ClientConfig"/>: the client takes no home directory from the environment.</summary>
    public string ClientDirectory => Path.Combine(_directory, "bin");

    private static string? Program => Array.Find(["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd", "/sbin/sshd"], File.Exists);

    /// <summary>Starts a server.</summary>
    /// <param name="environment">Variables that its sessions have, such as another <c>PATH</c>.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <param name="subsystem">Name and command of a subsystem it offers.</param>
    public static async Task<SshServer> StartAsync(IReadOnlyDictionary<string, string>? environment, CancellationToken cancellationToken, string? subsystem = null)
    {
        string directory = Directory.CreateTempSubdirectory("kimi-sshd-").FullName;
        foreach (string key in (string[])["host", "user", "stranger"])
        {
            using Process keygen = Process.Start(new ProcessStartInfo("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(directory, key)]) { RedirectStandardOutput = true })!;
            await keygen.WaitForExitAsync(cancellationToken);
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

        // A home of its own: what the start-up files of this machine's user do is no business of the test.
        string home = Directory.CreateDirectory(Path.Combine(directory, "home")).FullName;
        string variables = $"SetEnv HOME={home}{string.Concat((environment ?? new Dictionary<string, string>()).Select(static pair => $" {pair.Key}={pair.Value}"))}\n";
        await File.WriteAllTextAsync(
            Path.Combine(directory, "sshd_config"),
            $"Port {port}\nListenAddress 127.0.0.1\nHostKey {directory}/host\nAuthorizedKeysFile {directory}/user.pub\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\nPidFile none\n{variables}{(subsystem is null ? "" : $"Subsystem {subsystem}\n")}",
            cancellationToken);
        string common = $"  HostName 127.0.0.1\n  Port {port}\n  IdentitiesOnly yes\n  LogLevel ERROR\n";
        string[] strangerKey = (await File.ReadAllTextAsync(Path.Combine(directory, "stranger.pub"), cancellationToken)).Split(' ');
        await File.WriteAllTextAsync(Path.Combine(directory, "wrong_hosts"), $"[127.0.0.1]:{port} {strangerKey[0]} {strangerKey[1]}\n", cancellationToken);
        await File.WriteAllTextAsync(
            Path.Combine(directory, "ssh_config"),
            $"Host {Alias}\n{common}  IdentityFile {directory}/user\n  StrictHostKeyChecking no\n  UserKnownHostsFile {directory}/known\n"
            + $"Host locked\n{common}  IdentityFile {directory}/stranger\n  StrictHostKeyChecking no\n  UserKnownHostsFile {directory}/known\n"
            + $"Host changed\n{common}  IdentityFile {directory}/user\n  StrictHostKeyChecking yes\n  UserKnownHostsFile {directory}/wrong_hosts\n",
            cancellationToken);
        string client = Path.Combine(directory, "bin", "ssh");
        Directory.CreateDirectory(Path.GetDirectoryName(client)!);
        await File.WriteAllTextAsync(client, $"#!/bin/sh\nexec {FindOnPath("ssh")} -F '{directory}/ssh_config' \"$@\"\n", cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(client, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        Process server = Process.Start(new ProcessStartInfo(Program!, ["-D", "-e", "-f", Path.Combine(directory, "sshd_config")]) { RedirectStandardError = true })!;
        string? line;
        do
        {
            line = await server.StandardError.ReadLineAsync(cancellationToken);
        }
        while (line is not null && !line.StartsWith("Server listening", StringComparison.Ordinal));
        _ = server.StandardError.ReadToEndAsync(CancellationToken.None);
        return new SshServer(directory, server);
    }

    /// <summary>Cuts every connection and takes no new ones: the machine is gone.</summary>
    public void Cut() => _server.Kill(entireProcessTree: true);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Cut();
        await _server.WaitForExitAsync(CancellationToken.None);
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static bool IsOnPath(string program) => FindOnPath(program) is not null;

    private static string? FindOnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Select(directory => Path.Combine(directory, program)).FirstOrDefault(File.Exists);
}
