BeforeAll {
    . $PSScriptRoot/Shared.ps1
    . $PSScriptRoot/AnsweringHost.ps1
    Import-Module $env:KIMI_OUTPUT
    function New-WriteConfig([string] $Path, [string] $After = 'text: done') {
        New-ScriptedConfig $TestDrive (New-ToolCallScript WriteFile @{ path = $Path; content = "new`n" }), $After
    }
    function New-Target { Join-Path $TestDrive "$([guid]::NewGuid()).txt" }
}

Describe 'a tool call that needs approval' {
    It 'is refused where nobody can be asked, with an error, a count and the turn going on' {
        $target = New-Target
        $events = Invoke-KimiTurn go -ConfigFile (New-WriteConfig $target) -WorkDirectory $TestDrive -ErrorVariable problem -ErrorAction SilentlyContinue
        $target | Should -Not -Exist
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiToolDenied,*'
        $problem[0].CategoryInfo.Category | Should -Be 'PermissionDenied'
        $problem[0].ErrorDetails.RecommendedAction | Should -BeLike "*-AllowTool 'WriteFile'*"
        ($events | Where-Object Kind -EQ ApprovalRequest).Tool | Should -Be 'WriteFile'
        ($events | Where-Object Kind -EQ ApprovalResponse).Decision | Should -Be 'NoOneToAsk'
        $call = $events | Where-Object Kind -EQ ToolResult
        $call.Decision | Should -Be 'NoOneToAsk'
        $call.IsError | Should -BeTrue
        $events[-1].Status | Should -Be 'Completed'
        $events[-1].Text | Should -Be 'done'
        $events[-1].DeniedCount | Should -Be 1
        $events[-1].ToolCalls[0].Decision | Should -Be 'NoOneToAsk'
    }

    It 'makes $? false' {
        $null = Invoke-KimiTurn go -ConfigFile (New-WriteConfig (New-Target)) -WorkDirectory $TestDrive -ErrorAction SilentlyContinue
        $? | Should -BeFalse
    }

    It 'ends the command with -FailOn Denied' {
        { Invoke-KimiTurn go -ConfigFile (New-WriteConfig (New-Target)) -WorkDirectory $TestDrive -FailOn Denied -ErrorAction SilentlyContinue } |
            Should -Throw -ErrorId 'KimiTurnDenied,*'
    }

    It 'ends the turn at once with -ErrorAction Stop' {
        $target = New-Target
        { Invoke-KimiTurn go -ConfigFile (New-WriteConfig $target) -WorkDirectory $TestDrive -ErrorAction Stop } | Should -Throw -ErrorId 'KimiToolDenied,*'
        $target | Should -Not -Exist
    }

    It 'runs with <Name>' -ForEach @(
        @{ Name = '-AllowTool'; With = { @{ AllowTool = 'WriteFile' } } }
        @{ Name = '-AllowTool with its path'; With = { @{ AllowTool = "WriteFile($target)" } } }
        @{ Name = '-AllowTool with a folder'; With = { @{ AllowTool = "WriteFile($TestDrive/**)" } } }
        @{ Name = '-ApprovalMode AllowAll'; With = { @{ ApprovalMode = 'AllowAll' } } }
    ) {
        $target = New-Target
        $splat = & $With
        $events = Invoke-KimiTurn go -ConfigFile (New-WriteConfig $target) -WorkDirectory $TestDrive @splat
        $target | Should -Exist
        ($events | Where-Object Kind -EQ ApprovalResponse).Decision | Should -Be 'Allowed'
        $result = $events | Where-Object Kind -EQ ToolResult
        $result.IsError | Should -BeFalse
        $result.Files | Should -Be $target
        $result.Diff | Should -BeLike '*+new*'
        $events[-1].DeniedCount | Should -Be 0
    }

    It 'is refused with <Name>' -ForEach @(
        @{ Name = '-ApprovalMode ReadOnly'; With = { @{ ApprovalMode = 'ReadOnly' } } }
        @{ Name = '-DenyTool against AllowAll'; With = { @{ ApprovalMode = 'AllowAll'; DenyTool = 'WriteFile' } } }
        @{ Name = '-DenyTool against -AllowTool'; With = { @{ AllowTool = 'WriteFile'; DenyTool = "WriteFile($TestDrive/**)" } } }
    ) {
        $target = New-Target
        $splat = & $With
        $result = Invoke-KimiTurn go -ConfigFile (New-WriteConfig $target) -WorkDirectory $TestDrive -ResultOnly -ErrorAction SilentlyContinue -ErrorVariable problem @splat
        $target | Should -Not -Exist
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiToolDenied,*'
        $result.ToolCalls[0].Decision | Should -Be 'Denied'
        $result.Text | Should -Be 'done'
    }

    It 'is reported and not run with -WhatIf, whatever allows it' {
        $target = New-Target
        $events = Invoke-KimiTurn go -ConfigFile (New-WriteConfig $target) -WorkDirectory $TestDrive -ApprovalMode AllowAll -WhatIf
        $target | Should -Not -Exist
        ($events | Where-Object Kind -EQ ApprovalResponse).Decision | Should -Be 'WhatIf'
        $events[-1].ToolCalls[0].Decision | Should -Be 'WhatIf'
        $events[-1].DeniedCount | Should -Be 0
        $events[-1].Text | Should -Be 'done'
    }

    It 'is a dry run under $WhatIfPreference too' {
        $target = New-Target
        $config = New-WriteConfig $target
        & { $WhatIfPreference = $true; $null = Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $TestDrive -ApprovalMode AllowAll }
        $target | Should -Not -Exist
    }

    It 'is a dry run although the configuration approves everything' {
        $target = New-Target
        $config = New-WriteConfig $target
        $settings = Get-Content $config -Raw | ConvertFrom-Json -AsHashtable
        $settings.default_yolo = $true
        $settings | ConvertTo-Json -Depth 6 | Set-Content $config
        $null = Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $TestDrive -WhatIf
        $target | Should -Not -Exist
        $null = Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $TestDrive -DenyTool WriteFile -ErrorAction SilentlyContinue
        $target | Should -Not -Exist
        $null = Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $TestDrive
        $target | Should -Exist
    }

    It 'needs no approval where it only reads' {
        'here' | Set-Content (Join-Path $TestDrive read.txt)
        $config = New-ScriptedConfig $TestDrive (New-ToolCallScript ReadFile @{ path = 'read.txt' }), 'text: done'
        $events = Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $TestDrive -ApprovalMode ReadOnly -WhatIf
        $events.Kind | Should -Not -Contain 'ApprovalRequest'
        ($events | Where-Object Kind -EQ ToolResult).Output | Should -BeLike '*here*'
    }

    It 'takes the rules of the session and those of the turn' {
        $target = New-Target
        $session = Start-KimiSession -ConfigFile (New-WriteConfig $target) -WorkDirectory $TestDrive -AllowTool WriteFile
        $null = Invoke-KimiTurn go -DenyTool WriteFile -ErrorAction SilentlyContinue
        $target | Should -Not -Exist
        $session | Stop-KimiSession
    }

    It 'does not let a wildcard allow a second command' {
        $target = New-Target
        $config = New-ScriptedConfig $TestDrive (New-ToolCallScript Shell @{ command = "echo a; echo b > '$target'" }), 'text: done'
        $null = Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $TestDrive -AllowTool 'Shell(echo a*)' -ErrorAction SilentlyContinue
        $target | Should -Not -Exist
    }

    It 'waits for nobody when standard input is an open pipe' {
        $pwsh = $env:KIMI_TEST_PWSH
        $config = New-WriteConfig (New-Target)
        $start = [System.Diagnostics.ProcessStartInfo]::new($pwsh)
        '-NoProfile', '-Command', "Import-Module '$env:KIMI_OUTPUT'; (Invoke-KimiTurn go -ConfigFile '$config' -WorkDirectory '$TestDrive' -ResultOnly -ErrorAction SilentlyContinue).DeniedCount" |
            ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardInput = $true
        $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $process.StandardOutput.ReadToEnd().Trim() | Should -Be '1'
        $process.WaitForExit(60000) | Should -BeTrue
        $process.Dispose()
    }

    It 'is refused in <_>' -ForEach 'Start-Job', 'Start-ThreadJob' {
        $config = New-WriteConfig (New-Target)
        $job = & $_ { Import-Module $using:env:KIMI_OUTPUT; Invoke-KimiTurn go -ConfigFile $using:config -WorkDirectory $using:TestDrive -ResultOnly -ErrorAction SilentlyContinue }
        $result = $job | Receive-Job -Wait -AutoRemoveJob
        $result.DeniedCount | Should -Be 1
        $result.ToolCalls[0].Decision | Should -Be 'NoOneToAsk'
    }
}

