BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    function New-Config { New-ScriptedConfig $TestDrive 'text: one', 'text: two', 'text: three' }
}

Describe 'Start-KimiSession' {
    AfterEach { Get-KimiSession | Stop-KimiSession }

    It 'returns the session and makes it current' {
        $session = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $TestDrive
        $session | Should -BeOfType [Kimi.SessionInfo]
        $session.State | Should -Be 'Idle'
        $session.Model | Should -Be 't'
        $session.IsCurrent | Should -BeTrue
        { [guid] $session.Id } | Should -Not -Throw
        (Invoke-KimiTurn 'go' -ResultOnly).SessionId | Should -Be $session.Id
        (Invoke-KimiTurn 'go' -ResultOnly).Text | Should -Be 'two'
    }

    It 'goes on with a session of a given id' {
        $config = New-Config
        $null = Start-KimiSession -SessionId 'my notes' -ConfigFile $config -WorkDirectory $TestDrive
        (Invoke-KimiTurn 'first words' -ResultOnly).SessionId | Should -Be 'my notes'
        Stop-KimiSession
        $again = Start-KimiSession 'my notes' -ConfigFile $config -WorkDirectory $TestDrive
        $again.Id | Should -Be 'my notes'
        $again.Title | Should -Be 'first words'
    }

    It 'goes on with the last session of the directory' {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        $first = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $folder
        $null = Invoke-KimiTurn 'go'
        Stop-KimiSession
        (Start-KimiSession -Continue -ConfigFile (New-Config) -WorkDirectory $folder).Id | Should -Be $first.Id
    }

    It 'refuses what excludes each other and what is open' {
        { Start-KimiSession -Continue -SessionId x -ConfigFile (New-Config) } | Should -Throw -ErrorId 'KimiParameterConflict,*'
        $session = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $TestDrive
        { Start-KimiSession -SessionId $session.Id -ConfigFile (New-Config) -WorkDirectory $TestDrive } | Should -Throw -ErrorId 'KimiSessionOpen,*'
    }

    It 'says that there is nothing to continue' {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        { Start-KimiSession -Continue -ConfigFile (New-Config) -WorkDirectory $folder } | Should -Throw -ErrorId 'Kimi*'
    }

    It 'takes rules that hold for each turn' {
        { Start-KimiSession -AllowTool '(x)' -ConfigFile (New-Config) } | Should -Throw -ErrorId 'KimiRuleInvalid,*'
    }
}

Describe 'Get-KimiSession' {
    AfterEach { Get-KimiSession | Stop-KimiSession }

    It 'lists sessions as snapshots' {
        Get-KimiSession | Should -BeNullOrEmpty
        $one = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $TestDrive
        $two = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $TestDrive
        (Get-KimiSession).Id | Should -Be $one.Id, $two.Id
        (Get-KimiSession -Current).Id | Should -Be $two.Id
        (Get-KimiSession | Where-Object IsCurrent).Id | Should -Be $two.Id
        (Get-KimiSession $one.Id).Id | Should -Be $one.Id
        (Get-KimiSession ($one.Id.Substring(0, 6) + '*')).Id | Should -Be $one.Id
        ($one | Get-KimiSession).Id | Should -Be $one.Id
    }

    It 'reports an id that is not found, not a pattern' {
        Get-KimiSession nobody -ErrorAction SilentlyContinue -ErrorVariable problem | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiSessionNotFound,*'
        Get-KimiSession nobody* | Should -BeNullOrEmpty
    }

    It 'completes ids and models' {
        $session = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $TestDrive -SessionId "it's one"
        $line = 'Get-KimiSession -SessionId it'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain "'it''s one'"
        $line = 'Invoke-KimiTurn x -Model d'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'demo'
        $line = 'Invoke-KimiTurn x -FailOn De'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain 'Denied'
        $session.Id | Should -Be "it's one"
    }
}

