BeforeAll {
    . $PSScriptRoot/Shared.ps1
    Import-Module $env:KIMI_OUTPUT
}

Describe 'Get-KimiModel' {
    It 'lists the models of a configuration and the built-in one' {
        $models = Get-KimiModel -ConfigFile (New-ScriptedConfig $TestDrive 'text: x')
        $models | ForEach-Object { $_ | Should -BeOfType [Kimi.ModelInfo] }
        $models.Name | Should -Be 't', 'demo'
        $models[0].IsDefault | Should -BeTrue
        $models[0].Provider | Should -Be 'p'
        $models[0].MaxContextSize | Should -Be 100000
        $models[1].IsDefault | Should -BeFalse
    }

    It 'has the built-in one as default when nothing is configured, and makes no file' {
        (Get-KimiModel | Where-Object IsDefault).Name | Should -Be 'demo'
        Join-Path $env:KIMI_SHARE_DIR config.toml | Should -Not -Exist
    }

    It 'finds by name and pattern' {
        $config = New-ScriptedConfig $TestDrive 'text: x'
        (Get-KimiModel t -ConfigFile $config).Name | Should -Be 't'
        (Get-KimiModel d* -ConfigFile $config).Name | Should -Be 'demo'
        { Get-KimiModel ghost -ConfigFile $config -ErrorAction Stop } | Should -Throw -ErrorId 'KimiModelNotFound,*'
        { Get-KimiModel -ConfigFile (Join-Path $TestDrive none.toml) } | Should -Throw -ErrorId 'KimiPathNotFound,*'
    }
}

Describe 'Tab' {
    BeforeAll {
        function Get-Completion([string] $Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText }
    }

    It 'completes the models of the file that is named, relative to the location' {
        $config = New-ScriptedConfig $TestDrive 'text: x'
        (Get-Content -Raw $config).Replace('"t"', '"tab-model"') | Set-Content $config
        Get-Completion "Invoke-KimiTurn -ConfigFile '$config' -Model tab" | Should -Be 'tab-model'
        Push-Location $TestDrive
        try { Get-Completion "Start-KimiSession -ConfigFile ./$(Split-Path -Leaf $config) -Model tab" | Should -Be 'tab-model' }
        finally { Pop-Location }
    }

    It 'completes the models of the default file before a command has seen them' {
        $file = Join-Path (New-Item -ItemType Directory $env:KIMI_SHARE_DIR -Force) config.json
        Get-Content -Raw (New-ScriptedConfig $TestDrive 'text: x') | ForEach-Object Replace '"t"' '"default-model"' | Set-Content $file
        try { Get-Completion 'Get-KimiModel default-m' | Should -Be 'default-model' }
        finally { Remove-Item "$file*", (Join-Path $env:KIMI_SHARE_DIR 'config.toml*') -ErrorAction Ignore }
    }

    It 'completes tools in rules and matchers' {
        Get-Completion 'Invoke-KimiTurn -AllowTool Sh' | Should -Be 'Shell'
        Get-Completion 'Invoke-KimiTurn -AllowTool Shell, ReadF' | Should -Be 'ReadFile'
        Get-Completion 'Start-KimiSession -DenyTool WriteF' | Should -Be 'WriteFile'
        Get-Completion 'Test-KimiReadiness -AllowTool WriteF' | Should -Be 'WriteFile'
        Get-Completion 'Register-KimiHook -Event PreToolUse -Matcher Sh' | Should -Be 'Shell'
        Get-Completion 'Get-KimiTool -Name Sh' | Should -Be 'Shell'
    }
}

Describe '-ApiKey' {
    It 'is taken as a secure string and shows up nowhere' {
        $key = ConvertTo-SecureString 'sk-very-secret' -AsPlainText -Force
        $all = Invoke-KimiTurn go -ApiKey $key -ConfigFile (New-ScriptedConfig $TestDrive 'text: x') -WorkDirectory $TestDrive -Verbose -Debug *>&1
        ($all | Out-String -Width 500) | Should -Not -BeLike '*very-secret*'
        (Get-ChildItem $env:KIMI_SHARE_DIR -Recurse -File | Select-String 'very-secret') | Should -BeNullOrEmpty
        { Invoke-KimiTurn go -ApiKey 'text' } | Should -Throw -ErrorId 'CannotConvertArgument*'
    }
}
