BeforeAll {
    . $PSScriptRoot/Shared.ps1
    . $PSScriptRoot/AnsweringHost.ps1
    Import-Module $env:KIMI_OUTPUT
    function Add-TestServer($Name, [string[]] $Option) {
        Add-KimiMcpServer $Name $env:KIMI_TEST_DOTNET -ArgumentList (@($env:KIMI_TEST_SERVER, 'serve-mcp') + $Option)
    }
    $ErrorActionPreference = 'Continue' # the runner's is Stop, and these commands report what does not end them
    $null = Add-TestServer main '--destructive'
}

AfterAll { Remove-KimiMcpServer * }

Describe 'Find-KimiMcpTool' {
    It 'ranks tools' {
        $found = Find-KimiMcpTool 'add numbers'
        $found[0] | Should -BeOfType [Kimi.McpToolInfo]
        $found[0].Name | Should -Be 'mcp__main__add_numbers'
        $found[0].Server | Should -Be 'main'
        $found[0].Tool | Should -Be 'add_numbers'
        $found[0].ArgumentNames | Should -Be 'a', 'b'
        ($found[0].Schema | ConvertFrom-Json).required | Should -Be 'a', 'b'
        $found[0].IsReadOnly | Should -BeFalse
        for ($i = 1; $i -lt $found.Count; $i++) { $found[$i].Score | Should -BeLessOrEqual $found[$i - 1].Score }
        (Find-KimiMcpTool echo)[0].IsReadOnly | Should -BeTrue
        (Find-KimiMcpTool erase)[0].IsDestructive | Should -BeTrue
        (Find-KimiMcpTool mcp__main__echo)[0].Score | Should -Be 1000
        Find-KimiMcpTool 'zebra crossing' | Should -BeNullOrEmpty
    }

    It 'lists all tools without a query' {
        $all = Find-KimiMcpTool
        $all.Count | Should -Be (Test-KimiMcpServer main).ToolCount
        $all.Score | ForEach-Object { $_ | Should -Be 0 }
        (Get-KimiMcpServer main).State | Should -Be 'Connected'
        (Get-KimiMcpServer main).ToolCount | Should -Be $all.Count
    }

    It 'takes servers by pipeline and reports those that fail' {
        $null = Add-TestServer broken '--exit'
        try {
            (Get-KimiMcpServer main | Find-KimiMcpTool ping).Name | Should -Be 'mcp__main__ping'
            $found = Find-KimiMcpTool ping -ErrorAction SilentlyContinue -ErrorVariable problem
            $found.Name | Should -Contain 'mcp__main__ping'
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpServerUnavailable,*'
            $problem[0].TargetObject | Should -Be 'broken'
            Find-KimiMcpTool ping -Server nobody -ErrorAction SilentlyContinue -ErrorVariable problem | Should -BeNullOrEmpty
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpServerNotFound,*'
            @() | Find-KimiMcpTool ping | Should -BeNullOrEmpty
        }
        finally { Remove-KimiMcpServer broken }
    }

    It 'waits no longer than -TimeoutSec' {
        $null = Add-TestServer mute '--silent'
        try {
            $watch = [System.Diagnostics.Stopwatch]::StartNew()
            (Find-KimiMcpTool ping -TimeoutSec 1 -ErrorAction SilentlyContinue -ErrorVariable problem).Name | Should -Contain 'mcp__main__ping'
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
            "$($problem[0])" | Should -BeLike '*mute*still connecting*'
        }
        finally { Remove-KimiMcpServer mute }
    }

    It 'warns where nothing is configured' {
        Set-Content (Join-Path $TestDrive 'empty.json') '{}'
        Find-KimiMcpTool -McpConfigFile (Join-Path $TestDrive 'empty.json') -WarningVariable said -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        "$said" | Should -BeLike '*Add-KimiMcpServer*'
    }

    It 'looks like a table of <Width> columns and travels' -ForEach @{ Width = 80 }, @{ Width = 120 } {
        $found = Find-KimiMcpTool text
        $lines = ($found | Out-String -Width $Width) -split '\r?\n' | Where-Object { $_ }
        $lines[0] | Should -Match '^Server\s+Tool\s+Access\s+Description'
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual $Width }
        ($found | Out-String) | Should -Not -Match "`e"
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($found[0], 1))
        $copy.Name | Should -Be $found[0].Name
        "$copy" | Should -Be $found[0].Name
        ($found[0] | ConvertTo-Json | ConvertFrom-Json).Schema | Should -Be $found[0].Schema
    }
}

