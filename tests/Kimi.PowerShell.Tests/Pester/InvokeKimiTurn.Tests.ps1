BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    function Invoke-Scripted([string[]] $Script, [hashtable] $With = @{}) {
        Invoke-KimiTurn 'go' -ConfigFile (New-ScriptedConfig $TestDrive $Script) -WorkDirectory $TestDrive @With
    }
}

Describe 'Invoke-KimiTurn' {
    It 'emits the events of the turn and the result last' {
        $events = Invoke-Scripted "usage: input_other=7 output=3`nthink: hm`ntext: hel`ntext: lo"
        $events.Kind | Should -Be 'TurnBegin', 'StepBegin', 'Think', 'Text', 'StatusUpdate', 'TurnEnd', 'Result'
        $events | ForEach-Object { $_ | Should -BeOfType [Kimi.TurnEvent] }
        $events.Sequence | Should -Be (1..7)
        @($events.SessionId | Select-Object -Unique).Count | Should -Be 1
        $result = $events[-1]
        $result | Should -BeOfType [Kimi.TurnResult]
        $result.Status | Should -Be 'Completed'
        $result.Text | Should -Be 'hello'
        $result.Usage.InputTokens | Should -Be 7
        $result.Usage.OutputTokens | Should -Be 3
        $result.Steps | Should -Be 1
        $result.StopReason | Should -Be 'no_tool_calls'
        "$($events[3])" | Should -Be 'Text: hello'
    }

    It 'shows as progress the tool that runs, and takes the bar away' {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddCommand('Import-Module').AddArgument($env:KIMI_OUTPUT).AddStatement().AddCommand('Invoke-KimiTurn').AddParameters(@{
                    Prompt = 'go'; ApprovalMode = 'AllowAll'; WorkDirectory = "$TestDrive"
                    ConfigFile = New-ScriptedConfig $TestDrive (New-ToolCallScript Shell @{ command = 'echo hi' }), 'text: done'
                })
            $null = $shell.Invoke()
            $shown = $shell.Streams.Progress
            $shown[0].StatusDescription | Should -Be 'Step 1: Thinking'
            ($shown.StatusDescription -like 'Step 1:*')[-1] | Should -Be 'Step 1: Running Shell'
            $shown[-1].RecordType | Should -Be 'Completed'
        }
        finally { $shell.Dispose() }
    }

    It 'emits the result alone with -ResultOnly' {
        $result = Invoke-Scripted 'text: x' @{ ResultOnly = $true }
        @($result).Count | Should -Be 1
        $result | Should -BeOfType [Kimi.TurnResult]
    }

    It 'emits fragments with -IncludeDelta, and the whole after them' {
        $events = Invoke-Scripted "text: a`ntext: b`nthink: c" @{ IncludeDelta = $true }
        ($events | Where-Object Kind -EQ TextDelta).Text | Should -Be 'a', 'b'
        ($events | Where-Object Kind -EQ ThinkDelta).Text | Should -Be 'c'
        ($events | Where-Object Kind -EQ Text).Text | Should -Be 'ab'
    }

    It 'emits while the turn runs' {
        $config = New-ScriptedConfig $TestDrive 'text: a', 'text: never'
        $times = Invoke-KimiTurn 'go' -ConfigFile $config -WorkDirectory $TestDrive | ForEach-Object { $_.Kind }
        $times[0] | Should -Be 'TurnBegin'
    }

    It 'needs something to say' {
        { Invoke-KimiTurn -ConfigFile (New-ScriptedConfig $TestDrive 'text: x') -ErrorAction Stop } | Should -Throw -ErrorId 'KimiNoPrompt,*'
        { Invoke-KimiTurn '  ' -ConfigFile (New-ScriptedConfig $TestDrive 'text: x') -ErrorAction Stop } | Should -Throw -ErrorId 'KimiNoPrompt,*'
    }

    It 'refuses wrong values at binding' {
        { Invoke-KimiTurn x -MaxStep 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Invoke-KimiTurn x -TimeoutSec -1 } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { Invoke-KimiTurn x -FailOn Nonsense } | Should -Throw -ErrorId 'CannotConvertArgument*'
        { Invoke-KimiTurn x -ApprovalMode Maybe } | Should -Throw -ErrorId 'CannotConvertArgument*'
        { Invoke-KimiTurn x -AllowTool 'Shell(' } | Should -Throw -ErrorId 'KimiRuleInvalid,*'
        { Invoke-KimiTurn x -WorkDirectory (Join-Path $TestDrive none) } | Should -Throw -ErrorId 'KimiPathNotFound,*'
        { Invoke-KimiTurn x -ConfigFile (Join-Path $TestDrive none) } | Should -Throw -ErrorId 'KimiPathNotFound,*'
        { Invoke-KimiTurn x -Session none } | Should -Throw -ErrorId 'KimiSessionNotFound,*'
        { Invoke-KimiTurn x -WorkDirectory Env:/ } | Should -Throw -ErrorId 'KimiPathNotFound,*'
    }

    It 'says that a configuration cannot be used' {
        $path = Join-Path $TestDrive broken.toml
        'default_model = ' | Set-Content $path
        $record = $null
        try { Invoke-KimiTurn x -ConfigFile $path -WorkDirectory $TestDrive } catch { $record = $_ }
        $record.FullyQualifiedErrorId | Should -BeLike 'KimiConfigurationInvalid,*'
        $record.CategoryInfo.Category | Should -Be 'InvalidData'
        $record.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'says before anything is done that there is no model of that name: <Name>' -ForEach @(
        @{ Name = 'Invoke-KimiTurn'; With = @{ Prompt = 'x' } }
        @{ Name = 'Start-KimiSession'; With = @{} }
    ) {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        $config = New-ScriptedConfig $TestDrive 'text: x'
        { & $Name @With -ConfigFile $config -Model ghost -WorkDirectory $folder } | Should -Throw -ErrorId 'KimiModelNotFound,*' -ExpectedMessage "*'ghost'*"
        Get-KimiSession -ListAvailable -WorkDirectory $folder | Should -BeNullOrEmpty
        Get-KimiSession | Should -BeNullOrEmpty
    }

    It 'takes a model that the environment makes' {
        $env:KIMI_BASE_URL = 'http://127.0.0.1:1/v1'; $env:KIMI_MODEL_NAME = 'm'; $env:KIMI_API_KEY = 'k'; $env:KIMI_MODEL_MAX_CONTEXT_SIZE = '1000'
        try { (Start-KimiSession -Model m -WorkDirectory $TestDrive).Model | Should -Not -BeNullOrEmpty }
        finally { Get-KimiSession | Stop-KimiSession; Remove-Item Env:KIMI_BASE_URL, Env:KIMI_MODEL_NAME, Env:KIMI_API_KEY, Env:KIMI_MODEL_MAX_CONTEXT_SIZE }
    }

    It 'makes a failed turn visible: an error, $? and the result' {
        $result = Invoke-Scripted 'error: 404 gone' @{ ResultOnly = $true; ErrorAction = 'SilentlyContinue'; ErrorVariable = 'problem' }
        $result.Status | Should -Be 'Failed'
        $result.ErrorMessage | Should -BeLike '*gone*'
        $config = New-ScriptedConfig $TestDrive 'error: 404 gone'
        $null = Invoke-KimiTurn x -ConfigFile $config -WorkDirectory $TestDrive -ErrorAction SilentlyContinue -ErrorVariable problem
        $? | Should -BeFalse
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiProvider,*'
        $problem[0].TargetObject | Should -BeOfType [Kimi.TurnResult]
        $problem[0].Exception.Message | Should -BeLike '*gone*'
    }

    It 'maps <Script> to <Id>' -ForEach @(
        @{ Script = 'error: 401 no'; Id = 'KimiAuthentication'; Category = 'AuthenticationError' }
        @{ Script = 'error: 400 bad'; Id = 'KimiProvider'; Category = 'ResourceUnavailable' }
    ) {
        $record = $null
        try { Invoke-Scripted $Script @{ ErrorAction = 'Stop' } } catch { $record = $_ }
        $record.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $record.CategoryInfo.Category | Should -Be $Category
        $record.TargetObject.Status | Should -Be 'Failed'
    }

    It 'ends with a terminating error where -FailOn says so' {
        { Invoke-Scripted 'error: 400 bad' @{ FailOn = 'Error' } } | Should -Throw -ErrorId 'KimiProvider,*'
        { Invoke-Scripted "text: ' '" @{ FailOn = 'NoContent' } } | Should -Throw -ErrorId 'KimiNoContent,*'
        { Invoke-Scripted "text: ' '" } | Should -Not -Throw
    }

    It 'emits the result before it fails' {
        $config = New-ScriptedConfig $TestDrive 'error: 400 bad'
        $seen = [System.Collections.Generic.List[object]]::new()
        try { Invoke-KimiTurn x -ConfigFile $config -WorkDirectory $TestDrive -FailOn Error | ForEach-Object { $seen.Add($_) } } catch { Write-Verbose "$_" }
        $seen[-1].Status | Should -Be 'Failed'
    }

    It 'leaves $LASTEXITCODE alone' {
        $global:LASTEXITCODE = 7
        $null = Invoke-Scripted 'text: x'
        $LASTEXITCODE | Should -Be 7
    }

    It 'uses the built-in model when nothing is configured, and says so' {
        $events = Invoke-KimiTurn 'hello' -WorkDirectory $TestDrive -ApprovalMode AllowAll -WarningVariable warning -WarningAction SilentlyContinue
        $warning | Should -BeLike '*demo model*'
        $events[-1].Status | Should -Be 'Completed'
        $events[-1].Model | Should -Be 'demo'
    }

    It 'takes the built-in model by name without a warning' {
        $null = Invoke-KimiTurn 'hello' -Model demo -ApprovalMode AllowAll -WorkDirectory $TestDrive -WarningVariable warning
        $warning | Should -BeNullOrEmpty
    }

    It 'works in $PWD, not in the directory of the process' {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        Push-Location $folder
        try {
            $session = Start-KimiSession -ConfigFile (New-ScriptedConfig $TestDrive 'text: x')
            $session.WorkDirectory | Should -Be $folder.FullName
        } finally { Pop-Location; Stop-KimiSession }
    }
}

