# Every example of the README, the guides and the help pages is run, and prints what docs/transcripts says.
Describe 'the examples of all pages' {
    It 'print what was written down' {
        & $PSScriptRoot/../../../build/Update-Transcript.ps1 -Module $env:KIMI_OUTPUT -Check
    }
}
