# Wrong values, places without a person, and input that is too much or strange.
BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    function New-Config([string[]] $Script = 'text: fine') { New-ScriptedConfig $TestDrive $Script }

    # What a process of its own prints; its standard input is an open pipe, is empty, or is a file that has ended.
    function Invoke-Process([string] $Code, [string] $InputKind) {
        $start = [System.Diagnostics.ProcessStartInfo]::new($env:KIMI_TEST_PWSH)
        '-NoProfile', '-Command', "`$PSStyle.OutputRendering = 'PlainText'; Import-Module '$env:KIMI_OUTPUT'; $Code" | ForEach-Object { $start.ArgumentList.Add($_) }
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        if ($InputKind -eq 'closed') { $process.StandardInput.Close() }
        if ($InputKind -eq 'empty') { $process.StandardInput.Write("`n`n"); $process.StandardInput.Close() }
        $text = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
        try {
            if (-not $process.WaitForExit(60000)) { throw 'It waits for an answer.' }
            ($text | ForEach-Object { $_.GetAwaiter().GetResult() }) -join ''
        }
        finally { if (-not $process.HasExited) { $process.Kill($true) }; $process.Dispose() }
    }
}

Describe 'a confirmation that nobody can give' {
    It 'is not waited for: standard input is <_>' -ForEach 'open', 'closed', 'empty' {
        $out = Invoke-Process -InputKind $_ -Code "
            `$s = Start-KimiSession -ConfigFile '$(New-Config)' -WorkDirectory '$TestDrive'
            Stop-KimiSession -Confirm -ErrorVariable problem -ErrorAction SilentlyContinue
            Remove-KimiSession `$s -Force -ErrorVariable +problem -ErrorAction SilentlyContinue
            `$problem.FullyQualifiedErrorId -join ' '; (Get-KimiSession).Id -eq `$s.Id"
        $out | Should -Match 'KimiNotConfirmed,Kimi.PowerShell.Commands.StopKimiSessionCommand KimiNotConfirmed,Kimi.PowerShell.Commands.RemoveKimiSessionCommand'
        $out.TrimEnd() | Should -BeLike '*True'
    }

    It 'is not needed with -Confirm:$false' {
        $out = Invoke-Process -InputKind open -Code "
            `$s = Start-KimiSession -ConfigFile '$(New-Config)' -WorkDirectory '$TestDrive'
            Remove-KimiSession `$s -Force -Confirm:`$false; @(Get-KimiSession).Count"
        $out.Trim() | Should -Be '0'
    }
}

Describe 'a wrong value' {
    It 'is refused before input is waited for: <Code>' -ForEach @(
        @{ Code = 'Invoke-KimiTurn x -OutputSchema "{bad"'; Id = 'KimiSchemaInvalid'; Text = '*not valid JSON: * (at line 1, column 2).' }
        @{ Code = 'Invoke-KimiTurn x -OutputSchema "[1]"'; Id = 'KimiSchemaInvalid'; Text = '*is a JSON object.' }
        @{ Code = 'Invoke-KimiTurn x -OutputSchema @{ type = "nonsense" }'; Id = 'KimiSchemaInvalid'; Text = '*not valid: /type:*' }
        @{ Code = 'Invoke-KimiTurn x -OutputSchema 5'; Id = 'KimiSchemaInvalid'; Text = '*Int32 is no schema.' }
        @{ Code = 'Invoke-KimiTurn x -OutputSchema ([System.IO.Stream])'; Id = 'KimiSchemaInvalid'; Text = 'An object of the type System.IO.Stream cannot be made:*' }
        @{ Code = 'Invoke-KimiTurn x -AllowTool "("'; Id = 'KimiRuleInvalid'; Text = '*is no rule for a tool.' }
        @{ Code = 'Invoke-KimiTurn x -DenyTool "("'; Id = 'KimiRuleInvalid'; Text = '*is no rule for a tool.' }
        @{ Code = 'Invoke-KimiTurn x -Session none'; Id = 'KimiSessionNotFound'; Text = "*no open session 'none'*" }
        @{ Code = 'Invoke-KimiTurn x -MaxCost -0.4'; Id = 'ParameterArgumentValidationError'; Text = '*MaxCost*less than*' }
        @{ Code = 'Invoke-KimiTurn x -MaxStep 0'; Id = 'ParameterArgumentValidationError'; Text = '*MaxStep*less than*' }
        @{ Code = 'Invoke-KimiTurn x -MaxToken 0'; Id = 'ParameterArgumentValidationError'; Text = '*MaxToken*less than*' }
        @{ Code = 'Invoke-KimiTurn x -TimeoutSec 0'; Id = 'ParameterArgumentValidationError'; Text = '*TimeoutSec*less than*' }
        @{ Code = 'Invoke-KimiTurn x -FailOn Nothing'; Id = 'CannotConvertArgumentNoMessage'; Text = '*FailOn*' }
        @{ Code = 'Invoke-KimiTurn x -ApprovalMode 7'; Id = 'CannotConvertArgumentNoMessage'; Text = '*ApprovalMode*' }
        @{ Code = 'Invoke-KimiTurn x -ApiKeySecret novault'; Id = 'ParameterArgumentValidationError'; Text = '*ApiKeySecret*' }
        @{ Code = 'Start-KimiSession -Record env:file'; Id = 'KimiPathNotFound'; Text = '*env:file*' }
        @{ Code = 'Start-KimiSession -Record ./none/file'; Id = 'KimiPathNotFound'; Text = '*none/file*' }
        @{ Code = 'Start-KimiSession -Replay ./none'; Id = 'KimiPathNotFound'; Text = '*none*' }
        @{ Code = 'Start-KimiSession -SessionId "../up"'; Id = 'KimiSessionIdInvalid'; Text = '*../up*' }
        @{ Code = 'Start-KimiSession -SessionId " "'; Id = 'KimiSessionIdInvalid'; Text = '*id of a session*' }
        @{ Code = 'Import-KimiSession ./a.zip -NewId "a/b"'; Id = 'KimiSessionIdInvalid'; Text = '*a/b*' }
        @{ Code = 'Get-KimiSession -ListAvailable -WorkDirectory env:'; Id = 'KimiPathNotFound'; Text = '*env:*' }
        @{ Code = 'Get-KimiSession -ListAvailable -WorkDirectory ./none'; Id = 'KimiPathNotFound'; Text = '*none*' }
        @{ Code = 'Rename-KimiSession " "'; Id = 'ParameterArgumentValidationError'; Text = '*Title*blank*' }
        @{ Code = 'Send-KimiMessage " "'; Id = 'ParameterArgumentValidationError'; Text = '*Message*blank*' }
        @{ Code = 'Compress-KimiSession " "'; Id = 'ParameterArgumentValidationError'; Text = '*Focus*blank*' }
        @{ Code = 'Find-KimiMcpTool " "'; Id = 'ParameterArgumentValidationError'; Text = '*Query*blank*' }
        @{ Code = 'Register-KimiHook Stop { } -Matcher "("'; Id = 'ParameterArgumentValidationError'; Text = "*Matcher*'(' is no regular expression*" }
        @{ Code = 'Register-KimiHook Nothing { }'; Id = 'ParameterArgumentValidationError'; Text = '*Event*' }
        @{ Code = 'Add-KimiMcpServer -Json "{bad"'; Id = 'KimiConfigurationInvalid'; Text = 'Invalid JSON: * (at line 1, column 2)' }
        @{ Code = 'Add-KimiMcpServer -Json "{}"'; Id = 'KimiConfigurationInvalid'; Text = '*describes no MCP server.' }
        @{ Code = 'Invoke-KimiMcpTool x "{bad"'; Id = 'KimiMcpArgumentInvalid'; Text = '*no valid JSON: *(at line 1, column 2)' }
        @{ Code = 'Unregister-KimiHook x'; Id = 'ParameterArgumentTransformationError', 'CannotConvertArgumentNoMessage'; Text = '*HookId*' }
    ) {
        Push-Location $TestDrive
        Set-Content a.zip 'no archive'
        try { & ([scriptblock]::Create("$Code -ErrorAction Stop")); $record = $null } catch { $record = $_ } finally { Pop-Location }
        ($record.FullyQualifiedErrorId -split ',')[0] | Should -BeIn $Id
        "$record" | Should -BeLike $Text
        "$record" | Should -Not -Match 'BytePositionInLine|   at '
        @(Get-KimiSession) | Should -HaveCount 0
    }

    It 'does not keep the next one from being used' {
        $added = '{bad', '{"mcpServers":{"good":{"command":"x"}}}' | Add-KimiMcpServer -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem | Should -HaveCount 1
        $added.Name | Should -Be 'good'
        Remove-KimiMcpServer good
        $config = New-Config
        [pscustomobject]@{ Name = 'none'; Value = 1 }, [pscustomobject]@{ Name = 'theme'; Value = 'light' } |
            Set-KimiConfiguration -ConfigFile $config -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem | Should -HaveCount 1
        (Get-KimiConfiguration theme -ConfigFile $config).Value | Should -Be 'light'
    }

    It 'is the mask of a secret, which is not written over the secret' {
        $config = Join-Path $TestDrive 'masked.json'
        Set-Content $config '{"providers":{"p":{"type":"kimi","base_url":"http://x","api_key":"sk-kept"}}}'
        Get-KimiConfiguration providers.* -ConfigFile $config | Set-KimiConfiguration -ConfigFile $config -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem.FullyQualifiedErrorId | Should -BeLike 'KimiSettingInvalid,*'
        "$problem" | Should -BeLike '*masked*'
        Get-Content -Raw $config | Should -Match 'sk-kept'
        Get-Content -Raw $config | Should -Not -Match '\*\*\*'
    }
}

Describe 'a session of another process' {
    It 'is said to be open there, and stays' {
        $config = New-Config
        $session = Start-KimiSession -SessionId shared -ConfigFile $config -WorkDirectory $TestDrive
        $null = Invoke-KimiTurn go
        try {
            $out = Invoke-Process -InputKind closed -Code "
                Set-Location '$TestDrive'
                `$ErrorActionPreference = 'Stop'
                `$ids = foreach (`$try in { Start-KimiSession shared -ConfigFile '$config' }, { Remove-KimiSession shared -Confirm:`$false }, { Invoke-KimiTurn x -Session shared }) {
                    try { & `$try } catch { (`$_.FullyQualifiedErrorId -split ',')[0] }
                }
                `$ids -join ' '"
            $out.Trim() | Should -Be 'KimiSessionOpen KimiSessionOpen KimiSessionNotFound'
            (Get-KimiSession -ListAvailable -WorkDirectory $TestDrive).Id | Should -Contain shared
        }
        finally { $session | Stop-KimiSession }
    }
}

Describe 'a model that repeats itself' {
    It 'is ended, with advice that can be followed' {
        $config = New-Config @(1..20 | ForEach-Object { New-ToolCallScript Glob @{ pattern = '*.none' } "c$_" })
        $result = Invoke-KimiTurn go -ResultOnly -ConfigFile $config -WorkDirectory $TestDrive -ErrorAction SilentlyContinue -ErrorVariable problem
        $result.StopReason | Should -Be 'tool_call_repeat'
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KimiTurnTruncated,*'
        $problem[0].ErrorDetails.RecommendedAction | Should -Not -Match 'limit'
    }
}

Describe 'a job' {
    AfterEach { Get-Job | Remove-Job -Force }

    It 'is a dry run where $<Name> says so' -ForEach @{ Name = 'WhatIfPreference'; Value = $true; Decision = 'WhatIf' }, @{ Name = 'ConfirmPreference'; Value = 'Low'; Decision = 'NoOneToAsk' } {
        $target = Join-Path $TestDrive "$([guid]::NewGuid()).txt"
        $config = New-Config (New-ToolCallScript WriteFile @{ path = $target; content = 'x' }), 'text: done'
        $job = & { Set-Variable $Name $Value; Invoke-KimiTurn go -AsJob -ResultOnly -ApprovalMode AllowAll -ConfigFile $config -WorkDirectory $TestDrive }
        $result = $job | Receive-Job -Wait -ErrorAction SilentlyContinue
        $result.ToolCalls[0].Decision | Should -Be $Decision
        $target | Should -Not -Exist
    }

    It 'has the language mode of those who begin it' {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("Import-Module '$env:KIMI_OUTPUT'").Invoke()
            $shell.Commands.Clear()
            $shell.Runspace.SessionStateProxy.LanguageMode = 'ConstrainedLanguage'
            $shell.AddScript('Invoke-KimiTurn x -AsJob -InProcess -Model demo').Invoke() | Should -BeNullOrEmpty
            $shell.Streams.Error.FullyQualifiedErrorId | Should -BeLike 'KimiLanguageMode,*'
        }
        finally { $shell.Runspace.Dispose(); $shell.Dispose() }
    }

    It 'begins in a folder whose name looks like a pattern' {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive 'a[1]b')
        Push-Location -LiteralPath $folder
        try { $job = Invoke-KimiTurn go -AsJob -ResultOnly -ConfigFile (New-Config) } finally { Pop-Location }
        ($job | Receive-Job -Wait).Text | Should -Be 'fine'
    }
}

