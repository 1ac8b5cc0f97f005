using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Tools.Plugins;
using Kimi.Engine.Tools.Shells;
using Kimi.Testing;
using static Kimi.Engine.Tests.Tools.ResultAsserts;

namespace Kimi.Engine.Tests.Tools;

public sealed class ProgramToolTests : IDisposable
{
    private readonly ToolBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private Task<ToolReturnValue> Run(string script, int timeout = 60)
    {
        if (LocalHost.FindProgram("pwsh") is null)
        {
            Assert.Skip("needs pwsh");
        }

        return _bench.Call(new PowerShellTool(_bench.Services), Json(("command", script), ("timeout", timeout)));
    }

    [Fact]
    public async Task All_streams_come_in_order()
    {
        ToolReturnValue result = await Run("""
            using namespace System.Text
            'out "quoted" $HOME ä'.Replace($HOME, '') ; Write-Error 'bad'; Write-Warning 'careful'; Write-Host 'host'
            [pscustomobject]@{ A = 1; B = 'x' } | Format-List
            Get-Item ./nowhere
            (Get-Location).Path | Split-Path -Leaf
            """);
        Assert.Equal("Command executed successfully.", result.Message);
        Assert.Equal(
            ["out \"quoted\" $HOME ä", "Error: bad", "WARNING: careful", "host", "A : 1", "B : x"],
            result.OutputText!.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.TrimEnd()).Take(6));
        Assert.Contains("\nGet-Item: ", result.OutputText, StringComparison.Ordinal);
        Assert.EndsWith("\nwork\n", result.OutputText, StringComparison.Ordinal);
        Assert.Equal(("PowerShell", "run PowerShell script"), (_bench.Approvals.Asked[0].Sender, _bench.Approvals.Asked[0].Action));
        Assert.Equal("powershell", Assert.IsType<ShellBlock>(Assert.Single(_bench.Approvals.Asked[0].Display)).Language);
    }

    [Theory]
    [InlineData("'a'; exit 3", 3, "a")]
    [InlineData("throw 'boom'", 1, "Error: boom")]
    [InlineData("if (", 1, "Missing condition")]
    [InlineData("sh -c 'echo native; exit 4'", 4, "native")]
    [InlineData("Read-Host x", 1, "NonInteractive")]
    public async Task Failures_have_a_code(string script, int code, string output)
    {
        ToolReturnValue result = await Run(script);
        Assert.Equal($"Command failed with exit code: {code}.", result.Message);
        Assert.Contains(output, result.OutputText, StringComparison.Ordinal);
        Assert.StartsWith($"Failed with exit code: {code}\n", result.Brief, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_has_a_time_limit()
    {
        ToolReturnValue result = await Run("'started'; Start-Sleep 100", 3);
        result.IsError("Command killed by timeout (3s)", "Killed by timeout (3s)");
    }

    [Fact]
    public async Task Scripts_that_do_not_run()
    {
        (await Run("")).IsError("Command cannot be empty.", "Empty command");
        (await Run(new string('#', 100_000))).StartsError("The script is too long.", "Script too long");
        _bench.Approvals.Answer = ApprovalService.Rejected("", false);
        (await Run("'x'")).StartsError("The tool call is rejected by the user.", "Rejected by user");
    }

    private Task<ToolReturnValue> Plugin(string script, string arguments = "{\"n\": 1}", string? schema = null) => _bench.Call(
        new PluginTool("lint", "Lints", schema is null ? null : LenientJson.Parse(schema), ["/bin/sh", "-c", script], _bench.Work, _bench.Services)
        {
            Variables = new Dictionary<string, string?> { ["api_key"] = "k" },
        },
        arguments);

    [Fact]
    public async Task A_plugin_reads_its_arguments_and_writes_its_result()
    {
        SkipOnWindows();
        (await Plugin("cat; echo; echo \" $api_key $(basename \"$PWD\") \"; echo noise >&2")).IsOk("{\"n\":1}\n k work", "");
        Assert.Equal(("lint", "plugin:lint", "Run plugin tool `lint`."), (_bench.Approvals.Asked[0].Sender, _bench.Approvals.Asked[0].Action, _bench.Approvals.Asked[0].Description));
        Assert.Empty(_bench.Approvals.Asked[0].Display);
    }

    [Theory]
    [InlineData("echo out; echo why >&2; exit 3", "why", 3)]
    [InlineData("echo out; exit 3", "out", 3)]
    [InlineData("exit 3", "Exit code 3", 3)]
    public async Task A_plugin_fails(string script, string reason, int code)
    {
        SkipOnWindows();
        (await Plugin(script)).IsError($"Plugin tool 'lint' failed: {reason}", $"Exit {code}");
    }

    [Fact]
    public async Task A_plugin_has_two_minutes_and_no_more()
    {
        SkipOnWindows();
        ManualTimeProvider time = new() { IsImmediate = true };
        _bench.Time = time;
        (await Plugin("echo some; sleep 1000")).IsError("Plugin tool 'lint' timed out after 120s.", "Timeout");
        Assert.Equal([TimeSpan.FromSeconds(120)], time.Waits);
    }

    [Fact]
    public async Task A_plugin_is_not_run()
    {
        (await Plugin("true", "{}", "{\"type\":\"object\",\"required\":[\"n\"]}")).IsInvalid();
        (await _bench.Call(new PluginTool("x", "", null, ["/no/such/program"], _bench.Work, _bench.Services), "{}")).StartsError("Error running tool: ", "Tool runtime error");
        _bench.Approvals.Answer = ApprovalService.Rejected("other way", false);
        (await Plugin("true")).IsError("The tool call is rejected by the user. Stop what you are doing and wait for the user to tell you how to proceed.", "Rejected by user");
    }

    private static void SkipOnWindows()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("needs a POSIX system");
        }
    }
}
