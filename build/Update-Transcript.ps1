#requires -Version 7.6
<#
.SYNOPSIS
Runs every example of the README, the guides and the help pages, and writes down what they print.
.DESCRIPTION
The transcripts are in docs/transcripts, one a page. Each page has a folder, a share directory and a runspace of its own; what
its examples find there is in build/transcripts/Fixtures.ps1. What differs from run to run (ids, times, paths, numbers of
tokens) stands as a word in angle brackets. An example that fails ends the script. A block of output that follows an example
in a page must be what the example prints.
.EXAMPLE
./build/Update-Transcript.ps1
Writes all transcripts anew.
.EXAMPLE
./build/Update-Transcript.ps1 -Check
Writes nothing; every difference is an error.
#>
[CmdletBinding()]
param(
    # The manifest of the built module.
    [string] $Module,
    # The pages to run, by name without ending; wildcards are allowed.
    [string[]] $Page = '*',
    # Compares instead of writing.
    [switch] $Check
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
$root = Split-Path $PSScriptRoot
if (-not $Module) {
    $version = (Import-PowerShellDataFile (Join-Path $root Kimi.psd1)).ModuleVersion
    $Module = Join-Path $root output Kimi $version Kimi.psd1
}

# A process of its own: another home directory, nothing of the caller's settings.
$place = New-Item -ItemType Directory (Join-Path ([System.IO.Path]::GetTempPath()) "kimi-examples-$([guid]::NewGuid().ToString('N'))")
try {
    $start = [System.Diagnostics.ProcessStartInfo]::new($env:KIMI_TEST_PWSH ?? (Get-Process -Id $PID).Path)
    '-NoProfile', '-NonInteractive', '-File', (Join-Path $PSScriptRoot transcripts Invoke-Example.ps1), '-Module', $Module,
    '-Place', $place.FullName, '-Page', ($Page -join ',') | ForEach-Object { $start.ArgumentList.Add($_) }
    foreach ($name in @($start.Environment.Keys) -like 'KIMI_*' -notlike 'KIMI_TEST_*') { $null = $start.Environment.Remove($name) }
    $start.Environment['HOME'] = $start.Environment['USERPROFILE'] = Join-Path $place home
    $start.Environment['KIMI_SHARE_DIR'] = Join-Path $place home .kimi
    $start.Environment['NO_COLOR'] = '1'
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
    $process = [System.Diagnostics.Process]::Start($start)
    $process.StandardInput.Close()
    $problems = $process.StandardError.ReadToEndAsync()
    $said = $process.StandardOutput.ReadToEnd()
    $process.WaitForExit()
    if ($process.ExitCode) { throw "$said$($problems.Result)" }

    $folder = Join-Path $root docs transcripts
    $differences = foreach ($made in Get-ChildItem (Join-Path $place transcripts) -File) {
        $kept = Join-Path $folder $made.Name
        $text = Get-Content -LiteralPath $made.FullName -Raw
        if (-not $Check) {
            $null = New-Item -ItemType Directory $folder -Force
            Set-Content -LiteralPath $kept -Value $text -NoNewline
            continue
        }
        $old = if (Test-Path -LiteralPath $kept) { @((Get-Content -LiteralPath $kept -Raw) -split '\r?\n') } else { @() }
        Compare-Object $old @($text -split '\r?\n') -SyncWindow 8 | ForEach-Object {
            "$($made.BaseName): $($_.SideIndicator -eq '<=' ? 'written down' : 'now') '$($_.InputObject)'"
        }
    }
    if ($differences) { throw "The examples print something else than docs/transcripts says. Look, and run ./build/Update-Transcript.ps1.`n$($differences -join "`n")" }
}
finally {
    Remove-Item -LiteralPath $place -Recurse -Force -ErrorAction Ignore
}
