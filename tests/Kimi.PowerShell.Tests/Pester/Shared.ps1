# What the files of tests share. The model is the scripted one of the engine: one script a request.
Set-StrictMode -Version Latest

function New-ScriptedConfig {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [string] $Folder,
        [Parameter(Mandatory)] [string[]] $Script
    )
    $name = [guid]::NewGuid().ToString('N')
    $scripts = Join-Path $Folder "$name.scripts.json"
    ConvertTo-Json @($Script) | Set-Content -LiteralPath $scripts
    $path = Join-Path $Folder "$name.json"
    @{
        default_model = 't'
        models        = @{ t = @{ provider = 'p'; model = 'scripted_echo'; max_context_size = 100000 } }
        providers     = @{ p = @{ type = '_scripted_echo'; base_url = ''; api_key = ''; env = @{ KIMI_SCRIPTED_ECHO_SCRIPTS = $scripts } } }
    } | ConvertTo-Json -Depth 5 | Set-Content -LiteralPath $path
    $path
}

function New-ToolCallScript {
    [CmdletBinding()]
    [OutputType([string])]
    param(
        [Parameter(Mandatory)] [string] $Tool,
        [Parameter(Mandatory)] [hashtable] $Argument,
        [string] $Id = 'c1'
    )
    $call = @{ id = $Id; name = $Tool; arguments = (ConvertTo-Json $Argument -Depth 9 -Compress) }
    "text: working`ntool_call: $(ConvertTo-Json $call -Compress)"
}

# The model server of tests/Kimi.Testing as a process; it ends with its standard input.
function Start-ModelServer {
    [CmdletBinding()]
    [OutputType([pscustomobject])]
    param(
        [Parameter(Mandatory)] [string] $Folder,
        [Parameter(Mandatory)] [object[]] $Answer
    )
    $name = Join-Path $Folder ([guid]::NewGuid().ToString('N'))
    ConvertTo-Json @($Answer) -Depth 5 | Set-Content -LiteralPath "$name.script"
    $start = [System.Diagnostics.ProcessStartInfo]::new($env:KIMI_TEST_DOTNET)
    $env:KIMI_TEST_SERVER, 'serve-model', '--port-file', "$name.port", '--script', "$name.script", '--log', "$name.log" | ForEach-Object { $start.ArgumentList.Add($_) }
    $start.RedirectStandardInput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    while (-not (Test-Path -LiteralPath "$name.port")) {
        if ($process.WaitForExit(20)) { throw 'The model server did not start.' }
    }
    [pscustomobject]@{ Process = $process; Url = "http://127.0.0.1:$(Get-Content -LiteralPath "$name.port")/v1"; Log = "$name.log" }
}

function Stop-ModelServer {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [pscustomobject] $Server)
    $Server.Process.StandardInput.Close()
    if (-not $Server.Process.WaitForExit(5000)) { $Server.Process.Kill($true) }
}
