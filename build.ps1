#requires -Version 7.4
<#
.SYNOPSIS
Builds, tests and packs Kimi for PowerShell. Everything that needs no pwsh is a plain dotnet command as well.
.EXAMPLE
./build.ps1
Builds the module into output/Kimi.
.EXAMPLE
./build.ps1 -Task Test -Configuration Release
Builds everything and runs all tests.
.EXAMPLE
./build.ps1 -Task Demo
Builds the module, imports it in a new process and runs a turn with the built-in model.
#>
[CmdletBinding()]
param(
    [ValidateSet('Bootstrap', 'Build', 'Test', 'Analyze', 'Help', 'Package', 'Publish', 'Demo')] [string[]] $Task = 'Build',
    [ValidateSet('Debug', 'Release')] [string] $Configuration = 'Debug'
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
$version = (Import-PowerShellDataFile (Join-Path $PSScriptRoot Kimi.psd1)).ModuleVersion
$module = Join-Path $PSScriptRoot output Kimi $version
$packages = Join-Path $PSScriptRoot output packages
$tools = Import-PowerShellDataFile (Join-Path $PSScriptRoot build tools.psd1)

function Invoke-Native {
    & $args[0] @($args | Select-Object -Skip 1)
    if ($LASTEXITCODE) { throw "$args failed: $LASTEXITCODE" }
}

function Test-Tool([string] $Name) {
    if (Get-Module -ListAvailable -Name $Name) { return $true }
    $missing = "$Name is missing: ./build.ps1 -Task Bootstrap"
    if ($env:CI) { throw $missing }
    Write-Warning $missing
    $false
}

function Invoke-Bootstrap {
    foreach ($name in $tools.Keys | Sort-Object) {
        if (Get-Module -ListAvailable -Name $name | Where-Object Version -GE $tools[$name]) { continue }
        Install-PSResource -Name $name -Version $tools[$name] -Scope CurrentUser -TrustRepository
    }
}

function Invoke-Build { Invoke-Native dotnet publish (Join-Path $PSScriptRoot src Kimi.PowerShell) -c $Configuration }

function Invoke-Test { Invoke-Native dotnet test --solution (Join-Path $PSScriptRoot Kimi.slnx) -c $Configuration }

function Invoke-Analyze {
    if (-not (Test-Tool PSScriptAnalyzer)) { return }
    $settings = Join-Path $PSScriptRoot PSScriptAnalyzerSettings.psd1
    $files = Get-ChildItem $PSScriptRoot -Recurse -Include *.ps1, *.psd1 | Where-Object FullName -NotMatch '[\\/](artifacts|output)[\\/]|[\\/]Kimi\.psd1$' # the manifest is whole only in the built module
    $files = @($files) + @(Get-Item (Join-Path $module Kimi.psd1) -ErrorAction Ignore)
    $findings = $files | ForEach-Object { Invoke-ScriptAnalyzer -Path $_.FullName -Settings $settings }
    $findings | Format-Table -AutoSize | Out-Host
    if ($findings) { throw "PSScriptAnalyzer found $(@($findings).Count) problem(s)." }
}

function Invoke-Help {
    Invoke-Native dotnet run --project (Join-Path $PSScriptRoot build Kimi.Build) -c $Configuration -- (Join-Path $PSScriptRoot docs help) (Join-Path $module en-US)
    if (Get-Module -ListAvailable -Name Microsoft.PowerShell.PlatyPS) {
        Get-ChildItem (Join-Path $PSScriptRoot docs help) -Filter '*-*.md' | ForEach-Object {
            if (-not (Test-MarkdownCommandHelp -Path $_.FullName)) { throw "$($_.Name) is not a page that PlatyPS accepts." }
        }
    }
}

function Invoke-Package {
    $platforms = 'win-x64', 'win-arm64', 'linux-x64', 'linux-arm64', 'osx-arm64' # on others the portable engine runs
    Invoke-Native dotnet pack (Join-Path $PSScriptRoot Kimi.slnx) -c Release "-p:AheadOfTime=$($platforms -join '+')"
    Get-ChildItem $packages -Filter "*.$version.nupkg"
}

function Invoke-Publish {
    if (-not $env:PSGALLERY_API_KEY) { throw 'Set PSGALLERY_API_KEY to publish.' }
    Publish-PSResource -Path $module -ApiKey $env:PSGALLERY_API_KEY
}

function Invoke-Demo {
    Invoke-Build
    $pwsh = (Get-Process -Id $PID).Path
    Invoke-Native $pwsh -NoProfile -Command "Import-Module '$module/Kimi.psd1'; Invoke-KimiTurn 'What is in this folder?' -Model demo -ApprovalMode AllowAll"
}

foreach ($name in $Task) { & "Invoke-$name" }
