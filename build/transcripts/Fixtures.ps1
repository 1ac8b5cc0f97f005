# What the examples of a page find: a folder, and by page what is done once, before each block (Each) or before one (Before,
# by its number). Fails says which error a block is meant to show; Skip why one is not run.

function New-Project([string] $Path) {
    Set-Content (Join-Path $Path README.md) "# Sample`n`nA project for the examples. License: Apache-2.0."
    Set-Content (Join-Path $Path deploy.ps1) "param([string] `$Target)`nCopy-Item ./out `$Target -Recurse"
    Set-Content (Join-Path $Path orders.csv) "Number,Item`n7,Lamp`n8,Chair"
    Set-Content (Join-Path $Path input.txt) "one`ntwo"
    $null = New-Item -ItemType Directory (Join-Path $env:HOME logs) -Force
    if (Get-Command git -CommandType Application -ErrorAction Ignore) {
        $git = @('-C', $Path, '-c', 'user.name=Sample', '-c', 'user.email=sample@example.com', '-c', 'init.defaultBranch=main')
        $null = & git @git init --quiet
        $null = & git @git add .
        $null = & git @git commit --quiet --message 'Begin'
        Add-Content (Join-Path $Path README.md) 'One more line.'
    }
    $Path
}

# A configuration whose model 'k2' is served by the test server, with a key.
function Set-Model {
    Set-KimiConfiguration providers.kimi @{ type = 'kimi'; base_url = $env:KIMI_TEST_MODEL; api_key = 'sk-example' }
    Set-KimiConfiguration models.k2 @{ provider = 'kimi'; model = 'kimi-k2-turbo-preview'; max_context_size = 262144 }
    Set-KimiConfiguration default_model k2
}

# A model that says what is given, answer by answer, the last one again and again.
function Set-Answer([string[]] $Text) {
    $scripts = Join-Path $env:KIMI_SHARE_DIR "$([guid]::NewGuid().ToString('N')).json"
    ConvertTo-Json @($Text + @($Text[-1]) * 20) | Set-Content $scripts
    Set-KimiConfiguration providers.scripted @{ type = '_scripted_echo'; base_url = ''; api_key = ''; env = @{ KIMI_SCRIPTED_ECHO_SCRIPTS = $scripts } }
    Set-KimiConfiguration models.k2 @{ provider = 'scripted'; model = 'scripted_echo'; max_context_size = 100000 }
    Set-KimiConfiguration default_model k2
}

