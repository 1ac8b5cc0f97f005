BeforeDiscovery {
    $docs = Join-Path $PSScriptRoot ../../../docs
    $pages = Get-ChildItem $docs -Filter *.md | ForEach-Object { @{ Page = $_.Name; Path = $_.FullName } }
}

BeforeAll {
    . $PSScriptRoot/Shared.ps1
    $docs = Join-Path $PSScriptRoot ../../../docs
    $pwsh = $env:KIMI_TEST_PWSH
    function Get-CodeBlock([string] $Path, [string] $Language) {
        [regex]::Matches((Get-Content $Path -Raw), "(?ms)^ *``````$Language\r?\n(.*?)^ *``````") | ForEach-Object { $_.Groups[1].Value }
    }
}

Describe 'the examples of <Page>' -ForEach $pages {
    It 'parse, and name commands and parameters that exist' {
        Import-Module $env:KIMI_OUTPUT
        foreach ($code in Get-CodeBlock $Path powershell) {
            $problems = $null
            $tree = [System.Management.Automation.Language.Parser]::ParseInput($code, [ref] $null, [ref] $problems)
            $problems | Should -BeNullOrEmpty
            foreach ($command in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                if ($command.GetCommandName() -notlike '*-Kimi*') { continue }
                $known = Get-Command $command.GetCommandName() -ErrorAction Stop
                foreach ($parameter in $command.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                    $known.Parameters.Keys | Should -Contain $parameter.ParameterName
                }
            }
        }
    }
}

Describe 'the unattended script of automation.md' {
    BeforeAll {
        $page = Join-Path $docs automation.md
        $script = Join-Path $TestDrive nightly.ps1
        Get-CodeBlock $page powershell | Where-Object { $_ -like '#requires*' } | Set-Content $script
        $project = New-Item -ItemType Directory (Join-Path $TestDrive 'my project')
        $report = Join-Path $TestDrive report.md
        # what a scheduler hands over: hardly anything, and no input
        function Invoke-AsScheduler([string] $Model) {
            $share = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
            if ($Model) { Copy-Item $Model (Join-Path $share config.json) }
            $start = [System.Diagnostics.ProcessStartInfo]::new($pwsh)
            '-NoProfile', '-NonInteractive', '-File', $script, '-Project', $project.FullName, '-Report', $report | ForEach-Object { $start.ArgumentList.Add($_) }
            $start.Environment.Clear()
            foreach ($name in 'SystemRoot', 'USERPROFILE', 'LOCALAPPDATA', 'APPDATA', 'TEMP', 'DOTNET_ROOT') {
                if ($value = [Environment]::GetEnvironmentVariable($name)) { $start.Environment[$name] = $value }
            }
            $start.Environment['PATH'] = $IsWindows ? $env:PATH : '/usr/local/bin:/usr/bin:/bin'
            $start.Environment['HOME'] = $TestDrive.ToString()
            $start.Environment['KIMI_SHARE_DIR'] = $share.FullName
            $start.Environment['PSModulePath'] = Split-Path (Split-Path (Split-Path $env:KIMI_OUTPUT))
            $start.RedirectStandardInput = $start.RedirectStandardOutput = $start.RedirectStandardError = $true
            $process = [System.Diagnostics.Process]::Start($start)
            $process.StandardInput.Close()
            $failure = $process.StandardError.ReadToEndAsync()
            $text = $process.StandardOutput.ReadToEnd()
            $process.WaitForExit()
            [pscustomobject]@{ ExitCode = $process.ExitCode; Output = $text; Failure = $failure.Result }
        }
    }
    BeforeEach { Remove-Item $report -ErrorAction Ignore }

    It 'writes its report and ends with 0' {
        $run = Invoke-AsScheduler (New-ScriptedConfig $TestDrive "usage: input_other=3 output=2`ntext: Nothing happened.")
        $run.Failure | Should -BeNullOrEmpty
        $run.ExitCode | Should -Be 0
        $run.Output | Should -BeLike 'Completed: *refused*'
        Get-Content $report | Should -Be 'Nothing happened.'
    }

    It 'ends with 1 and says why when nothing is configured' {
        $run = Invoke-AsScheduler ''
        $run.ExitCode | Should -Be 1
        $run.Failure | Should -BeLike '*No model is configured*'
        $report | Should -Not -Exist
    }

    It 'ends with 1 when the turn fails' {
        $run = Invoke-AsScheduler (New-ScriptedConfig $TestDrive ' ')
        $run.ExitCode | Should -Be 1
        $report | Should -Not -Exist
    }
}
