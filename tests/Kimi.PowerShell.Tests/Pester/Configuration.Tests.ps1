BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    $ErrorActionPreference = 'Continue' # the runner's is Stop, and these commands report what does not end them
    $file = Join-Path $env:KIMI_SHARE_DIR 'config.toml'
    $secret = 'sk-not-to-be-shown'
    function Reset-File {
        $null = New-Item -ItemType Directory $env:KIMI_SHARE_DIR -Force
        Set-Content $file @"
default_model = "k2"
[providers.kimi]
type = "kimi"
base_url = "http://127.0.0.1:9/v1"
api_key = "$secret"
custom_headers = { X-Key = "$secret" }
[models.k2]
provider = "kimi"
model = "kimi-k2"
max_context_size = 1000
price_input = 1.0
price_output = 4.0
[models."with.dot"]
provider = "kimi"
model = "dotted"
max_context_size = 1000
[loop_control]
max_steps_per_turn = 7
"@
    }
    Reset-File
}

AfterAll { Remove-Item $file }

Describe 'Get-KimiConfiguration' {
    It 'names the source of each value' {
        $all = Get-KimiConfiguration
        $all | ForEach-Object { $_ | Should -BeOfType [Kimi.ConfigurationEntry] }
        ($all | Where-Object Name -EQ loop_control.max_steps_per_turn).Value | Should -Be 7
        ($all | Where-Object Name -EQ loop_control.max_steps_per_turn).Source | Should -Be 'File'
        ($all | Where-Object Name -EQ loop_control.max_steps_per_turn).Detail | Should -Be $file
        ($all | Where-Object Name -EQ theme).Source | Should -Be 'Default'
        (Get-KimiConfiguration 'models."with.dot".model').Value | Should -Be 'dotted'
        (Get-KimiConfiguration loop_control.*).Count | Should -BeGreaterThan 3
    }

    It 'shows what the environment replaces' {
        $env:KIMI_MODEL_NAME = 'from-the-environment'; $env:KIMI_API_KEY = 'env-secret'; $env:KIMI_MCP_TOOL_MODE = 'direct'
        try {
            $model = Get-KimiConfiguration models.k2.model
            $model.Value | Should -Be 'from-the-environment'
            $model.Source | Should -Be 'Environment'
            $model.Detail | Should -Be 'KIMI_MODEL_NAME'
            (Get-KimiConfiguration providers.kimi.api_key).Detail | Should -Be 'KIMI_API_KEY'
            (Get-KimiConfiguration mcp.tool_mode).Value | Should -Be 'direct'
            (Get-KimiConfiguration | Format-List * | Out-String) | Should -Not -Match 'env-secret'
        }
        finally { Remove-Item env:KIMI_MODEL_NAME, env:KIMI_API_KEY, env:KIMI_MCP_TOOL_MODE }
    }

    It 'shows the model of the current session' {
        $null = Start-KimiSession -Model demo -WorkDirectory $TestDrive
        try {
            (Get-KimiConfiguration default_model).Source | Should -Be 'Session'
            (Get-KimiConfiguration default_model).Value | Should -Be 'demo'
        }
        finally { Stop-KimiSession }
    }

    It 'never shows a secret' {
        $entry = Get-KimiConfiguration providers.kimi.api_key
        $entry.Value | Should -Be '******'
        $entry.IsSecret | Should -BeTrue
        $all = Get-KimiConfiguration
        (($all | Out-String -Width 400), ($all | Format-List * | Out-String), ($all | ConvertTo-Json -Depth 5), (Get-KimiProvider | Format-List * | Out-String)) -join '' | Should -Not -Match $secret
    }

    It 'reports what is wrong' {
        (Get-KimiConfiguration nothing 2>&1).FullyQualifiedErrorId | Should -BeLike 'KimiSettingNotFound,*'
        Get-KimiConfiguration nothing* | Should -BeNullOrEmpty
        { Get-KimiConfiguration -ConfigFile (Join-Path $TestDrive none.toml) } | Should -Throw -ErrorId 'KimiPathNotFound,*'
        Set-Content (Join-Path $TestDrive broken.toml) 'x = ['
        { Get-KimiConfiguration -ConfigFile (Join-Path $TestDrive broken.toml) } | Should -Throw -ErrorId 'KimiConfigurationInvalid,*'
    }

    It 'writes no file' {
        Rename-Item $file saved.toml
        try {
            (Get-KimiConfiguration default_model).Source | Should -Be 'Default'
            $file | Should -Not -Exist
        }
        finally { Rename-Item (Join-Path $env:KIMI_SHARE_DIR saved.toml) config.toml }
    }

    It 'fits <Width> columns' -ForEach @{ Width = 80 }, @{ Width = 120 } {
        $text = Get-KimiConfiguration | Out-String -Width $Width
        $text | Should -Not -Match "`e"
        $text -split '\r?\n' | ForEach-Object { $_.Length | Should -BeLessOrEqual $Width }
    }
}

