BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    class Finding { [string] $File; [ValidateSet('low', 'high')] [string] $Severity; [int] $Line }
    class Report { [string] $Title; [Finding[]] $Findings; [Nullable[datetime]] $Made }
    function Invoke-Answered([string[]] $Script, $Schema, [hashtable] $With = @{}) {
        Invoke-KimiTurn 'go' -ConfigFile (New-ScriptedConfig $TestDrive $Script) -WorkDirectory $TestDrive -OutputSchema $Schema @With
    }
}

Describe '-OutputSchema' {
    It 'gives objects for a schema as <Name>' -ForEach @(
        @{ Name = 'text'; Schema = '{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}' }
        @{ Name = 'hashtable'; Schema = @{ type = 'object'; properties = @{ a = @{ type = 'integer' } }; required = @('a') } }
    ) {
        $data = Invoke-Answered 'text: {"a": 5, "b": [1, {"c": null}]}' $Schema
        $data.a | Should -Be 5
        $data.b[0] | Should -Be 1
        $data.b[1].c | Should -BeNullOrEmpty
    }

    It 'gives objects of a class, one by one' {
        $data = Invoke-Answered 'text: {"items":[{"File":"a","Severity":"low","Line":1},{"File":"b","Severity":"high","Line":2}]}' ([Finding[]])
        $data | Should -HaveCount 2
        $data[1].GetType().Name | Should -Be 'Finding'
        ($data | Where-Object Severity -EQ high).File | Should -Be 'b'
    }

    It 'gives objects in objects' {
        $data = Invoke-Answered 'text: {"Title":"t","Findings":[{"File":"a","Severity":"low","Line":1}],"Made":"2026-01-02T03:04:05Z"}' ([Report])
        $data.Findings[0].Line | Should -Be 1
        $data.Made.Year | Should -Be 2026
    }

    It 'keeps them in Data with -ResultOnly' {
        $result = Invoke-Answered 'text: {"items":[1,2,3]}' ([int[]]) @{ ResultOnly = $true }
        $result | Should -BeOfType [Kimi.TurnResult]
        $result.Data | Should -Be 1, 2, 3
        $result.Data.GetType().Name | Should -Be 'Int32[]'
    }

    It 'asks once more when an answer does not fit' {
        $data = Invoke-Answered @('text: {"items":["x"]}', 'text: {"items":[7]}') ([int[]])
        $data | Should -Be 7
    }

    It 'is an error when it never fits' {
        { Invoke-Answered @('text: no', 'text: no', 'text: no', 'text: no') ([int[]]) @{ ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'KimiSchemaMismatch,*'
    }

    It 'checks what attributes say' {
        { Invoke-Answered @('text: {"File":"a","Severity":"odd","Line":1}', 'text: no', 'text: no') ([Finding]) @{ ErrorAction = 'Stop' } } | Should -Throw -ErrorId 'KimiSchemaMismatch,*'
    }

    It 'refuses what is no schema: <Schema>' -ForEach @(
        @{ Schema = 'no json' }, @{ Schema = '[1]' }, @{ Schema = '{"type": 5}' }, @{ Schema = 42 }, @{ Schema = [System.Threading.Thread] }
    ) {
        { Invoke-Answered 'text: x' $Schema } | Should -Throw -ErrorId 'KimiSchemaInvalid,*'
    }

    It 'works on every turn of a session' {
        $session = Start-KimiSession -ConfigFile (New-ScriptedConfig $TestDrive 'text: {"items":[1]}', 'text: plain', 'text: {"items":[2]}') -WorkDirectory $TestDrive
        Invoke-KimiTurn a -OutputSchema ([int[]]) | Should -Be 1
        (Invoke-KimiTurn b -ResultOnly).Text | Should -Be 'plain'
        Invoke-KimiTurn c -OutputSchema ([int[]]) | Should -Be 2
        $session | Stop-KimiSession
    }
}

Describe '-Record and -Replay' {
    It 'answers from a recording' {
        $file = Join-Path $TestDrive traffic.json
        $first = Invoke-KimiTurn 'go' -ConfigFile (New-ScriptedConfig $TestDrive 'text: recorded words') -WorkDirectory $TestDrive -Record $file -ResultOnly
        $first.Text | Should -Be 'recorded words'
        $file | Should -Exist
        $second = Invoke-KimiTurn 'go' -ConfigFile (New-ScriptedConfig $TestDrive 'text: something else') -WorkDirectory $TestDrive -Replay $file -ResultOnly
        $second.Text | Should -Be 'recorded words'
        $third = Invoke-KimiTurn 'other words' -ConfigFile (New-ScriptedConfig $TestDrive 'text: x') -WorkDirectory $TestDrive -Replay $file -ResultOnly -ErrorAction SilentlyContinue
        $third.Status | Should -Be 'Failed'
    }
}
