using System.Diagnostics;
using System.Text;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Tests.Hosts;

public sealed class LocalHostTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly LocalHost _host = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Stat_tells_files_directories_and_nothing_apart()
    {
        string file = _folder.Write("a.txt", "hello");
        File.SetLastWriteTimeUtc(file, new DateTime(2020, 5, 6, 7, 8, 9, DateTimeKind.Utc));
        Assert.Equal(new HostStat(EntryKind.File, 5, new DateTime(2020, 5, 6, 7, 8, 9, DateTimeKind.Utc)), await _host.StatAsync(file, Token));
        Assert.Equal(EntryKind.Directory, (await _host.StatAsync(_folder.Path, Token)).Kind);
        Assert.Equal(EntryKind.None, (await _host.StatAsync(_folder["none"], Token)).Kind);
        Assert.Equal(EntryKind.None, (await _host.StatAsync("", Token)).Kind);
        Assert.Equal(EntryKind.None, (await _host.StatAsync("a\0b", Token)).Kind);
        Assert.Equal(EntryKind.None, (await _host.StatAsync("/" + new string('x', 5000), Token)).Kind);
    }

    [Fact]
    public async Task Links_are_followed_and_named()
    {
        _folder.Write("d/a.txt", "hello");
        File.CreateSymbolicLink(_folder["link"], _folder["d/a.txt"]);
        Directory.CreateSymbolicLink(_folder["links"], _folder["d"]);
        File.CreateSymbolicLink(_folder["dead"], _folder["nowhere"]);
        Assert.Equal((EntryKind.File, 5), ((await _host.StatAsync(_folder["link"], Token)).Kind, (int)(await _host.StatAsync(_folder["link"], Token)).Size));
        Assert.Equal(EntryKind.None, (await _host.StatAsync(_folder["dead"], Token)).Kind);
        IReadOnlyList<HostEntry> entries = await _host.ListAsync(_folder.Path, Token);
        Assert.Equal(
            [new("d", EntryKind.Directory, false), new("dead", EntryKind.File, true), new("link", EntryKind.File, true), new("links", EntryKind.Directory, true)],
            entries.OrderBy(static entry => entry.Name, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Killing_reaches_what_has_left_the_session()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs setsid");
        IHostProcess process = await _host.StartAsync(
            new HostCommand { FileName = "sh", Arguments = ["-c", "setsid sh -c 'echo $$; exec sleep 300' & wait"], WorkingDirectory = _folder.Path }, Token);
        await using (process)
        {
            using StreamReader output = new(process.StandardOutput);
            int child = int.Parse((await output.ReadLineAsync(Token))!, System.Globalization.CultureInfo.InvariantCulture);
            await process.KillTreeAsync();

            // The pipe ends only when the last one who holds it is gone.
            Assert.Null(await output.ReadLineAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token));
            Assert.NotEqual(process.GetHashCode(), child);
        }
    }

    [Fact]
    public async Task Pipes_and_devices_are_never_opened()
    {
        SkipOnWindows();
        using (Process mkfifo = Process.Start("mkfifo", _folder["pipe"]))
        {
            await mkfifo.WaitForExitAsync(Token);
        }

        foreach (string path in (string[])[_folder["pipe"], "/dev/zero"])
        {
            Assert.Equal(EntryKind.Other, (await _host.StatAsync(path, Token)).Kind);
            IOException read = await Assert.ThrowsAsync<IOException>(async () => await _host.OpenReadAsync(path, Token));
            Assert.Equal($"Not a regular file: '{path}'", read.Message);
            await Assert.ThrowsAsync<IOException>(async () => await _host.WriteAsync(path, "x"u8.ToArray(), append: false, Token));
        }
    }

    [Fact]
    public async Task Failures_have_number_text_and_path()
    {
        SkipOnWindows();
        _folder.Write("file", "x");
        _folder.Write("it's", "x");
        string name = new('n', 300);
        int tooLong = OperatingSystem.IsMacOS() ? 63 : 36;
        (string Path, string Read, string Write)[] rows =
        [
            (_folder["none"], "[Errno 2] No such file or directory", ""),
            (_folder["none/x"], "[Errno 2] No such file or directory", "[Errno 2] No such file or directory"),
            (_folder["file/x"], "[Errno 20] Not a directory", "[Errno 20] Not a directory"),
            (_folder["file/x/y"], "[Errno 20] Not a directory", "[Errno 20] Not a directory"),
            (_folder.Path, "[Errno 21] Is a directory", "[Errno 21] Is a directory"),
            (_folder[name], $"[Errno {tooLong}] File name too long", $"[Errno {tooLong}] File name too long"),
        ];
        foreach ((string path, string read, string write) in rows)
        {
            Assert.Equal($"{read}: '{path}'", (await Assert.ThrowsAnyAsync<IOException>(async () => await _host.OpenReadAsync(path, Token))).Message);
            if (write.Length > 0)
            {
                Assert.Equal($"{write}: '{path}'", (await Assert.ThrowsAnyAsync<IOException>(async () => await _host.WriteAsync(path, "x"u8.ToArray(), append: false, Token))).Message);
            }
        }

        string quoted = _folder["it's/x"];
        Assert.Equal($"[Errno 20] Not a directory: \"{quoted}\"", (await Assert.ThrowsAnyAsync<IOException>(async () => await _host.OpenReadAsync(quoted, Token))).Message);
        Assert.Equal($"[Errno 20] Not a directory: '{_folder["file/x"]}'", (await Assert.ThrowsAnyAsync<IOException>(async () => await _host.CreateDirectoryAsync(_folder["file/x"], Token))).Message);
        Assert.Equal(
            "[Errno 2] No such file or directory: '/no/program'",
            (await Assert.ThrowsAnyAsync<IOException>(async () => await _host.StartAsync(new HostCommand { FileName = "/no/program", Arguments = [], WorkingDirectory = _folder.Path }, Token))).Message);
    }

    [Fact]
    public async Task What_is_forbidden_has_its_number_too()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess, "everything is allowed");
        string path = _folder.Write("locked", "x");
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs file modes");
            return;
        }

        File.SetUnixFileMode(path, UnixFileMode.None);
        string text = $"[Errno 13] Permission denied: '{path}'";
        Assert.Equal(text, (await Assert.ThrowsAnyAsync<IOException>(async () => await _host.OpenReadAsync(path, Token))).Message);
        Assert.Equal(text, (await Assert.ThrowsAnyAsync<IOException>(async () => await _host.WriteAsync(path, "x"u8.ToArray(), append: true, Token))).Message);
    }

    [Fact]
    public async Task Writing_replaces_appends_and_follows_links()
    {
        File.CreateSymbolicLink(_folder["link"], _folder["real"]);
        await _host.WriteAsync(_folder["real"], "one\r\n"u8.ToArray(), append: false, Token);
        await _host.WriteAsync(_folder["link"], "two"u8.ToArray(), append: true, Token);
        Assert.Equal("one\r\ntwo", _folder.Read("real"));
        await _host.WriteAsync(_folder["link"], "x"u8.ToArray(), append: false, Token);
        Assert.Equal("x", _folder.Read("real"));
        Assert.NotNull(new FileInfo(_folder["link"]).LinkTarget);
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 137", 137)]
    [InlineData("kill -9 $$", -9)]
    [InlineData("kill -TERM $$", -15)]
    public async Task Exit_codes_and_signals_are_told_apart(string script, int code)
    {
        SkipOnWindows();
        await using IHostProcess process = await _host.StartAsync(Shell(script), Token);
        Assert.Equal(code, await process.WaitAsync(Token));
        Assert.Equal(code, await process.WaitAsync(Token));
    }

    [Fact]
    public async Task A_program_gets_arguments_directory_and_environment_as_given_and_nothing_to_read()
    {
        SkipOnWindows();
        Environment.SetEnvironmentVariable("KIMI_TEST_REMOVED", "1");
        HostCommand command = new()
        {
            FileName = "sh",
            Arguments = ["-c", "pwd; printf '%s|' \"$@\"; echo; echo $KIMI_TEST_SET$KIMI_TEST_REMOVED; cat; echo error >&2", "name", "a b", "\"ä\"", ""],
            WorkingDirectory = _folder.Path,
            Environment = new Dictionary<string, string?> { ["KIMI_TEST_SET"] = "set", ["KIMI_TEST_REMOVED"] = null },
        };
        await using IHostProcess process = await _host.StartAsync(command, Token);
        Task<string> error = Text(process.StandardError);
        Assert.Equal($"{_folder.Path}\na b|\"ä\"||\nset\n", await Text(process.StandardOutput));
        Assert.Equal("error\n", await error);
        Assert.Equal(0, await process.WaitAsync(Token));
    }

    [Fact]
    public async Task A_broken_pipe_ends_a_program()
    {
        SkipOnWindows();
        await using IHostProcess process = await _host.StartAsync(Shell("trap - PIPE; yes | head -n 1; echo ${PIPESTATUS[0]}"), Token);
        Assert.Equal("y\n141\n", await Text(process.StandardOutput));
    }

    [Fact]
    public async Task What_cannot_be_started_is_an_error()
    {
        IOException missing = await Assert.ThrowsAsync<IOException>(async () =>
            await _host.StartAsync(new HostCommand { FileName = _folder["none"], WorkingDirectory = _folder.Path }, Token));
        Assert.Contains("none", missing.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(async () =>
            await _host.StartAsync(new HostCommand { FileName = "sh", WorkingDirectory = _folder["nowhere"] }, Token));
        await Assert.ThrowsAsync<IOException>(async () =>
            await _host.StartAsync(new HostCommand { FileName = "surely-not-a-program", WorkingDirectory = _folder.Path }, Token));
    }

    [Fact]
    public async Task Killing_reaches_grandchildren_without_a_parent_and_jobs_with_a_group_of_their_own()
    {
        SkipOnWindows();
        await using IHostProcess process = await _host.StartAsync(
            Shell("(sleep 300 & echo $!); set -m; sleep 300 & echo $!; trap '' TERM; echo $$; wait"), Token);
        using StreamReader reader = new(process.StandardOutput);
        List<int> pids = [];
        for (int i = 0; i < 3; i++)
        {
            pids.Add(int.Parse((await reader.ReadLineAsync(Token))!, System.Globalization.CultureInfo.InvariantCulture));
        }

        await process.KillTreeAsync();
        Assert.Equal(-9, await process.WaitAsync(Token));
        Assert.Null(await reader.ReadLineAsync(Token));
        Assert.All(pids, static pid => Assert.False(IsAlive(pid)));
    }

    [Fact]
    public async Task Killing_reaches_what_is_started_while_it_looks()
    {
        SkipOnWindows();
        for (int i = 0; i < 3; i++)
        {
            // A job in a group of its own that starts orphans as fast as it can.
            await using IHostProcess process = await _host.StartAsync(
                Shell("set -m; while :; do (sleep 300 &); done & echo started; wait"), Token);
            using StreamReader reader = new(process.StandardOutput);
            Assert.Equal("started", await reader.ReadLineAsync(Token));
            await process.KillTreeAsync();

            // The pipe ends only when the last one who holds it is gone.
            Assert.Null(await reader.ReadLineAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token));
        }
    }

    [Fact]
    public async Task Disposing_kills_what_runs_but_not_what_a_finished_program_left_behind()
    {
        SkipOnWindows();
        IHostProcess left = await _host.StartAsync(Shell("sleep 300 >/dev/null 2>&1 & echo $!"), Token);
        int pid = int.Parse(await Text(left.StandardOutput), System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(0, await left.WaitAsync(Token));
        await left.DisposeAsync();
        Assert.True(IsAlive(pid));
        Process.GetProcessById(pid).Kill();

        IHostProcess running = await _host.StartAsync(Shell("echo $$; sleep 300"), Token);
        StreamReader reader = new(running.StandardOutput);
        pid = int.Parse((await reader.ReadLineAsync(Token))!, System.Globalization.CultureInfo.InvariantCulture);
        await running.DisposeAsync();
        Assert.Equal(-9, await running.WaitAsync(Token));
        Assert.False(IsAlive(pid));
    }

    [Fact]
    public void The_shell_is_the_first_bash_or_sh()
    {
        Assert.Equal(new ShellEnvironment("Linux", "bash", "/usr/bin/bash"), ShellDetection.Posix("Linux", static path => path is "/usr/bin/bash" or "/usr/local/bin/bash"));
        Assert.Equal(new ShellEnvironment("macOS", "sh", "/bin/sh"), ShellDetection.Posix("macOS", static _ => false));
    }

    [Fact]
    public void On_windows_bash_is_that_of_git()
    {
        static string None(string program, string argument) => "";
        Assert.Equal(@"D:\b.exe", ShellDetection.FindGitBash(static _ => @"D:\b.exe", static path => path == @"D:\b.exe", None));
        Assert.Contains("KIMI_CLI_GIT_BASH_PATH", Assert.Throws<IOException>(() => ShellDetection.FindGitBash(static _ => @"D:\no.exe", static _ => false, None)).Message, StringComparison.Ordinal);
        Assert.Equal(
            @"C:\Tools\Git\bin\bash.exe",
            ShellDetection.FindGitBash(static _ => null, static path => path == @"C:\Tools\Git\bin\bash.exe", static (program, _) => program == "where" ? "C:\\Other\\cmd\\git.exe\r\nC:\\Tools\\Git\\cmd\\git.exe\r\n" : ""));
        Assert.Equal(
            @"E:\Git\bin\bash.exe",
            ShellDetection.FindGitBash(static _ => null, static path => path == @"E:\Git\bin\bash.exe", static (program, _) => program == "git" ? "E:/Git/mingw64/libexec/git-core\n" : ""));
        Assert.Equal(
            @"C:\Program Files (x86)\Git\bin\bash.exe",
            ShellDetection.FindGitBash(static _ => null, static path => path == @"C:\Program Files (x86)\Git\bin\bash.exe", None));
        Assert.Throws<IOException>(() => ShellDetection.FindGitBash(static _ => null, static _ => false, None));
    }

    private static void SkipOnWindows()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs a POSIX system");
        }
    }

    private HostCommand Shell(string script) => new() { FileName = "/bin/bash", Arguments = ["-c", script], WorkingDirectory = _folder.Path };

    private static async Task<string> Text(Stream stream)
    {
        using StreamReader reader = new(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync(Token);
    }

    // Dead is also who is ending, whose files are closed already, and a zombie that nobody has reaped yet.
    private static bool IsAlive(int pid)
    {
        const uint Exiting = 4;
        if (!OperatingSystem.IsLinux())
        {
            return PosixNative.Signal(pid, 0);
        }

        try
        {
            // "12 (name) S parent group session terminal group flags …"
            string text = File.ReadAllText($"/proc/{pid}/stat");
            string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is not ("Z" or "X") && (uint.Parse(fields[6], System.Globalization.CultureInfo.InvariantCulture) & Exiting) == 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
