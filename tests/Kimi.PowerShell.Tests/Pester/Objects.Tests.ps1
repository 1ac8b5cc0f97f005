BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    $events = Invoke-KimiTurn 'go' -IncludeDelta -WorkDirectory $TestDrive -ConfigFile (New-ScriptedConfig $TestDrive @(
            (New-ToolCallScript SetTodoList @{ todos = @(@{ title = 'a'; status = 'pending' }) }),
            "usage: input_other=7 output=3`nthink: hm`ntext: $('long ' * 60)"))
    $result = $events[-1]
}

Describe 'how events look' {
    It 'is one table for a mixed stream, <Width> columns wide' -ForEach @{ Width = 80 }, @{ Width = 120 } {
        $lines = ($events | Out-String -Width $Width) -split '\r?\n' | Where-Object { $_ }
        @($lines | Where-Object { $_ -match '^Kind\s+Summary' }) | Should -HaveCount 1
        $lines.Count | Should -Be ($events.Count + 2)
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual $Width }
        $lines[-1] | Should -BeLike 'Result *Completed: long*'
    }

    It 'is a list for a result that comes alone' {
        $text = $result | Out-String -Width 100
        $text | Should -Match '(?m)^Status\s+: Completed'
        $text | Should -Match '(?m)^Usage\s+: 7 in, 3 out'
        $text | Should -Match '(?m)^ToolCalls\s+: \{SetTodoList\}'
        $text | Should -Not -Match '(?m)^ErrorMessage'
    }

    It 'stays a table after the objects crossed a process' {
        $copies = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($events))
        ($copies | Out-String -Width 100) -split '\r?\n' | Where-Object { $_ -match '^Kind\s+Summary' } | Should -HaveCount 1
        ($copies[-1] | Out-String) | Should -Match '(?m)^Status\s+: Completed'
    }

    It 'has colour only for a terminal' {
        ($events | Out-String) | Should -Not -Match "`e"
        $pwsh = $env:KIMI_TEST_PWSH
        $config = New-ScriptedConfig $TestDrive 'text: x'
        $plain = & $pwsh -NoProfile -NonInteractive -Command "`$PSStyle.OutputRendering = 'PlainText'; Import-Module '$env:KIMI_OUTPUT'; Invoke-KimiTurn go -ConfigFile '$config' -WorkDirectory '$TestDrive'"
        ($plain -join "`n") | Should -Not -Match "`e"
        $PSStyle.OutputRendering = 'Ansi'
        try { ($events | Out-String) | Should -Match "`e\[" } finally { $PSStyle.OutputRendering = 'Host' }
        $events | ForEach-Object { "$($_.Kind)$($_.Summary)" | Should -Not -Match "`e" }
    }

    It 'shows sessions as a table' {
        $session = Start-KimiSession -ConfigFile (New-ScriptedConfig $TestDrive 'text: x') -WorkDirectory $TestDrive
        $lines = (Get-KimiSession | Out-String -Width 80) -split '\r?\n' | Where-Object { $_ }
        $lines[0] | Should -Match '^\*\s+Id\s+State\s+Model\s+Title'
        $lines[2] | Should -BeLike "`* $($session.Id) Idle  t *"
        $lines | ForEach-Object { $_.Length | Should -BeLessOrEqual 80 }
        $session | Stop-KimiSession
    }
}

Describe 'how events travel' {
    It 'keeps the properties of <Kind> in CliXml and JSON' -ForEach (
        'TurnBegin', 'StepBegin', 'Think', 'Text', 'TextDelta', 'ThinkDelta', 'ToolCall', 'ToolResult', 'StatusUpdate', 'TurnEnd', 'Result' | ForEach-Object { @{ Kind = $_ } }
    ) {
        $item = $events | Where-Object Kind -EQ $Kind | Select-Object -First 1
        $item | Should -Not -BeNullOrEmpty
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($item, 1))
        $copy.PSObject.TypeNames[0] | Should -Be "Deserialized.$($item.GetType().FullName)"
        $copy.PSObject.TypeNames | Should -Contain 'Deserialized.Kimi.TurnEvent'
        $json = $item | ConvertTo-Json -WarningVariable cut -WarningAction SilentlyContinue | ConvertFrom-Json
        if ($Kind -ne 'ToolCall') { $cut | Should -BeNullOrEmpty } # its Arguments may be deep; ArgumentsJson never is
        foreach ($property in $item.PSObject.Properties | Where-Object { $_.Value -is [string] -or $_.Value -is [ValueType] }) {
            $copy.($property.Name) | Should -Be $property.Value -Because $property.Name
            if ($property.Value -isnot [timespan]) { $json.($property.Name) | Should -Be $property.Value -Because $property.Name }
        }
        "$copy" | Should -Be "$item"
    }

    It 'keeps usage and tool calls of a result' {
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($result, 1))
        $copy.Usage.OutputTokens | Should -Be 3
        $copy.ToolCalls[0].Tool | Should -Be 'SetTodoList'
    }

    It 'comes out of Start-Job' {
        $config = New-ScriptedConfig $TestDrive 'text: from a job'
        $out = Start-Job { Import-Module $using:env:KIMI_OUTPUT; Invoke-KimiTurn go -ConfigFile $using:config -WorkDirectory $using:TestDrive } | Receive-Job -Wait -AutoRemoveJob
        $out[-1].Kind | Should -Be 'Result'
        $out[-1].Text | Should -Be 'from a job'
        ($out | Where-Object Kind -EQ Text).Text | Should -Be 'from a job'
    }

    It 'names every type for scripts' {
        [Kimi.ToolCallEvent].BaseType | Should -Be ([Kimi.TurnEvent])
        $events | Where-Object { $_ -is [Kimi.ToolCallEvent] } | Should -HaveCount 1
        ($events | Where-Object Kind -EQ ToolCall).Arguments.todos[0].title | Should -Be 'a'
    }
}
