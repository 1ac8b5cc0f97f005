BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    $agent = Join-Path $TestDrive 'agent.yaml'
    @"
version: 1
agent:
  extend: default
  tools: ['kimi_cli.tools.shell:PowerShell']
"@ | Set-Content -LiteralPath $agent
    $work = (New-Item -ItemType Directory (Join-Path $TestDrive 'work')).FullName
    function Invoke-Script([string] $Command, [int] $Timeout = 60) {
        $config = New-ScriptedConfig $TestDrive (New-ToolCallScript PowerShell @{ command = $Command; timeout = $Timeout }), 'text: done'
        $turn = Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $work -AgentFile $agent -InProcess -ApprovalMode AllowAll
        $turn | Where-Object { $_.GetType().Name -eq 'ToolResultEvent' }
    }
}

Describe 'the PowerShell tool in an isolated runspace' {
    It 'takes all streams in order' {
        $result = Invoke-Script "'out'; Write-Error 'bad'; Write-Warning 'careful'; Write-Host 'host'; [pscustomobject]@{ A = 1 } | Format-List; `$PID; (Get-Location).Path"
        $result.Output -split "`n" | ForEach-Object TrimEnd | Where-Object { $_ } | Should -Be 'out', 'Error: bad', 'WARNING: careful', 'host', 'A : 1', "$PID", $work
        $result.IsError | Should -BeFalse
    }

    It 'has the exit code of <Name>' -ForEach @(
        @{ Name = 'exit'; Command = "'a'; exit 3"; Code = 3 }
        @{ Name = 'throw'; Command = "throw 'boom'"; Code = 1 }
        @{ Name = 'a prompt'; Command = 'Read-Host x'; Code = 1 }
        @{ Name = 'a program'; Command = "& '$env:KIMI_TEST_PWSH' -NoProfile -NonInteractive -Command 'exit 4'"; Code = 4 }
    ) {
        $result = Invoke-Script $Command
        $result.IsError | Should -BeTrue
        $result.Message | Should -Be "Command failed with exit code: $Code."
    }

    It 'neither sees nor changes the session' {
        $global:KimiSecret = 'mine'
        $before = Get-Location
        $env:KIMI_TEST_KEPT = 'kept'
        try {
            $result = Invoke-Script "`"[`$KimiSecret]`"; `$global:KimiSecret = 'theirs'; `$env:KIMI_TEST_KEPT = 'changed'; `$env:KIMI_TEST_NEW = 'new'; function global:Get-KimiLeak { 1 }; Set-Location /"
            $result.Output.Trim() | Should -Be '[]'
            $global:KimiSecret | Should -Be 'mine'
            (Get-Location).Path | Should -Be $before.Path
            $env:KIMI_TEST_KEPT | Should -Be 'kept'
            $env:KIMI_TEST_NEW | Should -BeNullOrEmpty
            Get-Command Get-KimiLeak -ErrorAction Ignore | Should -BeNullOrEmpty
        }
        finally {
            Remove-Variable KimiSecret -Scope Global
            Remove-Item Env:KIMI_TEST_KEPT
        }
    }

    It 'ends at its time limit' {
        (Invoke-Script "'started'; Start-Sleep 100" 2).Message | Should -Be 'Command killed by timeout (2s)'
    }
}
