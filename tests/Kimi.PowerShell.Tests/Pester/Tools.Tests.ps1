BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    function Start-Session([string[]] $Script, [hashtable] $With = @{}) {
        $null = Start-KimiSession -ConfigFile (New-ScriptedConfig $TestDrive $Script) -WorkDirectory $TestDrive @With
    }
    function global:Get-Sum {
        <#
        .SYNOPSIS
        Adds two numbers.
        .PARAMETER First
        The first one.
        #>
        [CmdletBinding(SupportsShouldProcess)]
        param(
            [Parameter(Mandatory)] [int] $First,
            [ValidateRange(0, 10)] [int] $Second = 1,
            [ValidateSet('plain', 'loud')] [string] $Style = 'plain',
            [switch] $Twice
        )
        if (-not $PSCmdlet.ShouldProcess("$First and $Second", 'Add')) { return 'not added' }
        $sum = $First + $Second
        if ($Twice) { $sum; $sum } else { $sum }
    }
}

AfterAll { Remove-Item function:Get-Sum -ErrorAction Ignore }

Describe 'Register-KimiTool' {
    AfterEach { Get-KimiSession | Stop-KimiSession }

    It 'makes the schema of the parameters' {
        Start-Session 'text: x'
        $tool = Register-KimiTool Get-Sum
        $tool | Should -BeOfType [Kimi.ToolInfo]
        $tool.Description | Should -Be 'Adds two numbers.'
        $schema = $tool.SchemaJson | ConvertFrom-Json
        $schema.required | Should -Be 'First'
        $schema.properties.First.type | Should -Be 'integer'
        $schema.properties.First.description | Should -Be 'The first one.'
        $schema.properties.Second.minimum | Should -Be 0
        $schema.properties.Second.maximum | Should -Be 10
        $schema.properties.Style.enum | Should -Be 'plain', 'loud'
        $schema.properties.Twice.type | Should -Be 'boolean'
        $schema.properties.PSObject.Properties.Name | Should -Not -Contain 'Verbose'
        $schema.properties.PSObject.Properties.Name | Should -Not -Contain 'WhatIf'
    }

    It 'runs the command for the model' {
        Start-Session (New-ToolCallScript Get-Sum @{ First = 2; Second = 3; Twice = $true }), 'text: done'
        $null = Register-KimiTool Get-Sum -ReadOnly
        $result = Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult
        $result.IsError | Should -BeFalse
        $result.Output | Should -Be "5`n5"
    }

    It 'asks before it runs one that may change something' {
        Start-Session (New-ToolCallScript Get-Sum @{ First = 2 }), 'text: done'
        $null = Register-KimiTool Get-Sum
        $events = Invoke-KimiTurn go -ErrorAction SilentlyContinue -ErrorVariable problem
        ($events | Where-Object Kind -EQ ApprovalRequest).Detail | Should -Be "Get-Sum -First '2'"
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiToolDenied,*'
        $events[-1].DeniedCount | Should -Be 1
    }

    It 'runs it when a rule allows it' {
        Start-Session (New-ToolCallScript Get-Sum @{ First = 2 }), 'text: done' @{ AllowTool = 'Get-Sum' }
        $null = Register-KimiTool Get-Sum
        (Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult).Output | Should -Be '3'
    }

    It 'passes -WhatIf through where it is supported' {
        Start-Session (New-ToolCallScript Get-Sum @{ First = 2 }), 'text: done'
        $null = Register-KimiTool Get-Sum
        $events = Invoke-KimiTurn go -WhatIf
        ($events | Where-Object Kind -EQ ToolResult).Output | Should -Be 'not added'
        ($events | Where-Object Kind -EQ ToolResult).Message | Should -BeLike '*dry run*'
        $events.Kind | Should -Not -Contain 'ApprovalRequest'
    }

    It 'gives bound arguments that the model neither sees nor changes' {
        Start-Session (New-ToolCallScript Get-Sum @{ First = 2; Second = 9 }), (New-ToolCallScript Get-Sum @{ First = 2 }), 'text: done'
        $tool = Register-KimiTool Get-Sum -ReadOnly -Bound @{ Second = 5 }
        ($tool.SchemaJson | ConvertFrom-Json).properties.PSObject.Properties.Name | Should -Not -Contain 'Second'
        $results = Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult
        $results[0].IsError | Should -BeTrue
        $results[1].Output | Should -Be '7'
        { Register-KimiTool Get-Sum -Bound @{ Nothing = 1 } } | Should -Throw -ErrorId 'KimiParameterNotFound,*'
    }

    It 'offers a script block' {
        Start-Session (New-ToolCallScript greet @{ Who = 'you' }), 'text: done'
        $prefix = 'hello'
        $tool = Register-KimiTool -Name greet -Description 'Greets.' -ReadOnly -ScriptBlock { param([Parameter(Mandatory)] [string] $Who) "$prefix $Who" }
        $tool.Source | Should -Be 'ScriptBlock'
        ($tool.SchemaJson | ConvertFrom-Json).required | Should -Be 'Who'
        (Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult).Output | Should -Be 'hello you'
    }

    It 'runs it in a runspace of its own with -Isolated' {
        Start-Session (New-ToolCallScript where @{}), 'text: done'
        $outside = 'seen'
        $null = Register-KimiTool -Name where -ReadOnly -Isolated -ScriptBlock { "[$outside] $([runspace]::DefaultRunspace.Id)" }
        $output = (Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult).Output
        $output | Should -BeLike '`[`] *'
        $output | Should -Not -Be "[] $([runspace]::DefaultRunspace.Id)"
        $outside | Should -Be 'seen'
    }

    It 'survives a script block that <Name>' -ForEach @(
        @{ Name = 'throws'; Block = { throw 'broken' }; Like = '*broken*'; Fails = $true }
        @{ Name = 'calls exit'; Block = { exit 3 }; Like = '*exit*'; Fails = $true }
        @{ Name = 'breaks'; Block = { break }; Like = '*outside of a loop*'; Fails = $true }
        @{ Name = 'continues elsewhere'; Block = { continue elsewhere }; Like = '*outside of a loop*'; Fails = $true }
        @{ Name = 'writes an error'; Block = { Write-Error 'partly' -ErrorAction Continue; 'rest' }; Like = '*partly*'; Fails = $false }
        @{ Name = 'writes to every stream'; Block = { Write-Warning 'w'; Write-Verbose 'v' -Verbose; Write-Information 'i'; Write-Host 'h'; 'out' }; Like = 'out*Warning: w*'; Fails = $false }
        @{ Name = 'prompts'; Block = { Read-Host 'name' }; Like = '*'; Fails = $true }
        @{ Name = 'returns too much'; Block = { 1..1000000 }; Like = '*'; Fails = $false }
        @{ Name = 'returns a cycle'; Block = { $a = @{}; $a.Self = $a; [pscustomobject]$a }; Like = '*'; Fails = $false }
        @{ Name = 'returns nothing'; Block = { }; Like = '*'; Fails = $false }
    ) {
        $unwinding = 'calls exit', 'breaks', 'continues elsewhere' # there is nothing to unwind in a runspace of its own
        foreach ($isolated in $false, $true) {
            Start-Session (New-ToolCallScript odd @{}), 'text: done'
            $null = Register-KimiTool -Name odd -ReadOnly -Isolated:$isolated -ScriptBlock $Block
            $events = Invoke-KimiTurn go
            $events[-1].Status | Should -Be 'Completed'
            $result = $events | Where-Object Kind -EQ ToolResult
            if ($Name -notin $unwinding -or -not $isolated) { $result.IsError | Should -Be $Fails -Because "isolated: $isolated, $($result.Message) $($result.Output)" }
            if ($Name -notin $unwinding -or -not $isolated) { "$($result.Output)`n$($result.Message)" | Should -BeLike "*$Like" }
            $result.Output.Length | Should -BeLessThan 60000
        }
    }

    It 'gives objects, not text, to the next command' {
        Start-Session (New-ToolCallScript numbers @{}), (New-ToolCallScript Measure-Object @{ InputObject = '@r1'; Property = @('Size'); Sum = $true }), 'text: done'
        $null = Register-KimiTool -Name numbers -ReadOnly -ScriptBlock { [pscustomobject]@{ Size = 3 }, [pscustomobject]@{ Size = 4 } }
        $null = Register-KimiTool Measure-Object -ReadOnly
        $results = Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult
        $results[0].Output | Should -Be '[{"Size":3},{"Size":4}]'
        $results[0].Message | Should -BeLike '*@r1*'
        $results[1].IsError | Should -BeFalse -Because "$($results[1].Message) $($results[1].Output)"
    }

    It 'is listed and taken away' {
        Start-Session (New-ToolCallScript Get-Sum @{ First = 1 }), 'text: done'
        $null = Register-KimiTool Get-Sum
        (Get-KimiTool Get-*).Name | Should -Be 'Get-Sum'
        (Get-KimiTool | Where-Object Source -EQ BuiltIn).Name | Should -Contain 'ReadFile'
        Unregister-KimiTool Get-Sum -WhatIf
        (Get-KimiTool).Name | Should -Contain 'Get-Sum'
        Unregister-KimiTool Get-Sum
        (Get-KimiTool).Name | Should -Not -Contain 'Get-Sum'
        (Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult).IsError | Should -BeTrue
        { Get-KimiTool Get-Sum -ErrorAction Stop } | Should -Throw -ErrorId 'KimiToolNotFound,*'
    }

    It 'refuses names that cannot be' {
        Start-Session 'text: x'
        { Register-KimiTool Get-Nothing -ErrorAction Stop } | Should -Throw -ErrorId 'KimiCommandNotFound,*'
        { Register-KimiTool -Name Shell -ScriptBlock { 1 } -ErrorAction Stop } | Should -Throw -ErrorId 'KimiToolNameTaken,*'
        { Register-KimiTool -Name 'a b' -ScriptBlock { 1 } } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'offers all commands of a module' {
        Start-Session 'text: x'
        (Register-KimiTool -Module Kimi).Name | Should -Contain 'Get-KimiSession'
    }
}
