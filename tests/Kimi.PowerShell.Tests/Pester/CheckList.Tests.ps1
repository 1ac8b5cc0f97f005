# The check list of every cmdlet: each rule is tried on all of them. A new cmdlet needs its line here.
BeforeDiscovery {
    # Run succeeds and shows what it returns; Fail ends with Id. $id is an open session with one turn behind it, a tool and a hook.
    $cmdlets = @(
        @{ Name = 'Add-KimiMcpServer'; Run = 'Add-KimiMcpServer "n$id" npx -EnvironmentVariable @{ KEY = $secret }'; Fail = 'Add-KimiMcpServer main npx'; Id = 'KimiMcpServerExists' }
        @{ Name = 'Clear-KimiSession'; Run = 'Clear-KimiSession $id -PassThru'; Fail = 'Clear-KimiSession none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Compress-KimiSession'; Run = 'Compress-KimiSession -Session $id -PassThru'; Fail = 'Compress-KimiSession -Session none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Connect-KimiMcpServer'; Change = 'Connect-KimiMcpServer remote -AddressOnly'; Fail = 'Connect-KimiMcpServer none'; Id = 'KimiMcpServerNotFound' }
        @{ Name = 'Copy-KimiSession'; Run = 'Copy-KimiSession $id'; Fail = 'Copy-KimiSession none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Export-KimiSession'; Run = 'Export-KimiSession out.zip -Session $id'; Fail = 'Export-KimiSession out.md -Session none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Find-KimiMcpTool'; Run = 'Find-KimiMcpTool add -Server main'; Fail = 'Find-KimiMcpTool -Server none'; Id = 'KimiMcpServerNotFound' }
        @{ Name = 'Get-KimiAgent'; Run = 'Get-KimiAgent'; Fail = 'Get-KimiAgent none'; Id = 'KimiAgentNotFound' }
        @{ Name = 'Get-KimiConfiguration'; Run = 'Get-KimiConfiguration -ConfigFile $config'; Fail = 'Get-KimiConfiguration none'; Id = 'KimiSettingNotFound' }
        @{ Name = 'Get-KimiHook'; Run = 'Get-KimiHook -Session $id'; Fail = 'Get-KimiHook -Session none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Get-KimiMcpServer'; Run = 'Get-KimiMcpServer main'; Fail = 'Get-KimiMcpServer none'; Id = 'KimiMcpServerNotFound' }
        @{ Name = 'Get-KimiModel'; Run = 'Get-KimiModel -ConfigFile $config'; Fail = 'Get-KimiModel none'; Id = 'KimiModelNotFound' }
        @{ Name = 'Get-KimiProvider'; Run = 'Get-KimiProvider -ConfigFile $config'; Fail = 'Get-KimiProvider none'; Id = 'KimiProviderNotFound' }
        @{ Name = 'Get-KimiSession'; Run = 'Get-KimiSession $id'; Fail = 'Get-KimiSession none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Get-KimiSkill'; Run = 'Get-KimiSkill'; Fail = 'Get-KimiSkill none'; Id = 'KimiSkillNotFound' }
        @{ Name = 'Get-KimiTool'; Run = 'Get-KimiTool -Session $id'; Fail = 'Get-KimiTool none -Session $id'; Id = 'KimiToolNotFound' }
        @{ Name = 'Import-KimiSession'; Run = 'Import-KimiSession $zip'; Fail = 'Import-KimiSession ./none.zip'; Id = 'KimiPathNotFound' }
        @{ Name = 'Invoke-KimiMcpTool'; Run = 'Invoke-KimiMcpTool mcp__main__add_numbers @{ a = 1; b = 2 } -Raw'; Fail = 'Invoke-KimiMcpTool none -Server main'; Id = 'KimiMcpToolNotFound'; Denied = 'KimiToolDenied' }
        @{ Name = 'Invoke-KimiTurn'; Run = 'Invoke-KimiTurn again -Session $id'; Fail = 'Invoke-KimiTurn again -Session none'; Id = 'KimiSessionNotFound'; AsksForEach = $true }
        @{ Name = 'Measure-KimiSession'; Run = 'Measure-KimiSession $id'; Fail = 'Measure-KimiSession none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Register-KimiHook'; Run = 'Register-KimiHook Stop { } -Session $id'; Fail = 'Register-KimiHook Stop { } -Session none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Register-KimiTool'; Run = 'Register-KimiTool -Command Get-Date -Session $id'; Fail = 'Register-KimiTool -Command Get-None -Session $id'; Id = 'KimiCommandNotFound' }
        @{ Name = 'Remove-KimiMcpServer'; Run = 'Remove-KimiMcpServer "r$id"'; Fail = 'Remove-KimiMcpServer none'; Id = 'KimiMcpServerNotFound' }
        @{ Name = 'Remove-KimiSession'; Run = 'Remove-KimiSession $id -Force -Confirm:$false'; Change = 'Remove-KimiSession $id -Force'; Fail = 'Remove-KimiSession none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Rename-KimiSession'; Run = 'Rename-KimiSession title -Session $id -PassThru'; Fail = 'Rename-KimiSession title -Session none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Send-KimiMessage'; Fail = 'Send-KimiMessage hi -Session $id'; Id = 'KimiNoTurn' }
        @{ Name = 'Set-KimiConfiguration'; Run = 'Set-KimiConfiguration theme light -ConfigFile $config -PassThru'; Fail = 'Set-KimiConfiguration none 1 -ConfigFile $config'; Id = 'KimiSettingInvalid' }
        @{ Name = 'Start-KimiSession'; Run = 'Start-KimiSession "b$id" -ConfigFile $config -McpConfigFile $none'; Fail = 'Start-KimiSession a/b'; Id = 'KimiSessionIdInvalid' }
        @{ Name = 'Stop-KimiSession'; Run = 'Stop-KimiSession $id -PassThru'; Fail = 'Stop-KimiSession none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Stop-KimiTurn'; Run = 'Stop-KimiTurn $id -PassThru'; Fail = 'Stop-KimiTurn none'; Id = 'KimiSessionNotFound' }
        @{ Name = 'Test-KimiMcpServer'; Run = 'Test-KimiMcpServer main'; Fail = 'Test-KimiMcpServer none'; Id = 'KimiMcpServerNotFound' }
        @{ Name = 'Test-KimiProvider'; Run = 'Test-KimiProvider -ConfigFile $config'; Fail = 'Test-KimiProvider none'; Id = 'KimiProviderNotFound' }
        @{ Name = 'Test-KimiReadiness'; Run = 'Test-KimiReadiness -Offline -ConfigFile $config'; Fail = 'Test-KimiReadiness -Offline -ConfigFile env:none'; Id = 'KimiPathNotFound' }
        @{ Name = 'Unregister-KimiHook'; Run = 'Unregister-KimiHook $hook'; Fail = 'Unregister-KimiHook 999999'; Id = 'KimiHookNotFound' }
        @{ Name = 'Unregister-KimiTool'; Run = 'Unregister-KimiTool probe -Session $id'; Fail = 'Unregister-KimiTool none -Session $id'; Id = 'KimiToolNotFound' }
    )
    $changing = @(foreach ($cmdlet in $cmdlets) {
            if ($cmdlet.Name -notmatch '^(Get|Find|Test|Measure|Start|Register|Send)-' -and -not $cmdlet['AsksForEach']) {
                @{ Name = $cmdlet.Name; Change = $cmdlet['Change'] ?? $cmdlet['Run']; Denied = $cmdlet['Denied'] ?? 'KimiNotConfirmed' }
            }
        })
}

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    $secret = 'sk-check-list-a1b2c3'
    $null = Add-KimiMcpServer main $env:KIMI_TEST_DOTNET -ArgumentList $env:KIMI_TEST_SERVER, 'serve-mcp'
    $null = Add-KimiMcpServer remote -Url 'http://127.0.0.1:1/mcp' -OAuth
    $servers = Get-Content -Raw (Join-Path $env:KIMI_SHARE_DIR mcp.json)
    $share = $env:KIMI_SHARE_DIR
    $none = Join-Path $TestDrive 'none.mcp'
    Set-Content $none '{"mcpServers":{}}'
    $zip = Join-Path $TestDrive 'archive.zip'
    $first = Start-KimiSession -McpConfigFile $none -ConfigFile (New-ScriptedConfig $TestDrive 'text: x') -WorkDirectory $TestDrive
    $null = Invoke-KimiTurn go
    $null = Export-KimiSession $zip
    $first | Stop-KimiSession

    $prepare = '
        $VerbosePreference = $DebugPreference = "SilentlyContinue"
        Set-Location $place
        $null = Start-KimiSession -SessionId $id -ConfigFile $config -McpConfigFile $none
        $null = Invoke-KimiTurn hello
        $null = Register-KimiTool -Name probe -ReadOnly { 1 }
        $hook = (Register-KimiHook PreToolUse { }).HookId
        $null = Add-KimiMcpServer "r$id" none'

    # A session of its own in a runspace of its own, and code in it; what came out on every stream, and on the console.
    function Invoke-Checked([string] $Code, [string] $Before = '', [string] $After = '', [switch] $ConstrainedFirst) {
        $id = [guid]::NewGuid().ToString('N').Substring(0, 12)
        $place = (New-Item -ItemType Directory (Join-Path $TestDrive $id)).FullName
        $config = New-ScriptedConfig $TestDrive 'text: one', 'text: two', 'text: three'
        (Get-Content -Raw $config) -replace '"api_key": ""', "`"api_key`": `"$secret`"" | Set-Content $config
        $env:KIMI_SHARE_DIR = (New-Item -ItemType Directory (Join-Path $TestDrive "$id.share")).FullName
        Set-Content (Join-Path $env:KIMI_SHARE_DIR mcp.json) $servers
        $shell = [powershell]::Create()
        $console = [System.IO.StringWriter]::new()
        $out = [Console]::Out
        try {
            $space = $shell.Runspace.SessionStateProxy
            foreach ($name in 'id', 'place', 'config', 'secret', 'zip', 'none') { $space.SetVariable($name, (Get-Variable $name -ValueOnly)) }
            if ($ConstrainedFirst) { $space.LanguageMode = 'ConstrainedLanguage' }
            foreach ($part in "Import-Module '$env:KIMI_OUTPUT'", $Before, $prepare, $After) {
                $null = $shell.AddScript($part).Invoke()
                if ($shell.Streams.Error.Count) { throw "setting up: $($shell.Streams.Error)" }
                $shell.Commands.Clear()
            }
            $snapshot = Get-Snapshot $place
            [Console]::SetOut($console)
            $stop = $null
            try { $output = $shell.AddScript($Code).Invoke() } catch { $output = @(); $stop = $_.Exception.InnerException.ErrorRecord ?? $_.Exception.InnerException }
            [Console]::SetOut($out)
            [pscustomobject]@{
                Output = $output; Errors = @($shell.Streams.Error); Stop = $stop; HadErrors = $shell.HadErrors; Console = "$console"
                Streams = (@($output; $shell.Streams.Error; $shell.Streams.Warning; $shell.Streams.Verbose; $shell.Streams.Debug; $shell.Streams.Information; $shell.Streams.Progress) | Format-List * -Force | Out-String -Width 500)
                Changed = $snapshot -ne (Get-Snapshot $place)
                Open = $id -in @(Get-KimiSession | ForEach-Object Id)
            }
        }
        finally { [Console]::SetOut($out); $shell.Runspace.Dispose(); $shell.Dispose(); $env:KIMI_SHARE_DIR = $share }
    }

    # Everything that stands on disk, and the open sessions with their tools and hooks.
    function Get-Snapshot([string] $Place) {
        $files = Get-ChildItem -Recurse -File -Force $env:KIMI_SHARE_DIR, $Place, (Join-Path $TestDrive '*.json') | Where-Object Name -NotIn '.lock', 'mcp-index.json' | Sort-Object FullName
        $open = Get-KimiSession | ForEach-Object { "$($_.Id) $($_.Title) $(@($_ | Get-KimiHook).Count) $($_ | Get-KimiTool | ForEach-Object Name)" }
        @($files | ForEach-Object { "$($_.FullName) $((Get-FileHash $_).Hash)" }; $open) -join "`n"
    }
}