Describe 'a person at the host' {
    BeforeAll {
        function Invoke-Answered([int[]] $Answer, [string] $Script) {
            $answering = [AnsweringHost]::new($Answer)
            $runspace = [runspacefactory]::CreateRunspace($answering)
            $runspace.Open()
            $shell = [powershell]::Create()
            $shell.Runspace = $runspace
            try {
                $output = $shell.AddScript("Import-Module '$env:KIMI_OUTPUT'; $Script").Invoke()
                [pscustomobject]@{ Output = $output; Asked = $answering.Interface.Asked; Errors = @($shell.Streams.Error) }
            } finally { $runspace.Dispose() }
        }
    }

    It 'says yes once' {
        $target = New-Target
        $run = Invoke-Answered 0 "Invoke-KimiTurn go -ConfigFile '$(New-WriteConfig $target)' -WorkDirectory '$TestDrive'"
        $target | Should -Exist
        $run.Asked.Count | Should -Be 1
        $run.Asked[0].Caption | Should -Be "Run tool 'WriteFile'?"
        $run.Asked[0].Message | Should -BeLike "*$target*+new*"
        $run.Asked[0].Default | Should -Be 2
        ($run.Output | Where-Object Kind -EQ ApprovalResponse).Decision | Should -Be 'Once'
    }

    It 'says always, and is not asked again' {
        $one = New-Target
        $two = New-Target
        $config = New-ScriptedConfig $TestDrive @(
            (New-ToolCallScript WriteFile @{ path = $one; content = 'x' })
            (New-ToolCallScript WriteFile @{ path = $two; content = 'x' } -Id c2)
            'text: done')
        $run = Invoke-Answered 1 "Invoke-KimiTurn go -ConfigFile '$config' -WorkDirectory '$TestDrive'"
        $run.Asked.Count | Should -Be 1
        $one | Should -Exist
        $two | Should -Exist
        ($run.Output | Where-Object Kind -EQ ApprovalResponse).Decision | Should -Be 'Session', 'Allowed'
    }

    It 'says no, which ends the turn' {
        $target = New-Target
        $run = Invoke-Answered 2 "Invoke-KimiTurn go -ConfigFile '$(New-WriteConfig $target)' -WorkDirectory '$TestDrive'"
        $target | Should -Not -Exist
        $run.Output[-1].Status | Should -Be 'Denied'
        $run.Output[-1].StopReason | Should -Be 'tool_rejected'
        @($run.Errors.FullyQualifiedErrorId) | Should -HaveCount 1
        $run.Errors[0].FullyQualifiedErrorId | Should -BeLike 'KimiTurnDenied,*'
    }

    It 'is asked for what rules allow with -Confirm' {
        $target = New-Target
        $run = Invoke-Answered 2 "Invoke-KimiTurn go -ConfigFile '$(New-WriteConfig $target)' -WorkDirectory '$TestDrive' -AllowTool WriteFile -Confirm"
        $run.Asked.Count | Should -Be 1
        $target | Should -Not -Exist
        $run.Output[-1].ToolCalls[0].Decision | Should -Be 'Denied'
    }

    It 'answers questions of the model' {
        $question = @{ questions = @(@{ question = 'Which?'; header = 'H'; options = @(@{ label = 'Red'; description = 'r' }, @{ label = 'Blue'; description = 'b' }) }) }
        $config = New-ScriptedConfig $TestDrive (New-ToolCallScript AskUserQuestion $question), 'text: done'
        $run = Invoke-Answered 1 "Invoke-KimiTurn go -ConfigFile '$config' -WorkDirectory '$TestDrive'"
        ($run.Output | Where-Object Kind -EQ QuestionRequest).Questions | Should -Be 'Which?'
        ($run.Output | Where-Object Kind -EQ ToolResult).Output | Should -BeLike '*Blue*'
    }
}
