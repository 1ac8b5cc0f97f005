# Keys: given as a secure string, or read from SecretManagement where somebody named vault and secret.
BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $ErrorActionPreference = 'Continue'
    $paths = $env:PSModulePath
    $modules = Join-Path $TestDrive modules
    $vault = New-Item -ItemType Directory (Join-Path $modules Microsoft.PowerShell.SecretManagement)
    Set-Content (Join-Path $vault Microsoft.PowerShell.SecretManagement.psm1) @'
function Get-Secret {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [string] $Vault)
    Add-Content -LiteralPath $env:KIMI_TEST_VAULT_LOG -Value "$Vault/$Name"
    switch ("$Vault/$Name") {
        'work/kimi' { return ConvertTo-SecureString 'sk-of-the-vault' -AsPlainText -Force }
        'work/as/text' { return 'sk-of-the-vault' }
        'work/credential' { return [pscredential]::new('me', (ConvertTo-SecureString 'sk-of-the-vault' -AsPlainText -Force)) }
        'work/number' { return 5 }
        'work/locked' { return Read-Host 'Password of the vault' -AsSecureString }
        default { Write-Error "The secret $Name was not found." }
    }
}
Export-ModuleMember -Function Get-Secret
'@
    $env:KIMI_TEST_VAULT_LOG = Join-Path $TestDrive vault.log
    $env:PSModulePath = $modules + [System.IO.Path]::PathSeparator + $paths
    Import-Module $env:KIMI_OUTPUT
    $server = Start-ModelServer $TestDrive @(@{ text = 'ok' })
    $config = Join-Path $TestDrive config.json
    function Set-Provider([hashtable] $Entry) {
        $provider = @{ type = 'kimi'; base_url = $server.Url; api_key = '' }
        foreach ($name in $Entry.Keys) { $provider[$name] = $Entry[$name] }
        @{
            default_model = 'k2'
            models        = @{ k2 = @{ provider = 'kimi'; model = 'kimi-k2'; max_context_size = 100000 } }
            providers     = @{ kimi = $provider }
        } | ConvertTo-Json -Depth 5 | Set-Content $config
    }
    function Get-SentKey { (Get-Content $server.Log | Select-Object -Last 1 | ConvertFrom-Json).authorization }
}

AfterAll {
    Stop-ModelServer $server
    $env:PSModulePath = $paths
    Remove-Item env:KIMI_TEST_VAULT_LOG
}