Describe 'Set-KimiConfiguration' {
    AfterEach { Reset-File }

    It 'changes a value and keeps the others' {
        Set-KimiConfiguration loop_control.max_steps_per_turn 9 | Should -BeNullOrEmpty
        (Get-KimiConfiguration loop_control.max_steps_per_turn).Value | Should -Be 9
        (Get-KimiConfiguration models.k2.model).Value | Should -Be 'kimi-k2'
        Get-Content $file -Raw | Should -Match $secret
        (Set-KimiConfiguration 'models."with.dot".max_context_size' 5 -PassThru).Value | Should -Be 5
    }

    It 'takes text, truth values, lists, sections and secrets' {
        Set-KimiConfiguration theme light
        Set-KimiConfiguration default_thinking $true
        Set-KimiConfiguration models.k2.capabilities thinking, image_in
        Set-KimiConfiguration providers.local @{ type = 'openai_legacy'; base_url = 'http://127.0.0.1:9/v1'; api_key = '' }
        $entry = Set-KimiConfiguration providers.local.api_key (ConvertTo-SecureString 'very hidden' -AsPlainText -Force) -PassThru
        $entry.Value | Should -Be '******'
        (Get-KimiConfiguration theme).Value | Should -Be 'light'
        (Get-KimiConfiguration default_thinking).Value | Should -BeTrue
        (Get-KimiConfiguration models.k2.capabilities).Value | Should -Contain 'thinking'
        (Get-KimiProvider local).Type | Should -Be 'openai_legacy'
        Get-Content $file -Raw | Should -Match 'very hidden'
        Set-KimiConfiguration mcp.tool_mode deferred
    }

    It 'takes a value away with $null' {
        Set-KimiConfiguration loop_control.max_steps_per_turn $null
        (Get-KimiConfiguration loop_control.max_steps_per_turn).Value | Should -Be 1000
        Set-KimiConfiguration 'models."with.dot"' $null
        (Get-KimiModel).Name | Should -Not -Contain 'with.dot'
    }

    It 'refuses <What>' -ForEach @(
        @{ What = 'an unknown setting'; Name = 'nothing.such'; Value = 1 }
        @{ What = 'a value of the wrong kind'; Name = 'loop_control.max_steps_per_turn'; Value = 'many' }
        @{ What = 'a model without its provider'; Name = 'models.x'; Value = @{ model = 'y' } }
    ) {
        $before = Get-Content $file -Raw
        { Set-KimiConfiguration $Name $Value -ErrorAction Stop } | Should -Throw -ErrorId 'KimiSettingInvalid,*'
        Get-Content $file -Raw | Should -Be $before
    }

    It 'writes nothing with -WhatIf' {
        $before = Get-Content $file -Raw
        Set-KimiConfiguration theme light -WhatIf
        Get-Content $file -Raw | Should -Be $before
    }
}

Describe 'Get-KimiProvider and Test-KimiProvider' {
    It 'lists providers' {
        $provider = Get-KimiProvider
        $provider.Name | Should -Be 'kimi'
        $provider.KeySource | Should -Be 'File'
        $provider.Models | Should -Be 'k2', 'with.dot'
        (Get-KimiProvider nobody 2>&1).FullyQualifiedErrorId | Should -BeLike 'KimiProviderNotFound,*'
    }

    It 'says why a provider does not answer' {
        $report = Test-KimiProvider
        $report | Should -BeOfType [Kimi.ProviderTest]
        $report.Success | Should -BeFalse
        $report.Message | Should -BeLike '*127.0.0.1:9*'
        $report.Model | Should -Be 'k2'
        { Test-KimiProvider -Model nobody } | Should -Throw -ErrorId 'KimiModelNotFound,*'
    }

    It 'reports an answer' {
        $config = New-ScriptedConfig $TestDrive 'text: ok'
        $report = Test-KimiProvider -ConfigFile $config
        $report.Success | Should -BeTrue
        $report.Message | Should -BeLike '*answered: ok'
    }
}

