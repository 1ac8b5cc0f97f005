# Runs the examples of pages, one page after the other; started by Update-Transcript.ps1 in a process of its own.
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Module,
    [Parameter(Mandatory)] [string] $Place,
    [Parameter(Mandatory)] [string] $Page
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
$root = Split-Path (Split-Path $PSScriptRoot)
[cultureinfo]::DefaultThreadCurrentCulture = [cultureinfo]::CurrentCulture = [cultureinfo]::InvariantCulture
. $PSScriptRoot/Fixtures.ps1
$width = 200 # so wide that no line breaks where the length of a path would decide

function Get-Example([string] $Path) {
    $text = (Get-Content -LiteralPath $Path -Raw) -replace '\r\n', "`n"
    if ($Path -match '-Kimi\w+\.md$') { $text = ($text -split '\n## PARAMETERS')[0] }
    $heading = ''
    # A heading, or a block of PowerShell with the block of its output, if one follows.
    foreach ($match in [regex]::Matches($text, '(?m)^#{2,3} (?<heading>.+)$|^ *```powershell\n(?<code>(?s:.*?))^ *```(?:\n\s*```\n(?<output>(?s:.*?))^```)?')) {
        if ($match.Groups['heading'].Success) { $heading = $match.Groups['heading'].Value; continue }
        @{ Heading = $heading; Code = ($match.Groups['code'].Value -replace '(?m)^   (?=\S)').TrimEnd(); Output = $match.Groups['output'].Value }
    }
}

# What differs from run to run becomes a word; where that may move columns, the room between them is made equal.
function Get-Plain([string] $Text, [string] $Folder) {
    $lines = foreach ($line in $Text -split '\r?\n') {
        $line = $line.TrimEnd()
        $before = $line
        foreach ($pair in @($Folder, '~/project'), @((Join-Path $Place home), '~'), @((Split-Path $Module), '<module>'), @($Place, '<place>'), @($root, '<clone>')) {
            $line = $line.Replace($pair[0], $pair[1])
        }
        $line = $line -replace '\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b', '<id>'
        $line = $line -replace '\b[0-9a-f]{8}-[0-9a-f…-]*…', '<id>'
        $line = $line -replace '\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?', '<time>' -replace '\b\d\d/\d\d/\d{4} \d\d:\d\d:\d\d\b', '<time>'
        $line = $line -replace '\b\d+\.\d\d:\d\d:\d\d(\.\d+)?|\b\d\d:\d\d:\d\d(\.\d+)?\b', '<duration>'
        $line = $line -replace '\b\d+ in, \d+ out\b', '<n> in, <n> out' -replace '\b\d+ tokens\b', '<n> tokens' -replace '\b\d+(\.\d+)? ?(ms|s|seconds)\b', '<n> $2' -replace '(?<![\d.])\d+\.\d{1,3}(?![\d.])', '<n>' -replace '^\d{3,}$', '<n>'
        $line = $line -replace '\{(\w+ \(\d+\)(, )?)+(…|\.\.\.)?\}', '{<tools>}'
        $line = $line -replace '127\.0\.0\.1:\d+', '127.0.0.1:<port>' -replace '^(\s*\d+ +)Kimi\d+ ', '$1Kimi<n> '
        $line = $line -replace '^(Shell|ReadFile|Glob|mcp_\w+) +(\d+) +(\d+) +(\d+|<n>)$', '$1  $2  $3  <n>'
        # Files are listed in another way on each system.
        $line = $line -replace '^[-dlrwxash]{5,10} .*\d\d/\d\d/\d{4} +\d\d:\d\d +\d+ +(.+)$', '<file> $1' -replace '^ +Directory: .*|^(Unix)?Mode +.*|^-{4,8} +-{4} +-{5} +-{13} .*|^-{4} +-{13} .*', '<file>'
        if ($line -ne $before) { $line = $line -replace '(?<=\S) {2,}', '  ' }
        if ($line -notmatch '^(MCPLoading\w+|StatusUpdate) +(MCP|Waiting)') { $line } # whether servers are waited for is a race
    }
    # Calls of one step run at the same time: what they bring comes in any order.
    $block = [System.Collections.Generic.List[string]]::new()
    $sorted = foreach ($line in @($lines) + '') {
        if ($line -match '^((Shell|ReadFile|Glob|mcp_\w+)  \d+|ToolResult|ApprovalRe\w+|HookResolved|HookTriggered|StatusUpdate) ') { $block.Add($line); continue }
        $block | Sort-Object
        $block.Clear()
        $line
    }
    (($sorted -join "`n") -replace '\n{3,}', "`n`n").Trim("`n")
}

# A person enters one statement after the other; each is a pipeline, with a table of its own.
function Invoke-Code([powershell] $Shell, [string] $Code) {
    $parsed = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref] $null, [ref] $null)
    $text = [System.Text.StringBuilder]::new()
    $errors = foreach ($statement in $parsed.EndBlock.Statements) {
        $run = Invoke-Statement $Shell $statement.Extent.Text
        $null = $text.Append($run.Text)
        $run.Errors
        if ($run.Ended) { break }
    }
    @{ Text = $text.ToString(); Errors = @($errors) }
}

