@{
    RootModule           = 'Kimi.PowerShell.dll'
    ModuleVersion        = '1.49.0'
    GUID                 = '6c6f3c39-0a3c-4f0e-9a43-7d0d5b8d1f49'
    Author               = 'Kimi for PowerShell contributors'
    CompanyName          = 'Kimi for PowerShell'
    Copyright            = 'Kimi for PowerShell contributors. Apache-2.0.'
    Description          = 'An AI coding agent for PowerShell: turns, tools and MCP servers as pipeline objects.'
    CompatiblePSEditions = 'Core'
    PowerShellVersion    = '7.6'
    FormatsToProcess     = 'Kimi.Format.ps1xml'
    TypesToProcess       = 'Kimi.Types.ps1xml'
    CmdletsToExport      = @(
        'Add-KimiMcpServer'
        'Clear-KimiSession'
        'Compress-KimiSession'
        'Connect-KimiMcpServer'
        'Copy-KimiSession'
        'Export-KimiSession'
        'Find-KimiMcpTool'
        'Get-KimiAgent'
        'Get-KimiConfiguration'
        'Get-KimiHook'
        'Get-KimiMcpServer'
        'Get-KimiModel'
        'Get-KimiProvider'
        'Get-KimiSession'
        'Get-KimiSkill'
        'Get-KimiTool'
        'Import-KimiSession'
        'Invoke-KimiMcpTool'
        'Invoke-KimiTurn'
        'Measure-KimiSession'
        'Register-KimiHook'
        'Register-KimiTool'
        'Remove-KimiMcpServer'
        'Remove-KimiSession'
        'Rename-KimiSession'
        'Send-KimiMessage'
        'Set-KimiConfiguration'
        'Start-KimiSession'
        'Stop-KimiSession'
        'Stop-KimiTurn'
        'Test-KimiMcpServer'
        'Test-KimiProvider'
        'Test-KimiReadiness'
        'Unregister-KimiHook'
        'Unregister-KimiTool'
    )
    FunctionsToExport    = @()
    AliasesToExport      = @()
    VariablesToExport    = @()
    PrivateData          = @{
        PSData = @{
            Tags = 'AI', 'Agent', 'LLM', 'MCP', 'Automation', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS'
        }
    }
}