Describe 'what is piped into Invoke-KimiTurn' {
    BeforeAll {
        function Get-Prompt([object[]] $InputObject, [string] $Prompt = 'go') {
            $config = New-ScriptedConfig $TestDrive 'text: x'
            (@($InputObject) | Invoke-KimiTurn $Prompt -ConfigFile $config -WorkDirectory $TestDrive | Where-Object Kind -EQ TurnBegin).Prompt
        }
    }

    It 'is context for one turn' {
        Get-Prompt 'line 1', 'line 2' | Should -Be "go`n`n<input>`nline 1`nline 2`n</input>"
    }

    It 'is the prompt where there is none' {
        $config = New-ScriptedConfig $TestDrive 'text: x'
        ('do it' | Invoke-KimiTurn -ConfigFile $config -WorkDirectory $TestDrive | Where-Object Kind -EQ TurnBegin).Prompt | Should -Be 'do it'
    }

    It 'is JSON where it is data' {
        Get-Prompt ([pscustomobject]@{ Name = 'a'; Size = 1 }), ([pscustomobject]@{ Name = 'b'; Size = 2 }) |
            Should -BeLike '*`[{"Name":"a","Size":1},{"Name":"b","Size":2}`]*'
        Get-Prompt @{ Key = 'v' } | Should -BeLike '*{"Key":"v"}*'
    }

    It 'is a table where it is something else' {
        $text = Get-Prompt (Get-Process -Id $PID)
        $text | Should -Match 'ProcessName'
        $text | Should -Match (Get-Process -Id $PID).ProcessName
        $text | Should -Not -Match "`e"
    }

    It 'is a path where it is a file' {
        $file = Join-Path $TestDrive notes.txt
        'secret' | Set-Content $file
        $text = Get-Prompt (Get-Item $file)
        $text | Should -BeLike "*File: $((Get-Item $file).FullName)*"
        $text | Should -Not -BeLike '*secret*'
    }

    It 'has position and id where it is an error' {
        $record = try { Get-Item (Join-Path $TestDrive none) -ErrorAction Stop } catch { $_ }
        $text = Get-Prompt $record
        $text | Should -BeLike '*Error: Cannot find path*'
        $text | Should -BeLike '*PathNotFound*'
        $text | Should -BeLike '*At *Tests.ps1:*'
    }

    It 'does not bind an Id or SessionId of its own' {
        Get-Prompt ([pscustomobject]@{ Id = 'nobody'; SessionId = 'nobody' }) | Should -BeLike '*nobody*'
    }

    It 'is refused, not cut, when it is too much' {
        $config = New-ScriptedConfig $TestDrive 'text: x'
        { 1..30 | ForEach-Object { 'x' * 100000 } | Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $TestDrive } |
            Should -Throw -ErrorId 'KimiContextTooLarge,*'
    }

    It 'may be nothing' {
        $config = New-ScriptedConfig $TestDrive 'text: x'
        ($null | Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $TestDrive -ResultOnly).Text | Should -Be 'x'
        (@() | Invoke-KimiTurn go -ConfigFile $config -WorkDirectory $TestDrive -ResultOnly -ErrorAction SilentlyContinue) | Should -Not -BeNullOrEmpty
    }

    It 'may be a session' {
        $config = New-ScriptedConfig $TestDrive 'text: one', 'text: two'
        $session = Start-KimiSession -ConfigFile $config -WorkDirectory $TestDrive
        $result = $session | Invoke-KimiTurn go -ResultOnly
        $result.SessionId | Should -Be $session.Id
        $result.Text | Should -Be 'one'
        $session | Stop-KimiSession
    }
}
