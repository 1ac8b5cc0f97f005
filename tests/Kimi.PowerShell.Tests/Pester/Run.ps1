# Runs one file of tests and ends with the number of failures; 42 says that there is no Pester.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path
)
$ErrorActionPreference = 'Stop'
if (-not (Get-Module -ListAvailable -Name Pester | Where-Object Version -GE '5.0')) { exit 42 }
Import-Module Pester -MinimumVersion 5.0
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Detailed'
$configuration.Output.RenderMode = 'Plaintext'
$result = Invoke-Pester -Configuration $configuration
if ($result.TotalCount -eq 0) { exit 41 }
exit [math]::Min($result.FailedCount + $result.FailedContainersCount + $result.FailedBlocksCount, 40)
