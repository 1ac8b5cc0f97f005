# A host with a person who answers every choice from a list.
class AnsweringInterface : System.Management.Automation.Host.PSHostUserInterface {
    [System.Collections.Generic.Queue[int]] $Answers
    [System.Collections.ArrayList] $Asked = @()

    AnsweringInterface([int[]] $answers) { $this.Answers = [System.Collections.Generic.Queue[int]]::new($answers) }

    [System.Management.Automation.Host.PSHostRawUserInterface] get_RawUI() { return $null }

    [int] PromptForChoice([string] $caption, [string] $message, [System.Collections.ObjectModel.Collection[System.Management.Automation.Host.ChoiceDescription]] $choices, [int] $defaultChoice) {
        $null = $this.Asked.Add([pscustomobject]@{ Caption = $caption; Message = $message; Choices = $choices; Default = $defaultChoice })
        if ($this.Answers.Count -eq 0) { throw 'asked more often than expected' }
        return $this.Answers.Dequeue()
    }

    [System.Collections.Generic.Dictionary[string, psobject]] Prompt([string] $caption, [string] $message, [System.Collections.ObjectModel.Collection[System.Management.Automation.Host.FieldDescription]] $descriptions) { throw 'not asked for' }
    [pscredential] PromptForCredential([string] $caption, [string] $message, [string] $userName, [string] $targetName) { throw 'not asked for' }
    [pscredential] PromptForCredential([string] $caption, [string] $message, [string] $userName, [string] $targetName, [System.Management.Automation.PSCredentialTypes] $types, [System.Management.Automation.PSCredentialUIOptions] $options) { throw 'not asked for' }
    [string] ReadLine() { throw 'not asked for' }
    [securestring] ReadLineAsSecureString() { throw 'not asked for' }
    [void] Write([string] $value) { }
    [void] Write([System.ConsoleColor] $foreground, [System.ConsoleColor] $background, [string] $value) { }
    [void] WriteLine([string] $value) { }
    [void] WriteDebugLine([string] $message) { }
    [void] WriteErrorLine([string] $value) { }
    [void] WriteProgress([long] $sourceId, [System.Management.Automation.ProgressRecord] $record) { }
    [void] WriteVerboseLine([string] $message) { }
    [void] WriteWarningLine([string] $message) { }
}

class AnsweringHost : System.Management.Automation.Host.PSHost {
    [AnsweringInterface] $Interface
    [guid] $Id = [guid]::NewGuid()

    AnsweringHost([int[]] $answers) { $this.Interface = [AnsweringInterface]::new($answers) }

    [string] get_Name() { return 'AnsweringHost' }
    [version] get_Version() { return [version] '1.0' }
    [guid] get_InstanceId() { return $this.Id }
    [System.Management.Automation.Host.PSHostUserInterface] get_UI() { return $this.Interface }
    [cultureinfo] get_CurrentCulture() { return [cultureinfo]::InvariantCulture }
    [cultureinfo] get_CurrentUICulture() { return [cultureinfo]::InvariantCulture }
    [void] EnterNestedPrompt() { }
    [void] ExitNestedPrompt() { }
    [void] NotifyBeginApplication() { }
    [void] NotifyEndApplication() { }
    [void] SetShouldExit([int] $exitCode) { }
}