Describe 'Stop-KimiSession' {
    AfterEach { Get-KimiSession | Stop-KimiSession }

    It 'closes the current session' {
        $session = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $TestDrive
        Stop-KimiSession | Should -BeNullOrEmpty
        Get-KimiSession | Should -BeNullOrEmpty
        { Invoke-KimiTurn x -Session $session } | Should -Throw -ErrorId 'KimiSessionNotFound,*'
        Stop-KimiSession -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiNoCurrentSession,*'
    }

    It 'closes by pipeline, by object, by id, and returns them with -PassThru' {
        1..3 | ForEach-Object { $null = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $TestDrive }
        $all = Get-KimiSession
        $closed = $all[0] | Stop-KimiSession -PassThru
        $closed.State | Should -Be 'Closed'
        Stop-KimiSession $all[1]
        Stop-KimiSession -Session $all[2].Id
        Get-KimiSession | Should -BeNullOrEmpty
    }

    It 'closes nothing with -WhatIf' {
        $null = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $TestDrive
        Stop-KimiSession -WhatIf
        @(Get-KimiSession).Count | Should -Be 1
    }

    It 'does not close the current session for an empty pipeline' {
        $null = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $TestDrive
        @() | Stop-KimiSession
        @(Get-KimiSession).Count | Should -Be 1
    }
}

Describe 'sessions and runspaces' {
    AfterEach { Get-KimiSession | Stop-KimiSession }

    It 'has a current session for each runspace and finds others by id' {
        $mine = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $TestDrive
        $other = [powershell]::Create().AddScript("Import-Module '$env:KIMI_OUTPUT'; Get-KimiSession -Current; (Invoke-KimiTurn go -Session $($mine.Id) -ResultOnly).Text")
        $other.Invoke() | Should -Be 'one'
        $other.Runspace.Dispose()
        (Get-KimiSession -Current).Id | Should -Be $mine.Id
    }

    It 'closes what a runspace opened when it goes' {
        $runspace = [runspacefactory]::CreateRunspace()
        $runspace.Open()
        $other = [powershell]::Create()
        $other.Runspace = $runspace
        $id = $other.AddScript("Import-Module '$env:KIMI_OUTPUT'; (Start-KimiSession -ConfigFile '$(New-Config)' -WorkDirectory '$TestDrive').Id").Invoke()
        (Get-KimiSession).Id | Should -Be $id
        $runspace.Close()
        Get-KimiSession | Should -BeNullOrEmpty
    }

    It 'closes what a thread job opened' {
        $config = New-Config
        $job = Start-ThreadJob { Import-Module $using:env:KIMI_OUTPUT; (Start-KimiSession -ConfigFile $using:config -WorkDirectory $using:TestDrive).Id }
        $id = $job | Receive-Job -Wait -AutoRemoveJob
        $id | Should -Not -BeNullOrEmpty
        @(Get-KimiSession | ForEach-Object Id) | Should -Not -Contain $id
    }

    It 'closes the sessions of this runspace when the module is removed' {
        $pwsh = $env:KIMI_TEST_PWSH
        $text = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$env:KIMI_OUTPUT'; `$null = Start-KimiSession -ConfigFile '$(New-Config)' -WorkDirectory '$TestDrive'
            Remove-Module Kimi; Import-Module '$env:KIMI_OUTPUT'; @(Get-KimiSession).Count"
        $text | Should -Be '0'
    }

    It 'runs turns of several runspaces at the same time' {
        $configs = 1..4 | ForEach-Object { New-ScriptedConfig $TestDrive "text: answer $_" }
        $answers = $configs | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $env:KIMI_OUTPUT
            (Invoke-KimiTurn go -ConfigFile $_ -WorkDirectory $using:TestDrive -ResultOnly).Text
        }
        $answers | Sort-Object | Should -Be 'answer 1', 'answer 2', 'answer 3', 'answer 4'
    }
}

Describe 'many sessions' {
    It 'take little memory each, and leave nothing open' {
        $config = New-ScriptedConfig $TestDrive 'text: one'
        $null = Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $TestDrive # what all share is loaded
        $before = [System.GC]::GetTotalMemory($true)
        $all = 1..100 | ForEach-Object { Start-KimiSession -ConfigFile $config -WorkDirectory $TestDrive }
        $each = ([System.GC]::GetTotalMemory($true) - $before) / 100
        $all | Stop-KimiSession
        $each | Should -BeLessThan 500KB # 80 KB were measured
        Get-KimiSession | Should -BeNullOrEmpty
    }
}
