BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    function Start-Session {
        $null = Start-KimiSession -WorkDirectory $TestDrive -ConfigFile (New-ScriptedConfig $TestDrive (New-ToolCallScript SetTodoList @{ todos = @(@{ title = 'a'; status = 'done' }) }), 'text: done')
    }
}

Describe 'Register-KimiHook' {
    BeforeEach { Start-Session }
    AfterEach { Get-KimiSession | Stop-KimiSession }

    It 'sees what happens' {
        $global:seen = $null
        $hook = Register-KimiHook PreToolUse { param($Call) $global:seen = $Call; $global:item = $_ }
        $hook | Should -BeOfType [Kimi.HookInfo]
        $result = Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult
        $result.IsError | Should -BeFalse
        $seen.tool_name | Should -Be 'SetTodoList'
        $seen.tool_input.todos[0].title | Should -Be 'a'
        $item.tool_name | Should -Be 'SetTodoList'
    }

    It 'blocks by <Name>' -ForEach @(
        @{ Name = 'false'; Block = { $false }; Reason = '*' }
        @{ Name = 'a hashtable'; Block = { @{ permissionDecision = 'deny'; permissionDecisionReason = 'not today' } }; Reason = 'not today' }
        @{ Name = 'an object like that of command hooks'; Block = { [pscustomobject]@{ hookSpecificOutput = @{ permissionDecision = 'deny'; permissionDecisionReason = 'not now' } } }; Reason = 'not now' }
        @{ Name = 'throwing'; Block = { throw 'never' }; Reason = 'never' }
        @{ Name = 'break'; Block = { break }; Reason = '*outside of a loop*' }
        @{ Name = 'exit'; Block = { exit 3 }; Reason = '*exit*' }
    ) {
        $null = Register-KimiHook PreToolUse $Block
        $result = Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult
        $result.IsError | Should -BeTrue
        $result.Message | Should -BeLike $Reason
    }

    It 'lets pass what it does not mean' {
        $null = Register-KimiHook PreToolUse -Matcher '^Shell$' { $false }
        (Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult).IsError | Should -BeFalse
    }

    It 'is listed and taken away' {
        $hook = Register-KimiHook PreToolUse { $false }
        (Get-KimiHook).HookId | Should -Be $hook.HookId
        $hook | Unregister-KimiHook -WhatIf
        $hook | Unregister-KimiHook
        Get-KimiHook | Should -BeNullOrEmpty
        (Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult).IsError | Should -BeFalse
        { Unregister-KimiHook $hook.HookId -ErrorAction Stop } | Should -Throw -ErrorId 'KimiHookNotFound,*'
    }

    It 'is what forbids tools that ask for no permission' {
        $result = Invoke-KimiTurn go -DenyTool SetTodoList | Where-Object Kind -EQ ToolResult
        $result.IsError | Should -BeTrue
        $result.Message | Should -BeLike '*forbids*SetTodoList*'
    }
}
