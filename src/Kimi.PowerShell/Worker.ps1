# Hosts the worker of a background task: code of the engine, in a process that outlives the session if it must.
Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
[void][System.Reflection.Assembly]::LoadFrom([System.IO.Path]::Join($PSScriptRoot, 'engine', 'Kimi.Engine.dll'))
exit [Kimi.Engine.Turns.Background.BackgroundWorker]::RunAsync([string[]]$args, [System.Threading.CancellationToken]::None).GetAwaiter().GetResult()
