using System.Diagnostics;
using System.Globalization;
using Kimi.Engine.Chat;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Tools.Shells;
using static Kimi.Engine.Tests.Tools.ResultAsserts;

namespace Kimi.Engine.Tests.Tools;

public sealed class ShellToolTests : IDisposable
{
    private readonly ToolBench _bench = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _bench.Dispose();

    private Task<ToolReturnValue> Run(string command, int timeout = 60) =>
        _bench.Call(new ShellTool(_bench.Services), Json(("command", command), ("timeout", timeout)));

    [Fact]
    public async Task Both_outputs_are_taken()
    {
        ToolReturnValue result = await Run("echo out; sleep 0.05; echo err 1>&2");
        result.IsOk("out\nerr\n", "Command executed successfully.");
        Assert.Empty(result.Display);
        Assert.Equal(("Shell", "run command", "Run command `echo out; sleep 0.05; echo err 1>&2`"), (_bench.Approvals.Asked[0].Sender, _bench.Approvals.Asked[0].Action, _bench.Approvals.Asked[0].Description));
        Assert.Equal([new ShellBlock("bash", "echo out; sleep 0.05; echo err 1>&2")], _bench.Approvals.Asked[0].Display);
    }

    [Theory]
    [InlineData("echo partial; exit 4", "partial\n", 4, "\npartial")]
    [InlineData("exit 7", "", 7, "")]
    [InlineData("echo; exit 7", "\n", 7, "")]
    [InlineData("kill -9 $$", "", -9, "")]
    [InlineData("exit 137", "", 137, "")]
    [InlineData("seq 8; exit 1", "1\n2\n3\n4\n5\n6\n7\n8\n", 1, "\n4\n5\n6\n7\n8")]
    public async Task A_failure_tells_its_code_and_the_tail(string command, string output, int code, string tail)
    {
        ToolReturnValue result = await Run(command);
        result.IsError($"Command failed with exit code: {code}.", $"Failed with exit code: {code}{tail}");
        Assert.Equal(output, result.OutputText);
    }

    [Theory]
    [InlineData(":", "")]
    [InlineData("  ", "")]
    [InlineData("cat; echo done", "done\n")]
    [InlineData("printf 'a\\rb\\r\\nc'", "a\rb\r\nc")]
    [InlineData("printf '\\377\\n'", "\ufffd\n")]
    [InlineData("echo $SHELL $GIT_TERMINAL_PROMPT", "/bin/bash 0\n")]
    [InlineData("basename \"$(pwd)\"", "work\n")]
    public async Task Successes(string command, string output)
    {
        if (!File.Exists("/bin/bash"))
        {
            Assert.Skip("needs /bin/bash");
        }

        (await Run(command)).IsOk(output, "Command executed successfully.");
    }

    [Fact]
    public async Task A_variable_that_is_set_stays()
    {
        _bench.Variables["GIT_TERMINAL_PROMPT"] = "1";
        (await Run("echo x$GIT_TERMINAL_PROMPT")).IsOk("x" + Environment.GetEnvironmentVariable("GIT_TERMINAL_PROMPT") + "\n", "Command executed successfully.");
    }

    [Fact]
    public async Task The_time_limit_keeps_what_was_written()
    {
        ToolReturnValue result = await Run("echo started; printf half; sleep 9", 1);
        result.IsError("Command killed by timeout (1s)", "Killed by timeout (1s)");
        Assert.Equal("started\nhalf", result.OutputText);
    }

    [Fact]
    public async Task The_time_limit_kills_everything_even_what_ignores_signals_and_has_lost_its_parent()
    {
        Stopwatch watch = Stopwatch.StartNew();
        ToolReturnValue result = await Run("trap '' TERM INT; (sleep 300 & echo $!); echo $$; sleep 300", 1);
        result.StartsError("Command killed by timeout", "Killed by timeout (1s)");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
        foreach (string pid in result.OutputText!.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Assert.False(IsAlive(pid));
        }
    }

