BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    function Get-TaskFolder([string] $Session) {
        Get-ChildItem (Join-Path $env:KIMI_SHARE_DIR sessions) -Recurse -Directory -Filter tasks |
            Where-Object { $_.Parent.Name -eq $Session } | Get-ChildItem -Directory
    }
}

Describe 'background tasks' {
    It 'run in a process of their own' {
        $start = New-ToolCallScript Shell @{ command = 'echo "it is $$" && echo done'; run_in_background = $true; description = 'says it' }
        $config = New-ScriptedConfig $TestDrive $start, 'text: started'
        $session = Start-KimiSession -ConfigFile $config -WorkDirectory $TestDrive -ApprovalMode AllowAll
        try {
            $null = Invoke-KimiTurn start -Session $session.Id -ResultOnly
            $folder = Get-TaskFolder $session.Id
            $folder | Should -HaveCount 1
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            do {
                $runtime = Get-Content -Raw (Join-Path $folder.FullName runtime.json) | ConvertFrom-Json
                if ($watch.Elapsed.TotalSeconds -gt 60) { throw "still $($runtime.status)" }
                Start-Sleep -Milliseconds 50
            } until ($runtime.status -in 'completed', 'failed', 'lost', 'killed')
            $runtime.status | Should -Be 'completed'
            $runtime.exit_code | Should -Be 0
            $runtime.worker_pid | Should -Not -Be $PID
            Get-Content -Raw (Join-Path $folder.FullName output.log) | Should -Match 'it is \d+\s+done'
        }
        finally { Stop-KimiSession $session.Id }
    }

    It 'end with the session' {
        $mark = Join-Path $TestDrive 'mark'
        $start = New-ToolCallScript Shell @{ command = "echo `$`$ > '$mark'; exec sleep 120"; run_in_background = $true; description = 'sleeps' }
        $session = Start-KimiSession -ConfigFile (New-ScriptedConfig $TestDrive $start, 'text: started') -WorkDirectory $TestDrive -ApprovalMode AllowAll
        $null = Invoke-KimiTurn start -Session $session.Id -ResultOnly
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        while (-not ((Test-Path $mark) -and (Get-Content $mark))) {
            if ($watch.Elapsed.TotalSeconds -gt 60) { throw 'the command did not start' }
            Start-Sleep -Milliseconds 50
        }
        Stop-KimiSession $session.Id
        $watch.Restart()
        while (Get-Process -Id ([int](Get-Content $mark)) -ErrorAction Ignore | Where-Object ProcessName -EQ sleep) {
            if ($watch.Elapsed.TotalSeconds -gt 20) { throw 'the command still runs' }
            Start-Sleep -Milliseconds 50
        }
    }
}
