BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
}

Describe 'Invoke-KimiTurn -AsJob' {
    AfterEach { Get-Job | Remove-Job -Force }

    It 'returns a job that emits the events' {
        $job = Invoke-KimiTurn go -AsJob -ConfigFile (New-ScriptedConfig $TestDrive 'text: from the job') -WorkDirectory $TestDrive
        $job | Should -BeOfType [System.Management.Automation.Job2]
        $job.PSJobTypeName | Should -Be 'Kimi'
        (Get-Job -Id $job.Id).Name | Should -Be $job.Name
        $null = $job | Wait-Job -Timeout 60
        $events = $job | Receive-Job -Keep
        $events[-1] | Should -BeOfType [Kimi.TurnResult]
        $events[-1].Text | Should -Be 'from the job'
        $job.State | Should -Be 'Completed'
        ($job | Receive-Job -Keep)[-1].Text | Should -Be 'from the job'
        $job.HasMoreData | Should -BeTrue
    }

    It 'is found, and removed by those who received it' {
        $config = New-ScriptedConfig $TestDrive 'text: once'
        $job = Invoke-KimiTurn go -AsJob -ResultOnly -ConfigFile $config -WorkDirectory $TestDrive
        foreach ($found in (Get-Job), (Get-Job -Id $job.Id), (Get-Job -Name $job.Name), (Get-Job -InstanceId $job.InstanceId), (Get-Job -Command '*Invoke-KimiTurn*')) {
            @($found) | Should -HaveCount 1
            $found.InstanceId | Should -Be $job.InstanceId
        }
        ($job | Receive-Job -Wait -AutoRemoveJob -ErrorAction Stop).Text | Should -Be 'once'
        Get-Job | Should -BeNullOrEmpty
        $other = Invoke-KimiTurn go -AsJob -ConfigFile $config -WorkDirectory $TestDrive
        $null = $other | Wait-Job -Timeout 60
        Remove-Job -Name $other.Name -ErrorAction Stop
        Get-Job | Should -BeNullOrEmpty
    }

    It 'takes piped input and the current location' {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        $config = New-ScriptedConfig $TestDrive 'text: x'
        Push-Location $folder
        try { $job = 'some context' | Invoke-KimiTurn go -AsJob -ConfigFile "../$(Split-Path -Leaf $config)" } finally { Pop-Location }
        ($job | Receive-Job -Wait)[0].Prompt | Should -BeLike '*some context*'
    }

    It 'runs in the current session' {
        $session = Start-KimiSession -ConfigFile (New-ScriptedConfig $TestDrive 'text: one') -WorkDirectory $TestDrive
        (Invoke-KimiTurn go -AsJob -ResultOnly | Receive-Job -Wait).SessionId | Should -Be $session.Id
        $session | Stop-KimiSession
    }

    It 'refuses what needs approval' {
        $config = New-ScriptedConfig $TestDrive (New-ToolCallScript WriteFile @{ path = (Join-Path $TestDrive no.txt); content = 'x' }), 'text: done'
        $job = Invoke-KimiTurn go -AsJob -ResultOnly -ConfigFile $config -WorkDirectory $TestDrive
        $result = $job | Receive-Job -Wait -ErrorAction SilentlyContinue -ErrorVariable problem
        $result.DeniedCount | Should -Be 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiToolDenied,*'
    }

    It 'fails with its reason' {
        $job = Invoke-KimiTurn go -AsJob -ConfigFile (New-ScriptedConfig $TestDrive 'error: 400 bad') -WorkDirectory $TestDrive -FailOn Error
        $null = $job | Wait-Job -Timeout 60
        $job.State | Should -Be 'Failed'
        $job.JobStateInfo.Reason.Message | Should -BeLike '*bad*'
    }

    It 'is stopped with its tools' -Skip:$IsWindows {
        $mark = Join-Path $TestDrive "$([guid]::NewGuid()).mark"
        $config = New-ScriptedConfig $TestDrive (New-ToolCallScript Shell @{ command = "echo `$`$ > '$mark'; exec sleep 120"; timeout = 200 }), 'text: never'
        $job = Invoke-KimiTurn go -AsJob -ConfigFile $config -WorkDirectory $TestDrive -ApprovalMode AllowAll
        while (-not ((Test-Path $mark) -and (Get-Content $mark))) { Start-Sleep -Milliseconds 20 }
        $job | Stop-Job
        $job.State | Should -Be 'Stopped'
        Get-Process -Id (Get-Content $mark) -ErrorAction Ignore | Where-Object ProcessName -EQ sleep | Should -BeNullOrEmpty
    }
}