Describe 'much and strange input' {
    BeforeAll {
        function Get-Prompt([object[]] $Object) {
            ($Object | Invoke-KimiTurn -ConfigFile (New-Config) -WorkDirectory $TestDrive | Where-Object Kind -EQ TurnBegin).Prompt
        }
    }

    It 'is refused when it is 100 MB, with the limit, and soon' {
        $line = 'x' * 1MB
        $taken = 0
        { 1..100 | ForEach-Object { $taken++; $line } | Invoke-KimiTurn go -ConfigFile (New-Config) -WorkDirectory $TestDrive } |
            Should -Throw -ErrorId 'KimiContextTooLarge,*' -ExpectedMessage '*1000000*'
        $taken | Should -BeLessOrEqual 2
    }

    It 'keeps every value of a long table' {
        $rows = 1..300 | ForEach-Object { [pscustomobject]@{ Id = $_; Text = "start $('long ' * 60) end$_"; Other = 'a, "b"' } }
        $prompt = Get-Prompt $rows
        $prompt | Should -Not -Match '…|\.\.\.'
        $back = $prompt | ConvertFrom-Csv
        $back | Should -HaveCount 300
        $back[299].Text | Should -Be $rows[299].Text
        $back[299].Other | Should -Be 'a, "b"'
    }

    It 'keeps members that only some of the data have' {
        $prompt = Get-Prompt (1..1500 | ForEach-Object { if ($_ % 2) { [pscustomobject]@{ Id = $_ } } else { [pscustomobject]@{ Id = $_; Extra = "e$_" } } })
        ($prompt -split '\n')[1499] | ConvertFrom-Json | ForEach-Object Extra | Should -Be 'e1500'
    }

    It 'ends where data contain themselves' {
        $cycle = [pscustomobject]@{ Name = 'a' }
        $cycle | Add-Member Self $cycle
        $table = @{ Name = 'b' }
        $table.Self = $table
        Get-Prompt $cycle | Should -BeLike '*"Name":"a"*'
        Get-Prompt $table | Should -BeLike '*"Name":"b"*'
    }
}