Describe 'Invoke-KimiMcpTool' {
    It 'returns text' {
        Invoke-KimiMcpTool mcp__main__echo @{ text = 'Grüße' } | Should -Be 'Grüße'
        Invoke-KimiMcpTool main/echo '{"text": "json"}' | Should -Be 'json'
        Invoke-KimiMcpTool echo ([pscustomobject]@{ text = 'object' }) | Should -Be 'object'
        Invoke-KimiMcpTool -Name echo -Server main -Arguments @{ text = 'named' } | Should -Be 'named'
        Invoke-KimiMcpTool main/ping $null | Should -Be 'pong'
        Find-KimiMcpTool echo | Select-Object -First 1 | Invoke-KimiMcpTool -Arguments @{ text = 'piped' } | Should -Be 'piped'
    }

    It 'returns JSON and structured content as objects' {
        $items = Invoke-KimiMcpTool main/long_array @{ items = 3 }
        $items.id | Should -Be 0, 1, 2
        $items[2].name | Should -Be 'item 2'
        (Invoke-KimiMcpTool main/structured).value | Should -Be 1, 2.5
        $given = Invoke-KimiMcpTool main/arguments @{ n = [bigint]::Parse('123456789012345678901234567890'); l = 1, 'two', $null; h = @{ deep = @{ er = $true } }; d = 1.5 } -Raw
        $given.Text | Should -BeLike '*123456789012345678901234567890*'
        $value = $given.Text | ConvertFrom-Json
        $value.l | Should -Be 1, 'two', $null
        $value.h.deep.er | Should -BeTrue
    }

    It 'returns media' {
        $answer = Invoke-KimiMcpTool main/media
        $answer[0] | Should -BeOfType [string]
        $media = $answer | Where-Object { $_ -is [Kimi.McpMedia] }
        $media.Kind | Should -Be 'Image', 'Audio', 'Video', 'Image'
        [System.Text.Encoding]::ASCII.GetString($media[0].Data) | Should -Be 'img'
        $media[0].MimeType | Should -Be 'image/png'
        $media[3].Uri | Should -Be 'https://example.test/a.png'
        $media[3].Data | Should -BeNullOrEmpty
    }

    It 'returns the whole answer with -Raw' {
        $answer = Invoke-KimiMcpTool main/echo @{ text = 'x' } -Raw
        $answer | Should -BeOfType [Kimi.McpToolResult]
        $answer.Name | Should -Be 'mcp__main__echo'
        $answer.IsError | Should -BeFalse
        ($answer.Json | ConvertFrom-Json).content[0].text | Should -Be 'x'
        "$answer" | Should -Be 'x'
        $answer | Out-String | Should -Match '(?m)^Text\s+: x'
        Invoke-KimiMcpTool main/empty | Should -BeNullOrEmpty
    }

    It 'reports an error of the tool' {
        Invoke-KimiMcpTool main/fail -ErrorAction SilentlyContinue -ErrorVariable problem | Should -BeNullOrEmpty
        $? | Should -BeFalse
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpToolFailed,*'
        "$($problem[0])" | Should -Be 'it went wrong'
        $problem[0].TargetObject.IsError | Should -BeTrue
        { Invoke-KimiMcpTool main/fail -ErrorAction Stop } | Should -Throw -ErrorId 'KimiMcpToolFailed,*'
    }

    It 'checks <What> before anything is sent' -ForEach @(
        @{ What = 'a missing argument'; Arguments = @{}; Says = '*text*missing*' }
        @{ What = 'an unknown argument'; Arguments = @{ text = 'x'; txt = 'y' }; Says = '*txt*' }
        @{ What = 'a wrong type'; Arguments = @{ text = 1 }; Says = '*string*' }
    ) {
        Invoke-KimiMcpTool main/echo $Arguments -ErrorAction SilentlyContinue -ErrorVariable problem | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpArgumentInvalid,*'
        $problem[0].CategoryInfo.Category | Should -Be 'InvalidData'
        "$($problem[0])" | Should -BeLike $Says
    }

    It 'refuses <What> as arguments' -ForEach @(
        @{ What = 'an array'; Arguments = 1, 2 }
        @{ What = 'a JSON array'; Arguments = '[1]' }
        @{ What = 'text'; Arguments = 'text' }
        @{ What = 'a number'; Arguments = 5 }
    ) {
        { Invoke-KimiMcpTool main/echo $Arguments } | Should -Throw -ErrorId 'KimiMcpArgumentInvalid,*'
    }

    It 'reports <What>' -ForEach @(
        @{ What = 'an unknown tool'; Run = { Invoke-KimiMcpTool main/ech @{ text = 1 } }; Id = 'KimiMcpToolNotFound'; Says = '*mcp__main__echo*' }
        @{ What = 'an unknown server'; Run = { Invoke-KimiMcpTool echo -Server nobody }; Id = 'KimiMcpServerNotFound'; Says = '*nobody*' }
        @{ What = 'a refusal of the server'; Run = { Invoke-KimiMcpTool main/refuse @{ message = 'not today' } }; Id = 'KimiMcpCallFailed'; Says = '*not today*' }
        @{ What = 'a call that takes too long'; Run = { Invoke-KimiMcpTool main/slow @{ ms = 60000 } -TimeoutSec 1 }; Id = 'KimiTimeout'; Says = '*timed out*' }
    ) {
        $problem = & $Run 2>&1
        ($problem.FullyQualifiedErrorId -split ',')[0] | Should -Be $Id
        "$problem" | Should -BeLike $Says
        $problem.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'wants a clear name where several servers have a tool' {
        $null = Add-TestServer second
        try {
            $problem = Invoke-KimiMcpTool echo @{ text = 'x' } 2>&1
            $problem.FullyQualifiedErrorId | Should -BeLike 'KimiMcpToolAmbiguous,*'
            Invoke-KimiMcpTool echo @{ text = 'x' } -Server second | Should -Be 'x'
        }
        finally { Remove-KimiMcpServer second }
    }

    It 'keeps a server between calls, and brings back one that died' {
        Invoke-KimiMcpTool main/change_tools | Should -Be 'changed'
        Invoke-KimiMcpTool main/change_tools | Should -Be 'changed'
        Invoke-KimiMcpTool main/die -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiMcpCallFailed,*'
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        while ((Get-KimiMcpServer main).State -eq 'Connected' -and $watch.Elapsed.TotalSeconds -lt 10) { [System.Threading.Thread]::Yield() | Out-Null }
        Invoke-KimiMcpTool main/ping | Should -Be 'pong'
    }

    It 'can be stopped, and leaves no process behind' {
        $shell = [powershell]::Create().AddScript("Import-Module '$env:KIMI_OUTPUT'; Invoke-KimiMcpTool main/start_child; Invoke-KimiMcpTool main/slow @{ ms = 60000 }")
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $run = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
        while ($output.Count -eq 0 -and -not $run.IsCompleted) { $null = $run.AsyncWaitHandle.WaitOne(20) }
        $child = [int] "$($output[0])"
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 6
        $shell.Runspace.Dispose()
        while ((Get-Process -Id $child -ErrorAction Ignore) -and $watch.Elapsed.TotalSeconds -lt 20) { $null = $run.AsyncWaitHandle.WaitOne(20); [System.Threading.Thread]::Yield() | Out-Null }
        Get-Process -Id $child -ErrorAction Ignore | Should -BeNullOrEmpty
    }
}

Describe 'asking before a tool runs' {
    It 'runs nothing with -WhatIf' {
        Invoke-KimiMcpTool main/change_tools -WhatIf | Should -BeNullOrEmpty
        (Find-KimiMcpTool -Server main).Tool | Should -Not -Contain 'added'
    }

    It 'denies what nobody can be asked about' {
        $problem = Invoke-KimiMcpTool main/erase 2>&1
        $problem.FullyQualifiedErrorId | Should -BeLike 'KimiToolDenied,*'
        $problem.CategoryInfo.Category | Should -Be 'PermissionDenied'
        $problem.ErrorDetails.RecommendedAction | Should -BeLike '*-Force*'
        (Invoke-KimiMcpTool main/ping -Confirm 2>&1).FullyQualifiedErrorId | Should -BeLike 'KimiToolDenied,*'
        Invoke-KimiMcpTool main/erase -Force | Should -Be 'pong'
        Invoke-KimiMcpTool main/ping -Confirm:$false | Should -Be 'pong'
        $ConfirmPreference = 'Medium'
        (Invoke-KimiMcpTool main/ping 2>&1).FullyQualifiedErrorId | Should -BeLike 'KimiToolDenied,*'
    }

    It 'asks about a destructive tool: answer <Answer>' -ForEach @{ Answer = 0; Runs = $true }, @{ Answer = 2; Runs = $false } {
        $person = [AnsweringHost]::new(@($Answer))
        $runspace = [runspacefactory]::CreateRunspace($person)
        $runspace.Open()
        $shell = [powershell]::Create()
        $shell.Runspace = $runspace
        $output = $shell.AddScript("Import-Module '$env:KIMI_OUTPUT'; Invoke-KimiMcpTool main/erase @{ path = 'the disk' }").Invoke()
        $person.Interface.Asked | Should -HaveCount 1
        $person.Interface.Asked[0].Message | Should -BeLike '*main/erase*the disk*'
        if ($Runs) { $output | Should -Be 'pong' } else { $output | Should -BeNullOrEmpty }
        $shell.Streams.Error | Should -BeNullOrEmpty
        $runspace.Dispose()
    }
}

Describe 'completion of MCP tools' {
    It 'knows tools, and their arguments, that were seen' {
        $null = Find-KimiMcpTool -Server main
        $line = 'Invoke-KimiMcpTool -Name add_n'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'mcp__main__add_numbers'
        $line = 'Invoke-KimiMcpTool -Name mcp__main__ec'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'mcp__main__echo'
        $line = 'Invoke-KimiMcpTool -Name add_numbers -Arguments '
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain '@{ a = 0; b = 0 }'
        $line = 'Find-KimiMcpTool x -Server ma'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'main'
    }
    It 'knows tools that another process has seen' {
        $null = Find-KimiMcpTool -Server main
        $pwsh = $env:KIMI_TEST_PWSH
        $text = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$env:KIMI_OUTPUT'
            `$line = 'Invoke-KimiMcpTool -Name add_n'
            (TabExpansion2 `$line `$line.Length).CompletionMatches.CompletionText"
        $text | Should -Be 'mcp__main__add_numbers'
    }
}
