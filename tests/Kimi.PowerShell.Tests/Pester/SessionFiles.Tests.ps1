BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    function Start-Session([string[]] $Script = @('text: one', 'text: two', 'text: three', 'text: four'), [hashtable] $With = @{}) {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        Start-KimiSession -ConfigFile (New-ScriptedConfig $TestDrive $Script) -WorkDirectory $folder @With
    }
}

Describe 'sessions on disk' {
    AfterEach { Get-KimiSession | Stop-KimiSession }

    It 'are listed, opened again and deleted' {
        $session = Start-Session
        $null = Invoke-KimiTurn 'first words'
        Stop-KimiSession
        $listed = Get-KimiSession -ListAvailable -WorkDirectory $session.WorkDirectory
        $listed.Id | Should -Be $session.Id
        $listed.State | Should -Be 'OnDisk'
        $listed.Title | Should -Be 'first words'
        $again = $listed | Start-KimiSession -WorkDirectory $session.WorkDirectory -ConfigFile (New-ScriptedConfig $TestDrive 'text: x')
        $again.Id | Should -Be $session.Id
        { $again | Remove-KimiSession -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'KimiSessionOpen,*'
        $again | Remove-KimiSession -WhatIf -Force
        @(Get-KimiSession).Count | Should -Be 1
        $again | Remove-KimiSession -Force -Confirm:$false
        Get-KimiSession | Should -BeNullOrEmpty
        Get-KimiSession -ListAvailable -WorkDirectory $session.WorkDirectory | Should -BeNullOrEmpty
        { Remove-KimiSession $session.Id -WorkDirectory $session.WorkDirectory -Confirm:$false -ErrorAction Stop } | Should -Throw -ErrorId 'KimiSessionNotFound,*'
    }

    It 'that do not exist are said not to, with -WhatIf as well' {
        foreach ($command in 'Copy-KimiSession', 'Remove-KimiSession') {
            & $command nobody -WhatIf -ErrorAction SilentlyContinue -ErrorVariable record
            $record.FullyQualifiedErrorId | Should -BeLike 'KimiSessionNotFound,*' -Because $command
            $record.ErrorDetails.RecommendedAction | Should -BeLike '*Get-KimiSession*'
        }
    }

    It 'of several directories are deleted together' {
        $closed = Start-Session
        $null = Invoke-KimiTurn one
        Stop-KimiSession
        $open = Start-Session
        Remove-KimiSession $open.Id, $closed.Id -WorkDirectory $closed.WorkDirectory -Force -Confirm:$false -ErrorAction Stop
        Get-KimiSession -ListAvailable -WorkDirectory $closed.WorkDirectory | Should -BeNullOrEmpty
        Get-KimiSession -ListAvailable -WorkDirectory $open.WorkDirectory | Should -BeNullOrEmpty
    }

    It 'are renamed' {
        $session = Start-Session
        ($session | Rename-KimiSession 'A title' -PassThru).Title | Should -Be 'A title'
        Rename-KimiSession 'Another'
        (Get-KimiSession -Current).Title | Should -Be 'Another'
    }

    It 'are copied, whole or in part' {
        $session = Start-Session
        $null = Invoke-KimiTurn 'turn one'
        $null = Invoke-KimiTurn 'turn two'
        $copy = Copy-KimiSession $session
        $copy.Id | Should -Not -Be $session.Id
        $copy.State | Should -Be 'OnDisk'
        $part = $session | Copy-KimiSession -Turn 1
        (Get-Content (Join-Path $env:KIMI_SHARE_DIR sessions * $part.Id wire.jsonl) -Raw) | Should -Not -BeLike '*turn two*'
        (Get-Content (Join-Path $env:KIMI_SHARE_DIR sessions * $copy.Id wire.jsonl) -Raw) | Should -BeLike '*turn two*'
        { Copy-KimiSession $session -Turn 9 -ErrorAction Stop } | Should -Throw -ErrorId 'KimiStorage,*'
    }

    It 'are exported as <Extension> and an archive is restored' -ForEach @(
        @{ Extension = 'md'; Holds = '*hello there*' }
        @{ Extension = 'json'; Holds = '*"role": "user"*hello there*' }
        @{ Extension = 'zip'; Holds = '*' }
    ) {
        $session = Start-Session
        $path = Join-Path $TestDrive "$([guid]::NewGuid()) out.$Extension"
        $null = Invoke-KimiTurn 'hello there'
        $file = Export-KimiSession $path
        $file | Should -BeOfType [System.IO.FileInfo]
        $file.FullName | Should -Be $path
        (Get-Content $path -Raw) | Should -BeLike $Holds
        { Export-KimiSession $path -ErrorAction Stop } | Should -Throw -ErrorId 'KimiFileExists,*'
        Export-KimiSession $path -Force | Should -Not -BeNullOrEmpty
        if ($Extension -eq 'zip') {
            $restored = Import-KimiSession $path -WorkDirectory $session.WorkDirectory -NewId back
            $restored.Id | Should -Be 'back'
            $restored.Title | Should -Be 'hello there'
            { Import-KimiSession $path -WorkDirectory $session.WorkDirectory -NewId back -ErrorAction Stop } | Should -Throw -ErrorId 'KimiStorage,*'
        } else {
            $null = Import-KimiSession $path
        }
    }

    It 'that are empty leave what was exported before, with an error' {
        $file = New-Item (Join-Path $TestDrive before.md) -Value 'before'
        $session = Start-KimiSession -ConfigFile (New-ScriptedConfig $TestDrive 'text: x') -WorkDirectory $TestDrive
        $session | Export-KimiSession -Path $file -Force -ErrorVariable told -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $told[0].FullyQualifiedErrorId | Should -BeLike 'KimiNothingToExport,*'
        Get-Content $file | Should -Be 'before'
        $session | Stop-KimiSession
    }

    It 'refuse what is no archive' {
        $path = Join-Path $TestDrive bad.zip
        'no zip' | Set-Content $path
        { Import-KimiSession $path -ErrorAction Stop } | Should -Throw -ErrorId 'KimiStorage,*'
        { Import-KimiSession (Join-Path $TestDrive none.zip) -ErrorAction Stop } | Should -Throw -ErrorId 'KimiPathNotFound,*'
    }

    It 'are cleared and compressed' {
        $session = Start-Session 'text: one', 'text: a summary', 'text: two'
        $null = Invoke-KimiTurn 'remember this'
        $session | Compress-KimiSession 'the essence' -PassThru | Should -Not -BeNullOrEmpty
        Clear-KimiSession
        Clear-KimiSession -WhatIf
        (Invoke-KimiTurn 'again' -ResultOnly).Status | Should -Be 'Completed'
    }
}

Describe 'speaking into a turn' {
    AfterEach { Get-KimiSession | Stop-KimiSession }

    It 'stops it from another runspace' {
        $mark = Join-Path $TestDrive "$([guid]::NewGuid()).mark"
        $session = Start-Session (New-ToolCallScript Shell @{ command = "echo x > '$mark'; sleep 120"; timeout = 200 }) @{ ApprovalMode = 'AllowAll' }
        $shell = [powershell]::Create().AddScript("Import-Module '$env:KIMI_OUTPUT'; Invoke-KimiTurn wait -Session '$($session.Id)' -ResultOnly")
        $run = $shell.BeginInvoke()
        while (-not (Test-Path $mark)) { Start-Sleep -Milliseconds 20 }
        Send-KimiMessage 'quick' -PassThru | Should -Not -BeNullOrEmpty
        $session | Stop-KimiTurn
        $shell.EndInvoke($run).Status | Should -Be 'Cancelled'
        $shell.Runspace.Dispose()
        (Get-KimiSession -Current).State | Should -Be 'Idle'
    }

    It 'steers it between two steps' -Skip:$IsWindows {
        $go = Join-Path $TestDrive "$([guid]::NewGuid()).go"
        $mark = "$go.mark"
        $session = Start-Session (New-ToolCallScript Shell @{ command = "echo x > '$mark'; while [ ! -e '$go' ]; do sleep 0.05; done"; timeout = 60 }), 'text: done' @{ ApprovalMode = 'AllowAll' }
        $shell = [powershell]::Create().AddScript("Import-Module '$env:KIMI_OUTPUT'; Invoke-KimiTurn wait -Session '$($session.Id)'")
        $run = $shell.BeginInvoke()
        while (-not (Test-Path $mark)) { Start-Sleep -Milliseconds 20 }
        Send-KimiMessage 'look left' -Session $session
        'x' | Set-Content $go
        ($shell.EndInvoke($run) | Where-Object Kind -EQ SteerInput).Prompt | Should -Be 'look left'
        $shell.Runspace.Dispose()
    }

    It 'says that no turn runs' {
        $null = Start-Session
        { Send-KimiMessage 'hello?' -ErrorAction Stop } | Should -Throw -ErrorId 'KimiNoTurn,*'
        Stop-KimiTurn | Should -BeNullOrEmpty
    }
}