Describe 'a tool in a runspace of its own' {
    It 'that uses <_> has failed' -ForEach 'exit 3', 'break' {
        $session = Start-KimiSession -ConfigFile (New-Config (New-ToolCallScript probe @{}), 'text: done') -WorkDirectory $TestDrive
        $null = Register-KimiTool -Name probe -ReadOnly -Isolated -ScriptBlock ([scriptblock]::Create("1; $_; 2"))
        try { $result = Invoke-KimiTurn go | Where-Object Kind -EQ ToolResult } finally { $session | Stop-KimiSession }
        $result.IsError | Should -BeTrue
        $result.Message | Should -BeLike "The command *$(($_ -split ' ')[0])*"
    }
}

Describe 'files' {
    It 'are named by pattern, by literal path, and by what Get-ChildItem returns' {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive 'files')).FullName
        $session = Start-KimiSession -ConfigFile (New-Config) -WorkDirectory $folder
        $null = Invoke-KimiTurn go
        Push-Location $folder
        try {
            $written = Export-KimiSession -LiteralPath 'x[1].zip'
            $written.Name | Should -Be 'x[1].zip'
            $null = Export-KimiSession y.zip
            $session | Stop-KimiSession
            Import-KimiSession *.zip | Should -HaveCount 2
            Import-KimiSession -LiteralPath 'x[1].zip' | Should -HaveCount 1
            Get-ChildItem *.zip | Import-KimiSession | Should -HaveCount 2
            'y.zip' | Import-KimiSession | Should -HaveCount 1
            Get-Item Env:PATH | Import-KimiSession -ErrorAction SilentlyContinue -ErrorVariable problem
            $problem.FullyQualifiedErrorId | Should -BeLike 'KimiPathNotFound,*'
            Import-KimiSession *.none | Should -BeNullOrEmpty
        }
        finally { Pop-Location }
    }

    It 'of sessions are opened in the directory they belong to' {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive 'elsewhere')).FullName
        $config = New-Config
        $session = Start-KimiSession -ConfigFile $config -WorkDirectory $folder
        $null = Invoke-KimiTurn go
        $session | Stop-KimiSession
        $again = Get-KimiSession -ListAvailable -WorkDirectory $folder | Start-KimiSession -ConfigFile $config
        $again.WorkDirectory | Should -Be $session.WorkDirectory
        $again.Id | Should -Be $session.Id
        $again | Stop-KimiSession
    }
}

