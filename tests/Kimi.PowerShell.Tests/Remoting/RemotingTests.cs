using Kimi.PowerShell.Tests.Packages;
using Kimi.PowerShell.Tests.Pester;
using Kimi.Testing;

namespace Kimi.PowerShell.Tests.Remoting;

/// <summary>The module inside a remote session over SSH: a real server, a real client, two real pwsh.</summary>
public sealed class RemotingTests
{
    [Fact]
    public async Task A_turn_runs_in_a_remote_session_and_its_objects_come_back()
    {
        string pwsh = Pwsh.Require();
        if (SshServer.Unavailable is string reason) { Assert.Skip(reason); }
        using TempDirectory place = new();
        place.Write("work/here.txt", "x");
        Dictionary<string, string> environment = new() { ["KIMI_SHARE_DIR"] = place.At("share"), ["PATH"] = Environment.GetEnvironmentVariable("PATH")! };
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root) { environment["DOTNET_ROOT"] = root; }
        await using SshServer server = await SshServer.StartAsync(environment, TestContext.Current.CancellationToken, $"powershell {pwsh} -sshs -NoLogo -NoProfile");
        string module = Path.Join(Repository.Module, "Kimi.psd1");
        place.Write("remote.ps1", $$"""
            $ErrorActionPreference = 'Stop'
            $env:PATH = '{{server.ClientDirectory}}' + [IO.Path]::PathSeparator + $env:PATH
            $session = New-PSSession -HostName {{SshServer.Alias}}
            Invoke-Command -Session $session { Import-Module '{{module}}'; Set-Location '{{place.At("work")}}' }

            # The whole turn: tables need the module here as well.
            Import-Module '{{module}}'
            $objects = Invoke-Command -Session $session { Invoke-KimiTurn 'what is here?' -Model demo -ApprovalMode AllowAll }
            "kinds: $(($objects.Kind | Select-Object -Unique) -join ' ')"
            "types: $($objects[-1].PSObject.TypeNames[0]) $($objects[-1].Status) $($objects[-1].ToolCalls[0].Tool)"
            "table: $(($objects | Out-String -Width 100).Trim().Split("`n")[0].Trim() -replace ' +', ' ')"

            # Nobody sits there: what needs approval is refused, and said so here.
            $denied = Invoke-Command -Session $session { Invoke-KimiTurn 'what is here?' -Model demo -ResultOnly -ApprovalMode ReadOnly } -ErrorVariable told -ErrorAction SilentlyContinue
            "denied: $($denied.DeniedCount) $($told[0].FullyQualifiedErrorId)"

            # A pipeline that has enough ends the turn there.
            $first = Invoke-Command -Session $session { Invoke-KimiTurn 'what is here?' -Model demo -ApprovalMode AllowAll | Select-Object -First 1 }
            "first: $($first.Kind) $(Invoke-Command -Session $session { @(Get-KimiSession).Count })"
            Remove-PSSession $session
            """);

        string output = await BuiltPackages.RunAsync(pwsh, place.Path, "-NoProfile", "-NonInteractive", "-File", place.At("remote.ps1"));

        Assert.Equal(
            """
            kinds: TurnBegin StepBegin Text ToolCall StatusUpdate ToolResult ApprovalRequest ApprovalResponse TurnEnd Result
            types: Deserialized.Kimi.TurnResult Completed Glob
            table: Kind Summary PSComputerName
            denied: 2 KimiToolDenied,Kimi.PowerShell.Commands.InvokeKimiTurnCommand
            first: TurnBegin 0
            """,
            output.Trim(),
            ignoreLineEndingDifferences: true);
    }
}