Describe 'Get-KimiSkill and Get-KimiAgent' {
    It 'lists skills of the project and the module' {
        $project = New-Item -ItemType Directory (Join-Path $TestDrive project)
        $null = New-Item -ItemType Directory (Join-Path $project '.git'), (Join-Path $project '.agents/skills/mine')
        Set-Content (Join-Path $project '.agents/skills/mine/SKILL.md') "---`nname: mine`ndescription: What only this project knows.`n---`nText"
        $skills = Get-KimiSkill -WorkDirectory $project
        $mine = $skills | Where-Object Name -EQ mine
        $mine.Scope | Should -Be 'Project'
        $mine.Description | Should -Be 'What only this project knows.'
        $mine.Path | Should -Exist
        $skills.Scope | Should -Contain 'BuiltIn'
        (Get-KimiSkill mi* -WorkDirectory $project).Name | Should -Be 'mine'
        (Get-KimiSkill nobody 2>&1).FullyQualifiedErrorId | Should -BeLike 'KimiSkillNotFound,*'
        { Get-KimiSkill -SkillPath (Join-Path $TestDrive none) } | Should -Throw -ErrorId 'KimiPathNotFound,*'
        $line = 'Get-KimiSkill -Name skill-c'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'skill-creator'
    }

    It 'lists agents, and those of a file' {
        $agents = Get-KimiAgent
        $agents.Name | Should -Be 'default', 'okabe', 'coder', 'explore', 'plan'
        $agents[0].Subagents | Should -Be 'coder', 'explore', 'plan'
        (Get-KimiAgent explore).Tools | Should -Contain 'ReadFile'
        (Get-KimiAgent explore).Tools | Should -Not -Contain 'WriteFile'
        (Get-KimiAgent nobody 2>&1).FullyQualifiedErrorId | Should -BeLike 'KimiAgentNotFound,*'
        $path = Join-Path $TestDrive agent.yaml
        Set-Content $path "version: 1`nagent:`n  extend: default`n  name: reader`n  allowed_tools: ['kimi_cli.tools.file:ReadFile']"
        $own = Get-KimiAgent -AgentFile $path
        $own[0].Name | Should -Be 'reader'
        $own[0].Tools | Should -Be 'ReadFile'
        Set-Content $path 'agent: ['
        { Get-KimiAgent -AgentFile $path } | Should -Throw -ErrorId 'KimiConfigurationInvalid,*'
        $line = 'Get-KimiAgent -Name ex'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Be 'explore'
    }
}

Describe 'Measure-KimiSession' {
    It 'adds up what a session has used' {
        $config = New-ScriptedConfig $TestDrive @(
            "usage: input_other=100 output=10`n$(New-ToolCallScript Shell @{ command = 'echo hi' })"
            "usage: input_other=200 output=20 input_cache_read=50`ntext: done"
            "usage: input_other=1 output=1`ntext: again")
        $session = Start-KimiSession -ConfigFile $config -WorkDirectory $TestDrive
        try {
            $null = Invoke-KimiTurn go -AllowTool Shell
            $null = Invoke-KimiTurn more
            $sum = Measure-KimiSession
            $sum | Should -BeOfType [Kimi.SessionMeasure]
            $sum.SessionId | Should -Be $session.Id
            $sum.Turns | Should -Be 2
            $sum.Steps | Should -Be 3
            $sum.Usage.InputTokens | Should -Be 351
            $sum.Usage.OutputTokens | Should -Be 31
            $sum.Tools.Tool | Should -Be 'Shell'
            $sum.Tools[0].Calls | Should -Be 1
            $sum.Tools[0].Errors | Should -Be 0
            $sum.Duration | Should -BeGreaterThan ([timespan]::Zero)
            $sum.Cost | Should -BeNullOrEmpty
            $sum.Models.Model | Should -Be 't'
            $sum.Models[0].IsRecorded | Should -BeTrue
            $sum.Models[0].Requests | Should -Be 3
            $sum.Models[0].Usage.OutputTokens | Should -Be 31
        }
        finally { $session | Stop-KimiSession }
        # 301 tokens in at 1, 31 out at 4, 50 from the cache without a price
        (Measure-KimiSession $session.Id -Model k2 -WorkDirectory $TestDrive).Cost | Should -BeNullOrEmpty
        Set-KimiConfiguration models.k2.price_cache_read 0.1
        $priced = Get-KimiSession -ListAvailable -WorkDirectory $TestDrive | Where-Object Id -EQ $session.Id | Measure-KimiSession -Model k2
        $priced.Cost | Should -Be ((301 * 1 + 31 * 4 + 50 * 0.1) / 1000000)
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($priced, 1))
        $copy.Usage.OutputTokens | Should -Be 31
        $copy.Tools[0].Tool | Should -Be 'Shell'
        $copy.Models[0].Model | Should -Be 't'
        Reset-File
    }

    It 'reports sessions that are not there' {
        (Measure-KimiSession nobody 2>&1).FullyQualifiedErrorId | Should -BeLike 'KimiSessionNotFound,*'
        $empty = New-Item -ItemType Directory (Join-Path $TestDrive empty)
        (Measure-KimiSession -WorkDirectory $empty 2>&1).FullyQualifiedErrorId | Should -BeLike 'KimiNoCurrentSession,*'
        @() | Measure-KimiSession | Should -BeNullOrEmpty
    }
}