    [Fact]
    public async Task The_call_ends_with_the_outputs_not_with_the_shell()
    {
        (await Run("(sleep 0.3; echo late) & echo early")).IsOk("early\nlate\n", "Command executed successfully.");
        Stopwatch watch = Stopwatch.StartNew();
        ToolReturnValue left = await Run("sleep 30 >/dev/null 2>&1 & echo $!");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10));
        Assert.True(IsAlive(left.OutputText!.Trim()));
        Process.GetProcessById(int.Parse(left.OutputText!, CultureInfo.InvariantCulture)).Kill();
    }

    [Fact]
    public async Task Cancelling_kills_the_command()
    {
        using CancellationTokenSource stop = new();
        ToolCall call = new("c1", "Shell", Json(("command", $"echo $$ > {_bench.PathOf("pid")}; touch {_bench.PathOf("ready")}; sleep 300")));
        using FileSystemWatcher watcher = new(_bench.Work, "ready") { EnableRaisingEvents = true };
        TaskCompletionSource ready = new();
        watcher.Created += (_, _) => ready.TrySetResult();
        Toolset tools = new();
        tools.Add(new ShellTool(_bench.Services));
        Task<ToolReturnValue> run = tools.HandleAsync(call, _bench.Context(call), stop.Token);
        await ready.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.False(IsAlive(_bench.Read("pid").Trim()));
    }

    [Fact]
    public async Task Long_lines_and_long_outputs_are_cut()
    {
        ToolReturnValue result = await Run("head -c 3000 /dev/zero | tr '\\0' x; echo; echo y");
        result.IsOk(new string('x', 2000 - 14 - 1) + "[...truncated]\ny\n", "Command executed successfully. Output is truncated to fit in the message.");
        result = await Run("yes 123456 | head -n 20000");
        Assert.Equal("Command executed successfully. Output is truncated to fit in the message.", result.Message);
        Assert.EndsWith("123456\n[...truncated]\n", result.OutputText, StringComparison.Ordinal);
        Assert.InRange(result.OutputText!.Length, 50_000, 50_020);
    }

    [Fact]
    public async Task A_flood_is_taken_in_bounded_memory()
    {
        await Run("true");
        long before = GC.GetTotalAllocatedBytes();
        (await Run("head -c 200000000 /dev/zero")).StartsOk("Command executed successfully.");
        (await Run("yes | head -c 200000000; exit 3")).StartsError("Command failed with exit code: 3.", "Failed with exit code: 3\ny\ny\ny\ny\ny");

        // Other tests allocate meanwhile; keeping the 400 MB would show all the same.
        long allocated = GC.GetTotalAllocatedBytes() - before;
        Assert.True(allocated < 200_000_000, $"{allocated} bytes");
    }

    [Fact]
    public async Task Carriage_returns_of_a_long_line_are_kept_apart()
    {
        ToolReturnValue result = await Run("for i in $(seq 30000); do printf '%05d\\r' $i; done; echo end");
        Assert.StartsWith("00001\r00002\r", result.OutputText, StringComparison.Ordinal);
        Assert.DoesNotContain("truncated]\r", result.OutputText![..40_000], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_fit()
    {
        (await Run("")).IsError("Command cannot be empty.", "Empty command");
        (await Run("true", 301)).IsInvalid("timeout must be <= 300s for foreground commands; use run_in_background=true for longer timeouts (up to 86400s)");
        (await Run("true", 0)).IsInvalid("timeout");
        (await _bench.Call(new ShellTool(_bench.Services), "{\"command\":\"x\",\"run_in_background\":true,\"description\":\" \"}")).IsInvalid("description is required when run_in_background is true");
        Assert.Empty(_bench.Approvals.Asked);
    }

    [Fact]
    public async Task A_rejected_command_does_not_run()
    {
        _bench.Approvals.Answer = ApprovalService.Rejected("", false);
        (await Run("touch x")).StartsError("The tool call is rejected by the user.", "Rejected by user");
        Assert.False(File.Exists(_bench.PathOf("x")));
    }

    [Fact]
    public async Task What_cannot_be_started_is_told()
    {
        Directory.Delete(_bench.Work);
        (await Run("true")).StartsError(
            OperatingSystem.IsWindows() ? "Command execution failed: " : $"Command execution failed: [Errno 2] No such file or directory: '{_bench.Work}'", "Execution failed");
    }

    [Theory]
    [InlineData("ls 2>nul", "ls 2>/dev/null")]
    [InlineData("ls > NUL", "ls > /dev/null")]
    [InlineData("ls &>nul; x", "ls &>/dev/null; x")]
    [InlineData("(ls >nul)", "(ls >/dev/null)")]
    [InlineData("ls >nul|x", "ls >/dev/null|x")]
    [InlineData("ls >null", "ls >null")]
    [InlineData("ls >nul.txt", "ls >nul.txt")]
    [InlineData("echo nul", "echo nul")]
    public void On_windows_nul_is_rewritten(string command, string expected) => Assert.Equal(expected, ShellTool.WithoutNul(command));

    [Fact]
    public async Task Commands_run_at_the_same_time()
    {
        Task<ToolReturnValue>[] runs = [.. Enumerable.Range(0, 12).Select(n => Run($"sleep 0.5; echo {n}"))];
        Stopwatch watch = Stopwatch.StartNew();
        ToolReturnValue[] results = await Task.WhenAll(runs);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(4), watch.Elapsed.ToString());
        Assert.Equal(Enumerable.Range(0, 12).Select(static n => $"{n}\n"), results.Select(static result => result.OutputText));
    }

    private static bool IsAlive(string pid)
    {
        try
        {
            return !File.ReadAllText($"/proc/{int.Parse(pid, CultureInfo.InvariantCulture)}/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
