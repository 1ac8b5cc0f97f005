# Constrained Language mode, as in locked-down sessions: the cmdlets work, and nothing of ours lets a script out of it.
BeforeAll {
    . $PSScriptRoot/Shared.ps1
    function Invoke-Constrained([string] $Code, [hashtable] $With = @{}) {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$env:KIMI_OUTPUT'").Invoke()
            foreach ($name in $With.Keys) { $shell.Runspace.SessionStateProxy.SetVariable($name, $With[$name]) }
            $shell.Runspace.SessionStateProxy.LanguageMode = 'ConstrainedLanguage'
            $shell.Commands.Clear()
            $null = $shell.AddScript($Code)
            $shell.Invoke()
            if ($shell.Streams.Error.Count) { throw "$($shell.Streams.Error)" }
        }
        finally { $shell.Runspace.Dispose(); $shell.Dispose() }
    }
}

Describe 'Constrained Language mode' {
    It 'is no obstacle to sessions, turns, answers and files' {
        $config = New-ScriptedConfig $TestDrive 'text: one', 'text: {"a":1}', 'text: three'
        $out = Invoke-Constrained '
            Start-KimiSession -ConfigFile $config -WorkDirectory $folder
            Invoke-KimiTurn go -ResultOnly
            (Invoke-KimiTurn data -OutputSchema @{ type = "object"; properties = @{ a = @{ type = "integer" } }; required = @("a") }).a
            @{ x = 1 } | Invoke-KimiTurn -ResultOnly | ForEach-Object Text
            (Measure-KimiSession).Turns
            Stop-KimiSession' @{ config = $config; folder = "$TestDrive" }
        $out[1].Text | Should -Be 'one'
        $out[2..4] | Should -Be 1, 'three', 3
    }

    It 'holds for tools, with -Isolated <_>' -ForEach $false, $true {
        $config = New-ScriptedConfig $TestDrive (New-ToolCallScript probe @{}), 'text: done'
        $result = Invoke-Constrained '
            $null = Start-KimiSession -ConfigFile $config -WorkDirectory $folder
            $null = Register-KimiTool -Name probe -ReadOnly -Isolated:$isolated -ScriptBlock { "mode $($ExecutionContext.SessionState.LanguageMode)"; [System.IO.File]::Exists("/") }
            Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult
            Stop-KimiSession' @{ config = $config; folder = "$TestDrive"; isolated = $_ }
        "$($result.Output) $($result.Message)" | Should -Not -Match 'FullLanguage|True|False'
        "$($result.Output) $($result.Message)" | Should -Match 'Method invocation is supported only on core types'
    }

    It 'is not left with -InProcess' {
        { Invoke-Constrained 'Start-KimiSession -Model demo -InProcess -ErrorAction Stop' } | Should -Throw '*full language*'
    }

    It 'holds for hooks, which then refuse' {
        $config = New-ScriptedConfig $TestDrive (New-ToolCallScript Glob @{ pattern = '*' }), 'text: done'
        $result = Invoke-Constrained '
            $null = Start-KimiSession -ConfigFile $config -WorkDirectory $folder
            $null = Register-KimiHook PreToolUse { [System.IO.File]::Exists("/"); $true }
            Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult
            Stop-KimiSession' @{ config = $config; folder = "$TestDrive" }
        $result.IsError | Should -BeTrue
        "$($result.Output) $($result.Message)" | Should -Match 'Method invocation is supported only on core types'
    }

    It 'leaves a job its turn' {
        $config = New-ScriptedConfig $TestDrive 'text: from the job'
        (Invoke-Constrained 'Invoke-KimiTurn go -AsJob -ResultOnly -ConfigFile $config -WorkDirectory $folder | Receive-Job -Wait -AutoRemoveJob' @{
                config = $config; folder = "$TestDrive" }).Text | Should -Be 'from the job'
    }
}
