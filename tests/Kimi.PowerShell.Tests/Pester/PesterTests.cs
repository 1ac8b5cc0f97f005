using System.Diagnostics;
using Kimi.Testing.Mcp;

namespace Kimi.PowerShell.Tests.Pester;

/// <summary>Runs each Pester file on a real pwsh, in a process of its own, with a home directory of its own.</summary>
public sealed class PesterTests
{
    private static readonly TimeSpan s_ceiling = TimeSpan.FromMinutes(5);

    public static TheoryData<string> Files =>
        [.. Directory.GetFiles(Folder, "*.Tests.ps1").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Join(Repository.Root, "tests", "Kimi.PowerShell.Tests", "Pester");

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Pester(string file)
    {
        string pwsh = Pwsh.Require();
        string home = Directory.CreateTempSubdirectory("kimi-pester-").FullName;
        try
        {
            (int exitCode, string output) = await RunAsync(pwsh, file, home);
            if (exitCode == 42) { Pwsh.Skip("pwsh has no Pester 5: run ./build.ps1 -Task Bootstrap."); }
            Assert.True(exitCode == 0, output);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string pwsh, string file, string home)
    {
        ProcessStartInfo start = new(pwsh)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
        };
        foreach (string argument in (string[])["-NoProfile", "-NonInteractive", "-File", Path.Join(Folder, "Run.ps1"), "-Path", Path.Join(Folder, file)])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("KIMI_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["KIMI_OUTPUT"] = Path.Join(Repository.Module, "Kimi.psd1");
        start.Environment["KIMI_SHARE_DIR"] = Path.Join(home, "share");
        start.Environment["NO_COLOR"] = "1";
        start.Environment["KIMI_TEST_PWSH"] = pwsh; // not the process: where pwsh is a .NET tool, that is dotnet
        (string dotnet, string[] arguments) = McpStdioServer.CommandLine();
        start.Environment["KIMI_TEST_DOTNET"] = dotnet;
        start.Environment["KIMI_TEST_SERVER"] = arguments[0];
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        using CancellationTokenSource ceiling = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ceiling.CancelAfter(s_ceiling);
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(ceiling.Token);
            Task<string> error = process.StandardError.ReadToEndAsync(ceiling.Token);
            string text = await output + await error;
            await process.WaitForExitAsync(ceiling.Token);
            return (process.ExitCode, text);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }
}
