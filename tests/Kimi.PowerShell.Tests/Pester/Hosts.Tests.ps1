BeforeAll {
    Import-Module $env:KIMI_OUTPUT
}

Describe 'another machine' {
    It 'is named when it cannot be reached, before its directories are looked at' -Skip:(-not (Get-Command ssh -CommandType Application -ErrorAction Ignore)) {
        try {
            Start-KimiSession -HostName 'kimi.invalid' -WorkDirectory '/no/such/place' -AddDirectory '/nor/this' -ErrorAction Stop
            throw 'it was opened'
        }
        catch {
            $_.FullyQualifiedErrorId | Should -Be 'KimiConnection,Kimi.PowerShell.Commands.StartKimiSessionCommand'
            $_.CategoryInfo.Category | Should -Be 'ConnectionError'
            $_.TargetObject | Should -Be 'kimi.invalid'
            $_.Exception.Message | Should -Match "^Cannot connect to 'kimi\.invalid': "
        }
    }
}