function Invoke-Statement([powershell] $Shell, [string] $Code) {
    $Shell.Commands.Clear()
    $Shell.Streams.ClearStreams()
    $null = $Shell.AddScript($Code)
    $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
    $failure = $null
    try { $Shell.Invoke($null, $output) }
    catch { $failure = "$($_.Exception.InnerException ?? $_.Exception | ForEach-Object Message)" }
    $said = @(
        $Shell.Streams.Warning | ForEach-Object { "WARNING: $_" }
        $Shell.Streams.Information | ForEach-Object { "$_" }
    )
    $errors = @($Shell.Streams.Error | ForEach-Object { "$_" }) + $failure | Where-Object { $_ }
    $Shell.Commands.Clear()
    $null = $Shell.AddCommand('Out-String').AddParameter('Width', $width)
    $text = -join $Shell.Invoke($output)
    @{ Text = (($said -join "`n") + "`n" + $text); Errors = $errors; Ended = $null -ne $failure }
}

$env:PSModulePath = (Split-Path (Split-Path (Split-Path $Module))) + [System.IO.Path]::PathSeparator + $env:PSModulePath
$null = New-Item -ItemType Directory $env:HOME -Force
$server = Start-Fixture $Place
$out = New-Item -ItemType Directory (Join-Path $Place transcripts)
$pattern = New-Project (New-Item -ItemType Directory (Join-Path $Place pattern))
$files = @(Get-Item (Join-Path $root README.md)) + @(Get-ChildItem (Join-Path $root docs) -Filter *.md) + @(Get-ChildItem (Join-Path $root docs help) -Filter *.md)
$problems = foreach ($file in $files) {
    if (-not ($Page -split ',' | Where-Object { $file.BaseName -like $_ })) { continue }
    $examples = @(Get-Example $file.FullName)
    if ($examples.Count -eq 0) { continue }
    Remove-Item $env:KIMI_SHARE_DIR -Recurse -Force -ErrorAction Ignore
    $null = New-Item -ItemType Directory $env:KIMI_SHARE_DIR -Force
    $folder = Join-Path $Place $file.BaseName project
    $null = New-Item -ItemType Directory (Split-Path $folder)
    Copy-Item $pattern $folder -Recurse -Force
    $fixture = $fixtures[$file.BaseName] ?? @{}
    $lines = [System.Collections.Generic.List[string]]::new()
    $shell = [powershell]::Create()
    $shell.Runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault())
    $shell.Runspace.Open()
    try {
        $prepared = Invoke-Code $shell @"
Import-Module '$Module'; . '$PSScriptRoot/Fixtures.ps1'; Set-Location '$folder'
`$PSStyle.OutputRendering = 'PlainText'; `$ProgressPreference = 'SilentlyContinue'; `$ConfirmPreference = 'None'
`$PSDefaultParameterValues['Start-KimiSession:ApprovalMode'] = `$PSDefaultParameterValues['Invoke-KimiTurn:ApprovalMode'] = 'AllowAll'
$($fixture['Once'])
"@
        if ($prepared.Errors) { throw "$($file.BaseName): $($prepared.Errors)" }
        $number = 0
        foreach ($example in $examples) {
            $number++
            $lines.Add("## $($example.Heading)`n")
            $lines.Add('PS> ' + ($example.Code -replace '\n', "`n>>  ") + "`n")
            $skip = ($fixture['Skip'] ?? @{})[$number]
            if ($skip) { $lines.Add("($skip)`n"); continue }
            $before = Invoke-Code $shell "Set-Location '$folder'; $($fixture['Each'])`n$(($fixture['Before'] ?? @{})[$number])"
            if ($before.Errors) { "$($file.BaseName), block $number, cannot be prepared: $($before.Errors)"; continue }
            $code = $example.Code -replace '\./output/Kimi/[\d.]+/Kimi\.psd1', "'$Module'"
            $run = Invoke-Code $shell $code
            $text = Get-Plain $run.Text $folder
            $told = @($run.Errors | ForEach-Object { 'ERROR: ' + (Get-Plain $_ $folder) })
            $mayFail = ($fixture['Fails'] ?? @{})[$number]
            if ($told -and -not ($mayFail -and $told -like "*$mayFail*")) { "$($file.BaseName), block $number ($($example.Heading)): $told" }
            if ($mayFail -and -not $told) { "$($file.BaseName), block $($number): it should fail with '$mayFail'" }
            if ($example.Output -and (Get-Plain $example.Output $folder).Trim() -ne ($text -replace '(?m)^WARNING: .*$').Trim()) { "$($file.BaseName), block $($number): the page shows`n$($example.Output)`nand the example prints`n$text" }
            $all = @($text) + $told | Where-Object { $_ }
            if ($all) { $lines.Add(($all -join "`n") + "`n") }
        }
        $null = Invoke-Code $shell "Get-KimiSession | Stop-KimiSession -Confirm:`$false`n$($fixture['End'])"
    }
    finally {
        $shell.Runspace.Dispose()
        $shell.Dispose()
    }
    Set-Content (Join-Path $out "$($file.BaseName).txt") ($lines -join "`n")
}
$server.Process.StandardInput.Close()
if ($problems) {
    [Console]::Error.WriteLine($problems -join "`n")
    exit 1
}