Describe 'Test-KimiReadiness' {
    It 'is ready when everything is there' {
        $config = New-ScriptedConfig $TestDrive 'text: ok'
        $report = Test-KimiReadiness -ConfigFile $config -ApprovalMode ReadOnly
        "$($report.Reasons)" | Should -BeNullOrEmpty
        $report.Success | Should -BeTrue
        $report.Model | Should -Be 't'
        $report.Checks.Name | Should -Be 'Configuration', 'Model', 'Approval', 'Disk', 'Provider'
        "$report" | Should -Be 'Ready'
    }

    It 'says what stands in the way: <What>' -ForEach @(
        @{ What = 'the approvals'; Run = { Test-KimiReadiness -Offline }; Says = '*-AllowTool*' }
        @{ What = 'a rule that is none'; Run = { Test-KimiReadiness -Offline -AllowTool '(x)' }; Says = '*no rule*' }
        @{ What = 'the provider'; Run = { Test-KimiReadiness -ApprovalMode ReadOnly }; Says = '*127.0.0.1:9*' }
        @{ What = 'the model'; Run = { Test-KimiReadiness ghost -Offline -ApprovalMode ReadOnly }; Says = '*ghost*' }
        @{ What = 'the directory'; Run = { Test-KimiReadiness -Offline -ApprovalMode ReadOnly -WorkDirectory (Join-Path $TestDrive nowhere) }; Says = '*does not exist*' }
    ) {
        $report = & $Run
        $report.Success | Should -BeFalse
        $report.Reasons | Should -HaveCount 1
        $report.Reasons[0] | Should -BeLike $Says
    }

    It 'finds a missing key, a broken configuration and a broken server' {
        Set-KimiConfiguration providers.kimi.api_key ''
        try { (Test-KimiReadiness -Offline -ApprovalMode ReadOnly).Reasons | Should -BeLike "*no key*" } finally { Reset-File }
        Set-Content (Join-Path $TestDrive broken.toml) 'x = ['
        (Test-KimiReadiness -Offline -ApprovalMode ReadOnly -ConfigFile (Join-Path $TestDrive broken.toml)).Checks[0].Success | Should -BeFalse
        $null = Add-KimiMcpServer bad $env:KIMI_TEST_DOTNET -ArgumentList $env:KIMI_TEST_SERVER, 'serve-mcp', '--exit'
        try {
            $report = Test-KimiReadiness -ConfigFile (New-ScriptedConfig $TestDrive 'text: ok') -ApprovalMode ReadOnly
            $report.Reasons | Should -BeLike 'bad: *does not want to run*'
            $report | Out-String -Width 120 | Should -Match '- McpServer: bad'
        }
        finally { Remove-KimiMcpServer bad }
    }

    It 'does not count the demo model unless it is named' {
        Rename-Item $file saved.toml
        try {
            (Test-KimiReadiness -ApprovalMode ReadOnly).Reasons | Should -BeLike '*demo model*'
            (Test-KimiReadiness demo -ApprovalMode ReadOnly).Success | Should -BeTrue
        }
        finally { Rename-Item (Join-Path $env:KIMI_SHARE_DIR saved.toml) config.toml }
    }
}
