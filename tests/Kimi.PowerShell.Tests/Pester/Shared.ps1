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
