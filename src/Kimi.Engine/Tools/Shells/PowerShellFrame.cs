namespace Kimi.Engine.Tools.Shells;

/// <summary>A script to run in the caller's own process.</summary>
/// <param name="Text">The script as the model wrote it.</param>
/// <param name="WorkingDirectory">Where it starts.</param>
/// <param name="Write">Takes a line of its output; on any thread, and without effect once the call is over.</param>
public sealed record PowerShellScript(string Text, string WorkingDirectory, Action<string> Write);

/// <summary>What stands around a script, wherever it runs.</summary>
public static class PowerShellFrame
{
    // All streams become one, in order, as plain text; errors in one line each, because their place would be in this frame.
    private const string Frame = """
        $ProgressPreference = 'SilentlyContinue'
        $global:LASTEXITCODE = 0
        function global:__KimiText { process {
            if ($_ -is [System.Management.Automation.ErrorRecord]) {
                if ($_.FullyQualifiedErrorId -like 'NativeCommandError*') { $_.Exception.Message }
                else {
                    $__kimiName = if ($_.InvocationInfo -and $_.InvocationInfo.MyCommand -and $_.InvocationInfo.MyCommand.Name) { $_.InvocationInfo.MyCommand.Name } else { 'Error' }
                    '{0}: {1}' -f $__kimiName, $_
                }
            }
            elseif ($_ -is [System.Management.Automation.WarningRecord]) { 'WARNING: {0}' -f $_.Message }
            elseif ($_ -is [System.Management.Automation.VerboseRecord]) { 'VERBOSE: {0}' -f $_.Message }
            elseif ($_ -is [System.Management.Automation.DebugRecord]) { 'DEBUG: {0}' -f $_.Message }
            else { $_ }
        } }
        try { & { . ([scriptblock]::Create({script})) } *>&1 | __KimiText | Out-String -Stream -Width 200 }
        catch {
            $__kimiError = if ($_.Exception.InnerException -is [System.Management.Automation.ParseException]) { $_.Exception.InnerException.Message } else { "$_" }
            'Error: {0}' -f $__kimiError
            if ($global:LASTEXITCODE) { exit $global:LASTEXITCODE } else { exit 1 }
        }
        exit $global:LASTEXITCODE
        """;

    /// <summary>The frame around a script that an expression gives.</summary>
    /// <param name="expression">An expression of PowerShell whose value is the script's text.</param>
    public static string Around(string expression) => Frame.Replace("{script}", expression, StringComparison.Ordinal);
}