Describe 'the key of a model' {
    BeforeEach { Remove-Item $env:KIMI_TEST_VAULT_LOG -ErrorAction Ignore; Set-Provider @{} }

    It 'cannot be had without SecretManagement' {
        # First of all: once found, a module is found again.
        $env:PSModulePath = $paths
        try {
            if (Get-Module -ListAvailable Microsoft.PowerShell.SecretManagement) { Set-ItResult -Skipped -Because 'it is installed here'; return }
            { Invoke-KimiTurn hi -ConfigFile $config -ApiKeySecret work/kimi } | Should -Throw '*is not installed*' -ErrorId 'KimiSecretUnreadable,*'
        }
        finally { $env:PSModulePath = $modules + [System.IO.Path]::PathSeparator + $paths }
    }

    It 'is given as a secure string' {
        $key = ConvertTo-SecureString 'sk-given' -AsPlainText -Force
        (Invoke-KimiTurn hi -ConfigFile $config -ApiKey $key -ResultOnly).Text | Should -Be 'ok'
        Get-SentKey | Should -Be 'Bearer sk-given'
        Test-Path $env:KIMI_TEST_VAULT_LOG | Should -BeFalse
    }

    It 'is read from the vault that is named: <_>' -ForEach 'work/kimi', 'work/as/text', 'work/credential' {
        (Invoke-KimiTurn hi -ConfigFile $config -ApiKeySecret $_ -ResultOnly).Text | Should -Be 'ok'
        Get-SentKey | Should -Be 'Bearer sk-of-the-vault'
        Get-Content $env:KIMI_TEST_VAULT_LOG | Should -Be $_
    }

    It 'is read from the vault that the configuration names' {
        Set-Provider @{ api_key_secret = 'work/kimi' }
        $session = Start-KimiSession -ConfigFile $config
        try {
            (Invoke-KimiTurn hi -ResultOnly).Text | Should -Be 'ok'
            (Invoke-KimiTurn more -ResultOnly).Text | Should -Be 'ok'
        }
        finally { $session | Stop-KimiSession }
        Get-SentKey | Should -Be 'Bearer sk-of-the-vault'
        @(Get-Content $env:KIMI_TEST_VAULT_LOG) | Should -Be 'work/kimi'
        (Get-KimiProvider -ConfigFile $config).KeySource | Should -Be 'Secret'
        (Get-KimiConfiguration providers.kimi.api_key_secret -ConfigFile $config).Value | Should -Be 'work/kimi'
    }

    It 'is not looked for where a key is configured, given, or in the environment' {
        Set-Provider @{ api_key = 'sk-configured'; api_key_secret = 'work/kimi' }
        (Invoke-KimiTurn hi -ConfigFile $config -ResultOnly).Text | Should -Be 'ok'
        Get-SentKey | Should -Be 'Bearer sk-configured'
        Set-Provider @{ api_key_secret = 'work/kimi' }
        $env:KIMI_API_KEY = 'sk-of-the-environment'
        try {
            (Invoke-KimiTurn hi -ConfigFile $config -ResultOnly).Text | Should -Be 'ok'
            Get-SentKey | Should -Be 'Bearer sk-of-the-environment'
        }
        finally { Remove-Item env:KIMI_API_KEY }
        Test-Path $env:KIMI_TEST_VAULT_LOG | Should -BeFalse
    }

    It 'ends the command with what is wrong: <Reference>' -ForEach @(
        @{ Reference = 'work/nothing'; Reason = '*nothing was not found*' }
        @{ Reference = 'work/number'; Reason = '*no text*' }
        @{ Reference = 'work/locked'; Reason = "*'work/locked' cannot be read*" } # nobody can be asked: it must not wait
    ) {
        { Invoke-KimiTurn hi -ConfigFile $config -ApiKeySecret $Reference } | Should -Throw $Reason -ErrorId 'KimiSecretUnreadable,*'
        { Start-KimiSession -ConfigFile $config -ApiKeySecret $Reference } | Should -Throw $Reason -ErrorId 'KimiSecretUnreadable,*'
        Set-Provider @{ api_key_secret = $Reference }
        $report = Test-KimiProvider -ConfigFile $config
        $report.Success | Should -BeFalse
        $report.Message | Should -BeLike $Reason
        $ready = Test-KimiReadiness -ConfigFile $config -AllowTool Shell
        $ready.Success | Should -BeFalse
        $ready.Reasons | Should -BeLike $Reason
    }

    It 'must name a vault: <_>' -ForEach 'kimi', '/kimi', 'work/', '' {
        { Invoke-KimiTurn hi -ConfigFile $config -ApiKeySecret $_ } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
    }

    It 'is given once' {
        { Invoke-KimiTurn hi -ConfigFile $config -ApiKeySecret work/kimi -ApiKey (ConvertTo-SecureString x -AsPlainText -Force) } |
            Should -Throw -ErrorId 'KimiParameterConflict,*'
    }

    It 'is used by the tests of provider and run' {
        Set-Provider @{ api_key_secret = 'work/kimi' }
        (Test-KimiProvider -ConfigFile $config).Success | Should -BeTrue
        Get-SentKey | Should -Be 'Bearer sk-of-the-vault'
        (Test-KimiReadiness -ConfigFile $config -AllowTool Shell).Reasons | Should -BeNullOrEmpty
        Remove-Item $env:KIMI_TEST_VAULT_LOG
        (Test-KimiReadiness -ConfigFile $config -AllowTool Shell -Offline).Success | Should -BeTrue
        Test-Path $env:KIMI_TEST_VAULT_LOG | Should -BeFalse
    }

    It 'is in no stream, event or file' {
        Set-Provider @{ api_key_secret = 'work/kimi' }
        $all = Invoke-KimiTurn hi -ConfigFile $config -Verbose -Debug *>&1
        ($all | Format-List * -Force | Out-String) | Should -Not -Match 'sk-of-the-vault'
        Get-ChildItem $env:KIMI_SHARE_DIR -Recurse -File | Select-String 'sk-of-the-vault' -List | Should -BeNullOrEmpty
    }
}