# What serves the examples: a model server, and a program named npx that is a small server for files.
function Start-Fixture([string] $Place) {
    . (Join-Path $PSScriptRoot ../../tests/Kimi.PowerShell.Tests/Pester/Shared.ps1)
    if (-not $env:KIMI_TEST_SERVER) {
        $env:KIMI_TEST_DOTNET = (Get-Command dotnet -CommandType Application | Select-Object -First 1).Source
        $env:KIMI_TEST_SERVER = Get-Item (Join-Path $PSScriptRoot ../../artifacts/bin/Kimi.Testing/*/Kimi.Testing.dll) | Sort-Object LastWriteTime | Select-Object -Last 1 -ExpandProperty FullName
    }
    $bin = (New-Item -ItemType Directory (Join-Path $Place bin)).FullName
    if ($IsWindows) { Set-Content (Join-Path $bin npx.cmd) "@`"$env:KIMI_TEST_DOTNET`" `"$env:KIMI_TEST_SERVER`" serve-mcp-files" }
    else {
        Set-Content (Join-Path $bin npx) "#!/bin/sh`nexec '$env:KIMI_TEST_DOTNET' '$env:KIMI_TEST_SERVER' serve-mcp-files"
        chmod +x (Join-Path $bin npx)
    }
    $env:PATH = $bin + [System.IO.Path]::PathSeparator + $env:PATH
    $server = Start-ModelServer $Place @(@{ text = 'ok' })
    $env:KIMI_TEST_MODEL = $server.Url
    $server
}

function Add-Server { Add-KimiMcpServer files npx -ArgumentList '-y', '@modelcontextprotocol/server-filesystem', $env:HOME -Force }


# A session with one turn behind it; Register-KimiHook numbers from one in each process, so no block depends on a number.
$withSession = @'
Get-KimiSession | Stop-KimiSession
$session = Start-KimiSession -Model demo
$null = Invoke-KimiTurn 'What is in this folder?' -Session $session
'@

# A session whose turn waits for a command, until it is stopped.
$withTurn = @'
Get-KimiSession | Stop-KimiSession
Set-Answer 'tool_call: {"id":"c1","name":"Shell","arguments":"{\"command\":\"sleep 20\"}"}', 'text: Stopped early'
$session = Start-KimiSession
$running = [powershell]::Create().AddScript('param($Module, $Id) Import-Module $Module; Invoke-KimiTurn go -Session $Id -ApprovalMode AllowAll').AddArgument((Get-Module Kimi).Path).AddArgument($session.Id)
$null = $running.BeginInvoke()
while ((Get-KimiSession $session.Id).State -ne 'Running') { Start-Sleep -Milliseconds 10 }
'@

$readHost = "function Read-Host { ConvertTo-SecureString 'sk-example' -AsPlainText -Force }"
$tracker = 'Add-KimiMcpServer tracker -Url http://127.0.0.1:9/mcp -OAuth -Force'
$twoTurns = "1..2 | ForEach-Object { `$null = Invoke-KimiTurn 'And what else?' -Session `$session }"
$services = @"
function Get-Service { [CmdletBinding()] param([string] `$Name) [pscustomobject]@{ Name = 'spooler'; Status = 'Stopped' } }
function Restart-Service { [CmdletBinding(SupportsShouldProcess)] param([Parameter(Mandatory)] [string] `$Name) }
"@

$fixtures = @{
    'README'                  = @{
        Before = @{
            4 = "Set-Answer 'text: Add one line to the README', 'text: {`"risk`":`"low`"}'; `$PSDefaultParameterValues.Clear()"
            5 = "Set-Answer 'text: The changelog is up to date.'"
        }
        Skip   = @{ 1 = 'Loads the module that was just built.' }
    }
    'getting-started'         = @{
        Before = @{ 5 = $services; 6 = 'Get-KimiSession | Stop-KimiSession' }
        Skip   = @{ 1 = 'Builds the module.'; 3 = 'Asks a provider that wants a key.' }
    }
    'automation'              = @{
        Before = @{ 3 = "Set-Answer 'text: Fine.'"; 4 = 'Add-Server'; 5 = "Set-Answer 'text: Two lines.'; `$null = New-Item -ItemType Directory ./fixtures" }
        Skip   = @{ 1 = 'Run by the tests of this page.'; 2 = 'For Windows.' }
    }
    'configuration'           = @{ Once = 'Set-Model'; Before = @{ 1 = $readHost } }
    'about_Kimi'              = @{ Before = @{ 2 = '$null = Get-Item ./missing -ErrorAction SilentlyContinue' } }
    'about_KimiMcp'           = @{}
    'about_KimiTools'         = @{ Each = $services }
    'about_KimiAutomation'    = @{
        Each  = "`$ErrorActionPreference = 'Continue'; Get-KimiSession | Stop-KimiSession"
        Fails = @{ 3 = 'nobody could be asked'; 5 = 'nobody could be asked'; 6 = 'nobody could be asked' }
        Skip  = @{ 7 = 'Needs a second machine.' }
    }
    'about_KimiErrors'        = @{}
    'Add-KimiMcpServer'       = @{
        Before = @{
            2 = "Remove-KimiMcpServer *; Set-Content ./mcp.json '{`"mcpServers`":{`"files`":{`"command`":`"npx`",`"args`":[`"-y`",`"server`"]}}}'"
            3 = "`$env:TRACKER_KEY = 'key'"
        }
    }
    'Clear-KimiSession'       = @{ Each = $withSession }
    'Compress-KimiSession'    = @{ Each = $withSession }
    'Connect-KimiMcpServer'   = @{ Each = $tracker; Skip = @{ 1 = 'Opens a browser.'; 2 = 'Opens a browser.' } }
    'Copy-KimiSession'        = @{ Each = $withSession; Before = @{ 2 = $twoTurns } }
    'Export-KimiSession'      = @{ Each = $withSession; Before = @{ 1 = 'Remove-Item ./talk.* -ErrorAction Ignore' } }
    'Find-KimiMcpTool'        = @{ Once = 'Add-Server' }
    'Get-KimiConfiguration'   = @{ Once = 'Set-Model' }
    'Get-KimiHook'            = @{ Each = $withSession + "`n" + '$null = Register-KimiHook PreToolUse -Matcher Shell { $true }' }
    'Get-KimiMcpServer'       = @{ Once = "Add-Server; $tracker" }
    'Get-KimiModel'           = @{ Once = 'Set-Model' }
    'Get-KimiProvider'        = @{ Once = 'Set-Model' }
    'Get-KimiSession'         = @{ Each = $withSession }
    'Get-KimiTool'            = @{ Each = $withSession }
    'Import-KimiSession'      = @{ Each = $withSession + "`n" + '$null = Export-KimiSession ./backup.zip -Force; $null = Export-KimiSession ./talk.md -Force' }
    'Invoke-KimiMcpTool'      = @{ Once = 'Add-Server' }
    'Invoke-KimiTurn'         = @{
        Before = @{
            7 = "Set-Answer 'text: {`"items`":[{`"File`":`"deploy.ps1`",`"Severity`":`"high`",`"Text`":`"Copies without asking.`"},{`"File`":`"deploy.ps1`",`"Severity`":`"low`",`"Text`":`"Has no help.`"}]}'"
        }
    }
    'Measure-KimiSession'     = @{ Each = $withSession }
    'Register-KimiHook'       = @{ Each = $withSession }
    'Register-KimiTool'       = @{ Each = "$withSession`n$services" }
    'Remove-KimiMcpServer'    = @{ Each = 'Add-Server' }
    'Remove-KimiSession'      = @{ Each = $withSession; Before = @{ 1 = "Start-KimiSession release-notes -Model demo | Invoke-KimiTurn hi -ResultOnly; Stop-KimiSession" } }
    'Rename-KimiSession'      = @{ Each = $withSession }
    'Send-KimiMessage'        = @{ Each = $withTurn; End = 'Get-KimiSession | Stop-KimiTurn' }
    'Set-KimiConfiguration'   = @{ Once = "Set-Model; $readHost" }
    'Start-KimiSession'       = @{ Each = $withSession }
    'Stop-KimiSession'        = @{ Each = $withSession }
    'Stop-KimiTurn'           = @{ Before = @{ 2 = $withTurn } }
    'Test-KimiMcpServer'      = @{ Once = 'Add-Server' }
    'Test-KimiProvider'       = @{ Once = 'Set-Model' }
    'Test-KimiReadiness'      = @{ Once = 'Set-Model' }
    'Unregister-KimiHook'     = @{ Each = $withSession + "`n" + '1..2 | ForEach-Object { $null = Register-KimiHook PreToolUse { $true } }' }
    'Unregister-KimiTool'     = @{ Each = $withSession; Before = @{ 1 = '$null = Register-KimiTool Get-Process -ReadOnly'; 2 = '$null = Register-KimiTool Get-Process -ReadOnly' } }
}
