# What ./build.ps1 -Task Bootstrap installs for the current user: exact versions, one line of reason each.
@{
    Pester           = '5.7.1'  # runs the *.Tests.ps1 files
    PSScriptAnalyzer = '1.24.0' # checks every script of the repository
}