AfterAll { Remove-KimiMcpServer * }

Describe 'the check list' {
    It 'has a line for each cmdlet' -ForEach @{ Listed = $cmdlets.Name } {
        $Listed | Sort-Object | Should -Be ((Get-Command -Module Kimi -CommandType Cmdlet).Name | Sort-Object)
    }
}

Describe 'what <Name> returns' -ForEach ($cmdlets | Where-Object { $_['Run'] }) {
    BeforeAll { $done = Invoke-Checked "`$VerbosePreference = `$DebugPreference = 'Continue'; $Run" }

    It 'is of the types it names' {
        $done.Errors | Should -BeNullOrEmpty
        $done.Stop | Should -BeNullOrEmpty
        $types = (Get-Command $Name).OutputType.Type
        if ($types -contains [void]) { $done.Output | Should -BeNullOrEmpty } else { $done.Output.Count | Should -BeGreaterThan 0 }
        foreach ($item in $done.Output) { @($types | Where-Object { $item -is $_ }).Count | Should -BeGreaterThan 0 -Because "$($item.GetType()) is not in $types" }
    }

    It 'is all it writes, and holds no secret' {
        $done.Console | Should -BeNullOrEmpty
        $done.Streams | Should -Not -Match $secret
    }

    It 'crosses a process and becomes JSON' {
        foreach ($item in $done.Output | Where-Object { $_ -isnot [System.IO.FileInfo] }) {
            $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($item, 1))
            $json = $item | ConvertTo-Json -WarningAction SilentlyContinue | ConvertFrom-Json
            foreach ($property in $item.PSObject.Properties | Where-Object { $_.Value -is [string] -or $_.Value -is [bool] -or $_.Value -is [int] }) {
                $copy.($property.Name) | Should -Be $property.Value -Because $property.Name
                $json.($property.Name) | Should -Be $property.Value -Because $property.Name
            }
            "$copy" | Should -Be "$item"
        }
    }

    It 'fits <Width> columns, <Style>' -ForEach @(
        @{ Width = 80; Style = 'PlainText' }, @{ Width = 120; Style = 'PlainText' }, @{ Width = 80; Style = 'Ansi' }, @{ Width = 120; Style = 'Ansi' }
    ) {
        $before = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = $Style
        try { $views = ($done.Output | Out-String -Width $Width), ($done.Output | Format-List | Out-String -Width $Width) } finally { $PSStyle.OutputRendering = $before }
        foreach ($view in $views) {
            if ($Style -eq 'PlainText') { $view | Should -Not -Match "`e" }
            foreach ($line in $view -split '\r?\n') { ($line -replace "`e\[[0-9;]*m").TrimEnd().Length | Should -BeLessOrEqual $Width -Because $line }
        }
        # One heading, on one line, whatever was returned.
        @($views[0] -split '\r?\n' | Where-Object { ($_ -replace "`e\[[0-9;]*m") -match '^\s*-[- ]+$' }).Count | Should -BeLessOrEqual 1
    }
}