Describe 'completion' {
    BeforeAll {
        function Get-Completion([string] $Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches | ForEach-Object CompletionText }
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive 'completed')).FullName
        $null = New-Item -ItemType Directory (Join-Path $folder '.git'), (Join-Path $folder '.agents/skills/my-skill')
        Set-Content (Join-Path $folder '.agents/skills/my-skill/SKILL.md') "---`nname: my-skill`ndescription: d`n---`nx"
        $config = New-Config
        $session = Start-KimiSession stored -ConfigFile $config -WorkDirectory $folder
        $null = Invoke-KimiTurn go
        $session | Stop-KimiSession
        Push-Location $folder
    }
    AfterAll { Pop-Location }

    It 'of <Line>' -ForEach @(
        @{ Line = 'Start-KimiSession -SessionId sto'; Offered = 'stored' }
        @{ Line = 'Copy-KimiSession sto'; Offered = 'stored' }
        @{ Line = 'Remove-KimiSession sto'; Offered = 'stored' }
        @{ Line = 'Measure-KimiSession sto'; Offered = 'stored' }
        @{ Line = 'Get-KimiSkill my'; Offered = 'my-skill' }
        @{ Line = 'Set-KimiConfiguration theme '; Offered = 'dark', 'light' }
        @{ Line = 'Set-KimiConfiguration telemetry '; Offered = '$true', '$false' }
        @{ Line = 'Set-KimiConfiguration mcp.tool_mode d'; Offered = 'deferred', 'direct' }
    ) {
        @(Get-Completion $Line | Where-Object { $_ -notlike './*' -and $_ -notlike '.\*' }) | Should -Be $Offered
    }

    It 'of a model for the setting that names one' {
        Get-Completion "Set-KimiConfiguration default_model -ConfigFile '$config' -Value " | Should -Be 't'
    }
}
