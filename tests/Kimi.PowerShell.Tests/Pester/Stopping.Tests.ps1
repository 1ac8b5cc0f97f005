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
    # The test server leaves a file that is named after its process.
    function Wait-ForProcess([string] $Folder) {
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        while (-not ($mark = Get-ChildItem $Folder -File | Where-Object Name -Match '^\d+$')) {
            if ($watch.Elapsed.TotalSeconds -gt 30) { throw 'the server did not start' }
            Start-Sleep -Milliseconds 20
        }
        [int]$mark.Name
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

Describe 'stopping <Code> while <Wait> does not answer' -ForEach @(
    @{ Wait = 'a program'; Code = 'Find-KimiMcpTool add -Server program' }
    @{ Wait = 'a program'; Code = 'Test-KimiMcpServer program' }
    @{ Wait = 'a program'; Code = 'Invoke-KimiMcpTool mcp__program__add @{ a = 1 }' }
    @{ Wait = 'an address'; Code = 'Find-KimiMcpTool add -Server address' }
    @{ Wait = 'an address'; Code = 'Test-KimiMcpServer address' }
    @{ Wait = 'an address'; Code = 'Connect-KimiMcpServer sign-in -AddressOnly' }
    @{ Wait = 'an address'; Code = 'Test-KimiProvider -ConfigFile $config' }
) {
    It 'ends it at once, and its process with the runspace' {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
        $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
        $listener.Start()
        $address = "http://127.0.0.1:$($listener.LocalEndpoint.Port)/mcp"
        $servers = Join-Path $folder 'mcp.json'
        @{ mcpServers = @{
                program   = @{ command = $env:KIMI_TEST_DOTNET; args = @($env:KIMI_TEST_SERVER, 'serve-mcp-raw', '--pids', $folder, '--deaf') }
                address   = @{ url = $address }
                'sign-in' = @{ url = $address; auth = 'oauth' }
            }
        } | ConvertTo-Json -Depth 5 | Set-Content $servers
        $config = Join-Path $folder 'config.json'
        @{
            default_model = 'm'
            models        = @{ m = @{ provider = 'p'; model = 'm'; max_context_size = 1000 } }
            providers     = @{ p = @{ type = 'kimi'; base_url = $address; api_key = 'key' } }
        } | ConvertTo-Json -Depth 5 | Set-Content $config
        $option = $Code -like '*Mcp*' ? "-McpConfigFile '$servers'" : ''
        $shell = [powershell]::Create().AddScript("Import-Module '$env:KIMI_OUTPUT'; `$config = '$config'; $Code $option")
        $run = $shell.BeginInvoke()
        $client = $null
        try {
            # It waits for an answer as soon as the process runs, or the request is there.
            if ($Wait -eq 'a program') { $id = Wait-ForProcess $folder }
            else {
                $client = $listener.AcceptTcpClient()
                $client.GetStream().ReadByte() | Should -BeGreaterThan 0
            }
            $run.IsCompleted | Should -BeFalse
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 5
            { $shell.EndInvoke($run) } | Should -Throw
            $shell.InvocationStateInfo.State | Should -Be 'Stopped'
            $shell.Runspace.Dispose() # connections are the runspace's: what waits for one leaves it to the next command
            if ($Wait -eq 'a program') { Get-Process -Id $id -ErrorAction Ignore | Should -BeNullOrEmpty }
        }
        finally {
            if ($client) { $client.Dispose() }
            $listener.Dispose()
            $shell.Runspace.Dispose()
            $shell.Dispose()
        }
    }
}

Describe 'a pipe where a file should be' -Skip:$IsWindows {
    BeforeAll {
        $pipes = 'pipe.zip', 'pipe.txt', 'pipe.json' | ForEach-Object { Join-Path $TestDrive $_ }
        & mkfifo @pipes
        function Complete-InTime([string] $Code) {
            $shell = [powershell]::Create().AddScript("
                Import-Module '$env:KIMI_OUTPUT'
                Set-Location '$TestDrive'
                `$null = Start-KimiSession -ConfigFile '$(New-ScriptedConfig $TestDrive 'text: x')' -WorkDirectory '$TestDrive'
                `$null = Invoke-KimiTurn go
                $Code")
            $run = $shell.BeginInvoke()
            try {
                $run.AsyncWaitHandle.WaitOne(20000) | Should -BeTrue -Because 'nobody writes into the pipe or reads from it'
                $null = $shell.EndInvoke($run)
                $shell.Streams.Error
            }
            finally {
                if ($run.IsCompleted) { $shell.Runspace.Dispose() }
            }
        }
    }

    It 'is refused by <Code>' -ForEach @(
        @{ Code = 'Import-KimiSession pipe.zip'; Id = 'KimiStorage' }
        @{ Code = 'Import-KimiSession pipe.txt'; Id = 'KimiImportRefused' }
        @{ Code = 'Export-KimiSession pipe.zip -Force'; Id = 'KimiStorage' }
        @{ Code = 'Export-KimiSession pipe.json -Force'; Id = 'KimiStorage' }
        @{ Code = 'Export-KimiSession pipe.txt -Force'; Id = 'KimiStorage' }
    ) {
        $problem = @(Complete-InTime $Code)
        $problem | Should -HaveCount 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
        "$($problem[0])" | Should -Match 'not a regular file'
        (Get-ChildItem $TestDrive -Filter 'pipe.*').UnixStat.ItemType | Should -Be 'NamedPipe', 'NamedPipe', 'NamedPipe'
    }
}