Describe '<Name>, where it fails' -ForEach $cmdlets {
    It 'says what, where and what to do' {
        $failed = Invoke-Checked $Fail
        $record = $failed.Stop ?? $failed.Errors[0]
        $record.FullyQualifiedErrorId | Should -BeLike "$Id,Kimi.PowerShell.Commands.*"
        $record.CategoryInfo.Category | Should -Not -Be 'NotSpecified'
        "$record" | Should -Not -BeNullOrEmpty
        $record.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $record.TargetObject | Should -Not -BeNullOrEmpty
        $failed.Output | Should -BeNullOrEmpty
        $failed.Console | Should -BeNullOrEmpty
    }

    It 'obeys -ErrorAction' {
        $tried = Invoke-Checked "
            `$caught = 'nothing'
            try { $Fail -ErrorAction Stop } catch { `$caught = `$_.FullyQualifiedErrorId }
            `$caught
            try { $Fail -ErrorAction SilentlyContinue -ErrorVariable problem; `$ok = `$? } catch { `$ok = `$false; `$problem = `$_ }
            `$ok
            @(`$problem)[0].FullyQualifiedErrorId"
        $tried.Output[0] | Should -BeLike "$Id,*"
        $tried.Output[1] | Should -BeFalse
        $tried.Output[2] | Should -BeLike "$Id,*"
        $tried.Errors | Where-Object FullyQualifiedErrorId -NotLike "$Id,*" | Should -BeNullOrEmpty
    }
}

