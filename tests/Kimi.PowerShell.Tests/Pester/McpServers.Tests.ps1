BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    $file = Join-Path $env:KIMI_SHARE_DIR 'mcp.json'
    function Add-TestServer($Name, [string[]] $Option) {
        Add-KimiMcpServer $Name $env:KIMI_TEST_DOTNET -ArgumentList (@($env:KIMI_TEST_SERVER, 'serve-mcp') + $Option)
    }
    function Clear-Server { Remove-KimiMcpServer * -ErrorAction SilentlyContinue }
}

Describe 'Add-KimiMcpServer' {
    AfterEach { Clear-Server }

    It 'adds a program' {
        $env:KIMI_SHARE_DIR | Should -Not -BeNullOrEmpty
        $server = Add-KimiMcpServer one prog -ArgumentList '-a', 'b c', '' -EnvironmentVariable @{ TOKEN = ConvertTo-SecureString 'deep secret' -AsPlainText -Force } -Description 'says one' -WorkDirectory $TestDrive
        $server | Should -BeOfType [Kimi.McpServerInfo]
        $server.Name | Should -Be 'one'
        $server.Transport | Should -Be 'Stdio'
        $server.Target | Should -Be 'prog -a "b c" ""'
        $server.EnvironmentNames | Should -Be 'TOKEN'
        $entry = (Get-Content $file -Raw | ConvertFrom-Json).mcpServers.one
        $entry.command | Should -Be 'prog'
        $entry.args | Should -Be '-a', 'b c', ''
        $entry.env.TOKEN | Should -Be 'deep secret'
        $entry.cwd | Should -Be $TestDrive
        ($server | ConvertTo-Json -Depth 5) + ($server | Out-String) + ($server | Format-List * | Out-String) | Should -Not -Match 'deep secret'
    }

    It 'adds remote servers' {
        $server = Add-KimiMcpServer two -Url 'https://user:pw@example.com/mcp?api_key=abc&x=1' -Header @{ Authorization = 'Bearer s3cret' } -Transport Sse
        $server.Transport | Should -Be 'Sse'
        $server.Target | Should -Be 'https://******@example.com/mcp?api_key=******&x=******'
        $server.HeaderNames | Should -Be 'Authorization'
        $server | Format-List * | Out-String | Should -Not -Match 's3cret|abc'
        $signIn = Add-KimiMcpServer three -Url https://example.com/mcp -OAuth
        $signIn.Authorization | Should -Be 'OAuth'
        $signIn.IsAuthorized | Should -BeFalse
        $entries = (Get-Content $file -Raw | ConvertFrom-Json).mcpServers
        $entries.two.transport | Should -Be 'sse'
        $entries.three.auth | Should -Be 'oauth'
    }

    It 'takes servers in the common form and keeps what it does not know' {
        Set-Content $file '{"other": 1, "mcpServers": {"old": {"command": "x", "mine": true}}}'
        $added = '{"mcpServers": {"a": {"command": "p"}, "b": {"url": "https://example.com/mcp"}}}' | Add-KimiMcpServer
        $added.Name | Should -Be 'a', 'b'
        '{"c": {"command": "p"}}' | Add-KimiMcpServer | Should -HaveCount 1
        $document = Get-Content $file -Raw | ConvertFrom-Json
        $document.other | Should -Be 1
        $document.mcpServers.old.mine | Should -BeTrue
        $document.mcpServers.PSObject.Properties.Name | Should -Be 'old', 'a', 'b', 'c'
    }

    It 'replaces a server with -Force only' {
        $null = Add-KimiMcpServer one first
        Add-KimiMcpServer one second -ErrorAction SilentlyContinue -ErrorVariable problem | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpServerExists,*'
        (Get-KimiMcpServer one).Target | Should -Be 'first'
        (Add-KimiMcpServer one second -Force).Target | Should -Be 'second'
    }

    It 'writes nothing with -WhatIf' {
        Add-KimiMcpServer one prog -WhatIf | Should -BeNullOrEmpty
        Get-KimiMcpServer | Should -BeNullOrEmpty
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'an address that is none'; Run = { Add-KimiMcpServer x -Url 'ftp://example.com' }; Id = 'KimiConfigurationInvalid,*' }
        @{ What = 'text that is no JSON'; Run = { 'nonsense' | Add-KimiMcpServer }; Id = 'KimiConfigurationInvalid,*' }
        @{ What = 'an entry without a target'; Run = { '{"mcpServers": {"x": {}}}' | Add-KimiMcpServer }; Id = 'KimiConfigurationInvalid,*' }
        @{ What = 'an empty name'; Run = { Add-KimiMcpServer '' prog }; Id = 'ParameterArgumentValidationError,*' }
        @{ What = 'a program and an address'; Run = { Add-KimiMcpServer x prog -Url https://example.com }; Id = 'PositionalParameterNotFound,*' }
    ) {
        $Run | Should -Throw -ErrorId $Id
        Get-KimiMcpServer | Should -BeNullOrEmpty
    }
}

Describe 'Get-KimiMcpServer and Remove-KimiMcpServer' {
    AfterEach { Clear-Server }

    It 'lists, filters and reports names that are not there' {
        'alpha', 'beta', 'beta2' | ForEach-Object { $null = Add-KimiMcpServer $_ prog }
        (Get-KimiMcpServer).Name | Should -Be 'alpha', 'beta', 'beta2'
        (Get-KimiMcpServer b*).Name | Should -Be 'beta', 'beta2'
        (Get-KimiMcpServer ALPHA).Name | Should -Be 'alpha'
        Get-KimiMcpServer nobody* | Should -BeNullOrEmpty
        Get-KimiMcpServer nobody -ErrorAction SilentlyContinue -ErrorVariable problem | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpServerNotFound,*'
        $problem[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'reads other files with -McpConfigFile' {
        Set-Content (Join-Path $TestDrive 'other.json') '{"mcpServers": {"elsewhere": {"command": "x", "args": ["--api-key", "k123", "TOKEN=t123"]}}}'
        $server = Get-KimiMcpServer -McpConfigFile (Join-Path $TestDrive 'other.json')
        $server.Target | Should -Be 'x --api-key ****** TOKEN=******'
        { Get-KimiMcpServer -McpConfigFile (Join-Path $TestDrive 'none.json') } | Should -Throw -ErrorId 'KimiPathNotFound,*'
        Set-Content $file '{"mcpServers": []}'
        { Get-KimiMcpServer } | Should -Throw -ErrorId 'KimiConfigurationInvalid,*'
        Remove-Item $file
    }

    It 'removes by name, by pattern, by pipeline, not with -WhatIf' {
        'alpha', 'beta', 'beta2' | ForEach-Object { $null = Add-KimiMcpServer $_ prog }
        Remove-KimiMcpServer alpha -WhatIf
        (Get-KimiMcpServer).Name | Should -Contain 'alpha'
        Get-KimiMcpServer alpha | Remove-KimiMcpServer | Should -BeNullOrEmpty
        Remove-KimiMcpServer be*
        Get-KimiMcpServer | Should -BeNullOrEmpty
        Remove-KimiMcpServer alpha -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpServerNotFound,*'
        { Remove-KimiMcpServer nothing* } | Should -Not -Throw
    }

    It 'completes names' {
        $null = Add-KimiMcpServer 'my server' prog
        $line = 'Remove-KimiMcpServer -Name my'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be "'my server'"
    }

    It 'fits <Width> columns' -ForEach @{ Width = 80 }, @{ Width = 120 } {
        $null = Add-KimiMcpServer one prog -ArgumentList (1..60)
        $text = Get-KimiMcpServer | Out-String -Width $Width
        $text | Should -Not -Match "`e"
        $text -split '\r?\n' | ForEach-Object { $_.Length | Should -BeLessOrEqual $Width }
        $text | Should -Match 'Name\s+Transport\s+State\s+Tools\s+Target'
    }
}

Describe 'Test-KimiMcpServer' {
    AfterEach { Clear-Server }

    It 'says of each server whether it works' {
        $null = Add-TestServer good
        $null = Add-TestServer bad '--exit'
        $null = Add-KimiMcpServer signin -Url http://127.0.0.1:9/mcp -OAuth
        $reports = Test-KimiMcpServer
        $reports.Name | Should -Be 'good', 'bad', 'signin'
        $reports | ForEach-Object { $_ | Should -BeOfType [Kimi.McpServerTest] }
        $reports[0].Success | Should -BeTrue
        $reports[0].ToolCount | Should -Be $reports[0].Tools.Count
        $reports[0].Tools | Should -Contain 'echo'
        $reports[0].Instructions | Should -BeLike 'A server for tests*'
        $reports[1].Success | Should -BeFalse
        $reports[1].Reason | Should -BeLike '*does not want to run*'
        $reports[2].Success | Should -BeFalse
        $reports[2].Reason | Should -BeLike '*not authorized*'
        (Get-KimiMcpServer good | Test-KimiMcpServer).Success | Should -BeTrue
        (Get-KimiMcpServer good).State | Should -Be 'NotConnected'
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($reports[1], 1))
        $copy.Reason | Should -Be $reports[1].Reason
        $reports | ConvertTo-Json -WarningVariable cut | Out-Null
        $cut | Should -BeNullOrEmpty
    }

    It 'gives up on a server that says nothing' {
        $null = Add-TestServer mute '--silent'
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $report = Test-KimiMcpServer mute -TimeoutSec 3
        $report.Success | Should -BeFalse
        $report.Reason | Should -BeLike '*no answer within 3 s*'
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 15
    }

    It 'can be stopped' {
        $null = Add-TestServer mute '--silent'
        $shell = [powershell]::Create().AddScript("Import-Module '$env:KIMI_OUTPUT'; 'ready'; Test-KimiMcpServer mute")
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $run = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
        while ($output.Count -eq 0 -and -not $run.IsCompleted) { [System.Threading.Thread]::Yield() | Out-Null }
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 6
        $shell.Runspace.Dispose()
    }
}

Describe 'Connect-KimiMcpServer' {
    BeforeAll {
        $portFile = Join-Path $TestDrive 'port'
        $start = [System.Diagnostics.ProcessStartInfo]::new($env:KIMI_TEST_DOTNET)
        $env:KIMI_TEST_SERVER, 'serve-mcp-http', '--protected', '--port-file', $portFile | ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardInput = $true
        $server = [System.Diagnostics.Process]::Start($start)
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        while (-not (Test-Path $portFile)) {
            if ($watch.Elapsed.TotalSeconds -gt 60) { throw 'the server did not start' }
            $null = $server.WaitForExit(50)
        }
        $url = "http://127.0.0.1:$(Get-Content $portFile)/mcp"
    }
    AfterEach { Clear-Server }
    AfterAll { $server.StandardInput.Close(); if (-not $server.WaitForExit(5000)) { $server.Kill($true) } }

    It 'signs in by an address that is shown' {
        $null = Add-KimiMcpServer guarded -Url $url -OAuth
        Invoke-KimiMcpTool guarded/ping -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpUnauthorized,*'
        $problem[0].ErrorDetails.RecommendedAction | Should -BeLike '*Connect-KimiMcpServer*'

        $shell = [powershell]::Create().AddScript("Import-Module '$env:KIMI_OUTPUT'; Connect-KimiMcpServer guarded -AddressOnly")
        $run = $shell.BeginInvoke()
        while ($shell.Streams.Information.Count -eq 0 -and -not $run.IsCompleted) { $null = $run.AsyncWaitHandle.WaitOne(50) }
        $shell.Streams.Error.Count | Should -Be 0
        $address = "$($shell.Streams.Information[0])" -replace '.*open: '
        (Invoke-WebRequest $address -NoProxy).StatusCode | Should -Be 200
        $report = $shell.EndInvoke($run)
        $report.Success | Should -BeTrue
        $report.Tools | Should -Contain 'echo'
        $shell.Runspace.Dispose()

        (Get-KimiMcpServer guarded).IsAuthorized | Should -BeTrue
        Invoke-KimiMcpTool guarded/ping | Should -Be 'pong'
    }

    It 'gives up after -TimeoutSec' {
        $null = Add-KimiMcpServer guarded -Url ($url + '?other') -OAuth
        Connect-KimiMcpServer guarded -AddressOnly -TimeoutSec 2 -ErrorAction SilentlyContinue -ErrorVariable problem 6>$null | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiTimeout,*'
    }

    It 'refuses what cannot work' {
        $null = Add-KimiMcpServer plain prog
        $null = Add-KimiMcpServer guarded -Url ($url + '?third') -OAuth
        Connect-KimiMcpServer nobody -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpServerNotFound,*'
        Connect-KimiMcpServer plain -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpOAuthUnused,*'
        # standard input is no terminal here: no browser is opened
        Connect-KimiMcpServer guarded -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpUnauthorized,*'
        Connect-KimiMcpServer guarded -AddressOnly -WhatIf | Should -BeNullOrEmpty
    }
}
