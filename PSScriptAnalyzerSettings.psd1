@{
    Severity     = 'Error', 'Warning', 'Information'
    ExcludeRules = @(
        # Test files build objects and throw-away helpers in their blocks.
        'PSUseShouldProcessForStateChangingFunctions'
        # Variables of BeforeAll are used in It: the analyzer does not see across script blocks.
        'PSUseDeclaredVarsMoreThanAssignments'
        # The same, for parameters.
        'PSReviewUnusedParameter'
        # PowerShell 7 reads UTF-8 without a mark.
        'PSUseBOMForUnicodeEncodedFile'
        # Tests and examples make keys of text, write to the host and share variables on purpose.
        'PSAvoidUsingConvertToSecureStringWithPlainText'
        'PSAvoidUsingWriteHost'
        'PSAvoidGlobalVars'
        'PSUseOutputTypeCorrectly'
        # Takes environment variables for local ones.
        'PSUseUsingScopeModifierInNewRunspaces'
    )
    Rules        = @{
        PSAvoidUsingPositionalParameters = @{ CommandAllowList = 'Join-Path', 'Invoke-Native', 'Invoke-Answered' }
    }
}
