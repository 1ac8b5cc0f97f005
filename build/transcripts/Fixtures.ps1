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

function Add-Server { Add-KimiMcpServer files npx -ArgumentList '-y', '@modelcontextprotocol/server-filesystem', $env:HOME -Force }

$session = {
    Get-KimiSession | Stop-KimiSession
    $session = Start-KimiSession -Model demo
    $null = Invoke-KimiTurn 'What is in this folder?' -Session $session
}
$busy = {
    Get-KimiSession | Stop-KimiSession
    $session = Start-KimiSession -Model demo
}
$tracker = "Add-KimiMcpServer tracker -Url http://127.0.0.1:9/mcp -OAuth -Force"

$fixtures = @{
    'README'                  = @{
        Once   = ''
        Before = @{
            4 = "Set-Answer 'text: Change one line', 'text: {`"risk`":`"low`"}'"
            5 = 'Set-KimiConfiguration default_model $null; Set-KimiConfiguration models.k2 $null; Set-KimiConfiguration providers.scripted $null'
        }
    }
}