Describe '<Name>, which changes something' -ForEach $changing {
    It 'changes nothing with -WhatIf' {
        $tried = Invoke-Checked "$Change -WhatIf"
        $tried.Errors | Should -BeNullOrEmpty
        $tried.Output | Should -BeNullOrEmpty
        $tried.Changed | Should -BeFalse
        $tried.Open | Should -BeTrue
    }

    It 'changes nothing with -Confirm where nobody can be asked' {
        $tried = Invoke-Checked "$Change -Confirm"
        $tried.Errors.FullyQualifiedErrorId | Should -BeLike "$Denied,*"
        $tried.Errors[0].CategoryInfo.Category | Should -Be 'PermissionDenied'
        $tried.Output | Should -BeNullOrEmpty
        $tried.Changed | Should -BeFalse
    }
}

Describe '<Name> in a strange place' -ForEach ($cmdlets | Where-Object { $_['Run'] }) {
    It 'does not mind redefined commands, strict mode, Stop and a Turkish culture' {
        $turkish = '[System.Threading.Thread]::CurrentThread.CurrentCulture = [System.Threading.Thread]::CurrentThread.CurrentUICulture = "tr-TR"' # of one invocation only
        $strange = Invoke-Checked "$turkish`n$Run" -Before '
            Set-StrictMode -Version Latest
            $ErrorActionPreference = "Stop"' -After '
            foreach ($name in "ConvertTo-Json", "ConvertTo-Csv", "ConvertFrom-Json", "Out-String", "Where-Object", "ForEach-Object", "Select-Object", "Get-Command", "Get-Help", "Get-Item",
                "Import-Module", "Convert-Path", "Get-Secret", "Write-Host", "Set-Variable", "Invoke-KimiTurn", "Get-KimiSession") {
                if ($name -notlike "*Kimi*") { Set-Item "function:global:$name" { throw "redefined: $($MyInvocation.MyCommand.Name)" } }
            }
            foreach ($name in "?", "%", "select", "where", "foreach") { Set-Alias $name Get-None -Force -Option AllScope -Scope Global }'
        $strange.Stop | Should -BeNullOrEmpty
        $strange.Errors | Should -BeNullOrEmpty
    }

    It 'works in Constrained Language mode' {
        $constrained = Invoke-Checked $Run -After '$ExecutionContext.SessionState.LanguageMode = "ConstrainedLanguage"'
        $constrained.Stop | Should -BeNullOrEmpty
        $constrained.Errors | Should -BeNullOrEmpty
    }
}

Describe 'a module that is imported in Constrained Language mode' {
    It 'works' {
        $done = Invoke-Checked 'Invoke-KimiTurn go -ResultOnly -Session $id; $ExecutionContext.SessionState.LanguageMode' -ConstrainedFirst
        $done.Errors | Should -BeNullOrEmpty
        $done.Output[0].Text | Should -Be 'two'
        $done.Output[1] | Should -Be 'ConstrainedLanguage'
    }
}
