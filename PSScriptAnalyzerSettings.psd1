@{
    Severity     = 'Error', 'Warning', 'Information'
    ExcludeRules = @(
        # Test files build objects and throw-away helpers in their blocks.
        'PSUseShouldProcessForStateChangingFunctions'
        # Variables of BeforeAll are used in It: the analyzer does not see across script blocks.
        'PSUseDeclaredVarsMoreThanAssignments'
    )
}
