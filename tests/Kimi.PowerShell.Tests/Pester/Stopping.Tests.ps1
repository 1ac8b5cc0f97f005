BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    # A command that says that it runs and then runs for long.
    function New-LongConfig([string] $Mark) {
        $command = $IsWindows ? "echo x > '$Mark'; ping -n 120 127.0.0.1" : "echo `$`$ > '$Mark'; exec sleep 120"
        New-ScriptedConfig $TestDrive (New-ToolCallScript Shell @{ command = $command; timeout = 200 }), 'text: never'
    }
    function Wait-ForFile([string] $Path) {
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        while (-not ((Test-Path $Path) -and (Get-Content $Path))) {
            if ($watch.Elapsed.TotalSeconds -gt 30) { throw 'the command did not start' }
            Start-Sleep -Milliseconds 20
        }
    }
    function Assert-Gone([string] $Mark) {
        if ($IsWindows) { return }
        $id = [int](Get-Content $Mark)
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        while (Get-Process -Id $id -ErrorAction Ignore | Where-Object ProcessName -EQ sleep) {
            if ($watch.Elapsed.TotalSeconds -gt 10) { throw "process $id is still there" }
            Start-Sleep -Milliseconds 20
        }
    }
    $script = {
        param($Module, $Config, $Folder)
        Import-Module $Module
        Invoke-KimiTurn wait -ConfigFile $Config -WorkDirectory $Folder -ApprovalMode AllowAll
    }
}

Describe 'stopping a turn' {
    It 'ends its tools when the pipeline is stopped (Ctrl+C)' {
        $mark = Join-Path $TestDrive "$([guid]::NewGuid()).mark"
        $shell = [powershell]::Create().AddScript($script).AddArgument($env:KIMI_OUTPUT).AddArgument((New-LongConfig $mark)).AddArgument("$TestDrive")
        $run = $shell.BeginInvoke()
        Wait-ForFile $mark
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 5
        { $shell.EndInvoke($run) } | Should -Throw
        $shell.InvocationStateInfo.State | Should -Be 'Stopped'
        Assert-Gone $mark
        $shell.Runspace.Dispose()
    }

    It 'ends the turn with Select-Object -First' {
        $mark = Join-Path $TestDrive "$([guid]::NewGuid()).mark"
        $config = New-LongConfig $mark
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $first = Invoke-KimiTurn wait -ConfigFile $config -WorkDirectory $TestDrive -ApprovalMode AllowAll | Select-Object -First 1
        $first.Kind | Should -Be 'TurnBegin'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 20
        Get-KimiSession | Should -BeNullOrEmpty
    }

    It 'ends the tools too with Select-Object -First' {
        $mark = Join-Path $TestDrive "$([guid]::NewGuid()).mark"
        $config = New-LongConfig $mark
        $null = Invoke-KimiTurn wait -ConfigFile $config -WorkDirectory $TestDrive -ApprovalMode AllowAll |
            ForEach-Object { if ($_.Kind -eq 'ApprovalResponse') { Wait-ForFile $mark }; $_ } |
            Where-Object Kind -EQ ApprovalResponse | Select-Object -First 1
        Assert-Gone $mark
    }

    It 'lets the session go on afterwards' {
        $config = New-ScriptedConfig $TestDrive 'text: one', 'text: two'
        $session = Start-KimiSession -ConfigFile $config -WorkDirectory $TestDrive
        $null = Invoke-KimiTurn go | Select-Object -First 1
        (Get-KimiSession -Current).State | Should -Be 'Idle'
        (Invoke-KimiTurn go -ResultOnly).Status | Should -Be 'Completed'
        $session | Stop-KimiSession
    }

    It 'ends it when time is up, with an error and a result' {
        $mark = Join-Path $TestDrive "$([guid]::NewGuid()).mark"
        $result = Invoke-KimiTurn wait -ConfigFile (New-LongConfig $mark) -WorkDirectory $TestDrive -ApprovalMode AllowAll -TimeoutSec 3 -ResultOnly -ErrorAction SilentlyContinue -ErrorVariable problem
        $result.Status | Should -Be 'Truncated'
        $result.StopReason | Should -Be 'timeout'
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiTimeout,*'
        $problem[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        Assert-Gone $mark
        { Invoke-KimiTurn wait -ConfigFile (New-LongConfig $mark) -WorkDirectory $TestDrive -ApprovalMode AllowAll -TimeoutSec 1 -FailOn BudgetExceeded } |
            Should -Throw -ErrorId 'KimiTimeout,*'
    }

    It 'refuses a second turn in a busy session' {
        $mark = Join-Path $TestDrive "$([guid]::NewGuid()).mark"
        $session = Start-KimiSession -ConfigFile (New-LongConfig $mark) -WorkDirectory $TestDrive -ApprovalMode AllowAll
        $shell = [powershell]::Create().AddScript("Import-Module '$env:KIMI_OUTPUT'; Invoke-KimiTurn wait -Session '$($session.Id)'")
        $null = $shell.BeginInvoke()
        Wait-ForFile $mark
        (Get-KimiSession -Current).State | Should -Be 'Running'
        { Invoke-KimiTurn me -Session $session -ErrorAction Stop } | Should -Throw -ErrorId 'KimiSessionBusy,*'
        $shell.Stop()
        Assert-Gone $mark
        $session | Stop-KimiSession
        $shell.Runspace.Dispose()
    }

    It 'ends a running turn when its session is closed' {
        $mark = Join-Path $TestDrive "$([guid]::NewGuid()).mark"
        $session = Start-KimiSession -ConfigFile (New-LongConfig $mark) -WorkDirectory $TestDrive -ApprovalMode AllowAll
        $shell = [powershell]::Create().AddScript("Import-Module '$env:KIMI_OUTPUT'; Invoke-KimiTurn wait -Session '$($session.Id)' -ResultOnly")
        $run = $shell.BeginInvoke()
        Wait-ForFile $mark
        $session | Stop-KimiSession
        $shell.EndInvoke($run).Status | Should -Be 'Cancelled'
        $shell.Streams.Error[0].FullyQualifiedErrorId | Should -BeLike 'KimiTurnCancelled,*'
        Assert-Gone $mark
        $shell.Runspace.Dispose()
    }

    It 'ends with the process' {
        $mark = Join-Path $TestDrive "$([guid]::NewGuid()).mark"
        $pwsh = $env:KIMI_TEST_PWSH
        $config = New-LongConfig $mark
        & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$env:KIMI_OUTPUT'
            `$s = Start-KimiSession -ConfigFile '$config' -WorkDirectory '$TestDrive' -ApprovalMode AllowAll
            `$shell = [powershell]::Create().AddScript(`"Import-Module '$env:KIMI_OUTPUT'; Invoke-KimiTurn wait -Session '`$(`$s.Id)'`")
            `$null = `$shell.BeginInvoke()
            while (-not (Test-Path '$mark')) { Start-Sleep -Milliseconds 20 }
            exit 0"
        Assert-Gone $mark
    }
}
