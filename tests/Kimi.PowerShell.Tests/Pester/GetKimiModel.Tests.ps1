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
        { Get-KimiModel -ConfigFile (Join-Path $TestDrive none.toml) } | Should -Throw -ErrorId 'KimiConfigurationInvalid,*'
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
