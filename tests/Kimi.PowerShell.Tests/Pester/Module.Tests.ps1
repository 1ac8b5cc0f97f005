BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
    $pwsh = $env:KIMI_TEST_PWSH
}

Describe 'the module' {
    It 'exports what the manifest says' {
        $manifest = Import-PowerShellDataFile $env:KIMI_OUTPUT
        (Get-Command -Module Kimi).Name | Sort-Object | Should -Be ($manifest.CmdletsToExport | Sort-Object)
        Test-ModuleManifest $env:KIMI_OUTPUT | Should -Not -BeNullOrEmpty
    }

    It 'loads two assemblies and no engine on import' {
        $loaded = & $pwsh -NoProfile -NonInteractive -Command "
            `$before = [AppDomain]::CurrentDomain.GetAssemblies().Location
            Import-Module '$env:KIMI_OUTPUT'
            [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { `$_.Location -notin `$before -and `$_.Location -like '*Kimi*' } | ForEach-Object { `$_.GetName().Name }"
        $loaded | Should -Not -Contain 'Kimi.Engine'
        @($loaded | Where-Object { $_ -notin 'Kimi.PowerShell', 'Kimi.Contracts' }) | Should -BeNullOrEmpty
    }

    It 'keeps the engine and its packages out of the default load context' {
        $config = New-ScriptedConfig $TestDrive 'text: hi'
        $foreign = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$env:KIMI_OUTPUT'
            `$null = Invoke-KimiTurn 'x' -ConfigFile '$config' -WorkDirectory '$TestDrive'
            [System.Runtime.Loader.AssemblyLoadContext]::Default.Assemblies | Where-Object { `$_.Location -like '*Kimi*' } | ForEach-Object { `$_.GetName().Name }
            '--'
            [System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ 'Kimi' | ForEach-Object { `$_.Assemblies } | ForEach-Object { `$_.GetName().Name }"
        $split = [array]::IndexOf($foreign, '--')
        $foreign[0..($split - 1)] | Sort-Object | Should -Be 'Kimi.Contracts', 'Kimi.PowerShell'
        $foreign[($split + 1)..($foreign.Count - 1)] | Should -Contain 'Kimi.Engine'
    }

    It 'takes the engine that is compiled for <What>, when there is one' -ForEach @(
        @{ What = 'this platform'; Platform = [System.Runtime.InteropServices.RuntimeInformation]::RuntimeIdentifier; Loaded = $true }
        @{ What = 'another, not'; Platform = 'cray-x1'; Loaded = $false }
    ) {
        $module = Join-Path $TestDrive $Platform
        Copy-Item (Split-Path $env:KIMI_OUTPUT) $module -Recurse
        Remove-Item (Join-Path $module engine Kimi.Engine.*.dll)
        $compiled = Join-Path $module engine "Kimi.Engine.$Platform.dll"
        Copy-Item (Join-Path $module engine Kimi.Engine.dll) $compiled
        $engine, $skill = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$module/Kimi.psd1'
            `$skill = Get-KimiSkill | Where-Object Scope -EQ BuiltIn | Select-Object -First 1 -ExpandProperty Path
            [System.Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ 'Kimi' | ForEach-Object { `$_.Assemblies } | Where-Object { `$_.GetName().Name -eq 'Kimi.Engine' } | ForEach-Object Location
            `$skill"
        $engine | Should -Be ($Loaded ? $compiled : (Join-Path $module engine Kimi.Engine.dll))
        $skill | Should -BeLike "$(Join-Path $module engine skills)*"
    }

    It 'gives no assembly of ours to another module' {
        # The global handler answers for the engine alone: a package name must still fail.
        { [System.Reflection.Assembly]::Load('YamlDotNet') } | Should -Throw
    }

    It 'can be imported twice, removed and imported again' {
        $config = New-ScriptedConfig $TestDrive 'text: one'
        $text = & $pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$env:KIMI_OUTPUT'; Import-Module '$env:KIMI_OUTPUT' -Force; Remove-Module Kimi; Import-Module '$env:KIMI_OUTPUT'
            (Invoke-KimiTurn 'x' -ConfigFile '$config' -WorkDirectory '$TestDrive' -ResultOnly).Text"
        $text | Should -Be 'one'
    }

    It 'works in strict mode, with a Turkish culture and redefined aliases' {
        $config = New-ScriptedConfig $TestDrive 'text: fine'
        $text = & $pwsh -NoProfile -NonInteractive -Command "
            Set-StrictMode -Version Latest; `$ErrorActionPreference = 'Stop'
            [cultureinfo]::CurrentCulture = 'tr-TR'
            function ConvertTo-Json { 'mine' }; function Out-String { 'mine' }
            Import-Module '$env:KIMI_OUTPUT'
            `$r = [pscustomobject]@{ A = 1 } | Invoke-KimiTurn 'x' -ConfigFile '$config' -WorkDirectory '$TestDrive'
            `$r[-1].Text; `$r[0].Prompt"
        $text[0] | Should -Be 'fine'
        (($text | Select-Object -Skip 1) -join "`n") | Should -BeLike '*{"A":1}*'
    }

    It 'writes verbose and nothing else beside its objects' {
        $config = New-ScriptedConfig $TestDrive 'text: quiet'
        $all = Invoke-KimiTurn 'x' -ConfigFile $config -WorkDirectory $TestDrive *>&1
        $all | ForEach-Object { $_ | Should -BeOfType [Kimi.TurnEvent] }
    }
}

Describe 'help' {
    BeforeDiscovery {
        Import-Module $env:KIMI_OUTPUT
        $commands = (Get-Command -Module Kimi).Name
        $topics = (Get-ChildItem (Join-Path (Split-Path $env:KIMI_OUTPUT) 'en-US') -Filter 'about_*.help.txt').Name -replace '\.help\.txt$'
    }

    It 'is there for <_>' -ForEach $commands {
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -BeLike "*$_ *<CommonParameters>*"
        $help.Synopsis.Length | Should -BeGreaterThan 10
        @($help.examples.example).Count | Should -BeGreaterOrEqual 3
        $text = $help | Out-String -Width 120
        $text | Should -Match 'EXAMPLE'
        foreach ($parameter in (Get-Command $_).Parameters.Keys | Where-Object { $_ -notin [System.Management.Automation.Cmdlet]::CommonParameters }) {
            (Get-Help $_ -Parameter $parameter).description.Text | Should -Not -BeNullOrEmpty
        }
    }

    It 'is there for <_>' -ForEach $topics {
        (Get-Help $_) | Should -BeLike "TOPIC*$_*SHORT DESCRIPTION*"
    }

    It 'has examples that parse in <_>' -ForEach $commands {
        foreach ($example in (Get-Help $_ -Examples).examples.example) {
            $errors = $null
            $null = [System.Management.Automation.Language.Parser]::ParseInput($example.code, [ref] $null, [ref] $errors)
            $errors | Should -BeNullOrEmpty
        }
    }
}
