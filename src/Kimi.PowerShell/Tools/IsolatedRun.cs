using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Tools;

/// <summary>Runs a command in a runspace of its own: it sees nothing of the session, and several run at the same time.</summary>
internal static class IsolatedRun
{
    public static async Task<CommandOutput> RunAsync(CommandCall call, CallArguments given, CancellationToken stop)
    {
        ScriptHost host = new();
        using Runspace runspace = RunspaceFactory.CreateRunspace(host, InitialSessionState.CreateDefault2());
        runspace.Open();
        using System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create();
        shell.Runspace = runspace;

        // A script block is bound to the runspace it was made in: its text is what can go elsewhere.
        object command = call.Command is ScriptBlock block ? ScriptBlock.Create(block.ToString()) : ((CommandInfo)call.Command).Name;
        if (call.Command is CommandInfo { ModuleName.Length: > 0 } info) { Import(shell, info); }
        if (call.Command is FunctionInfo { ModuleName.Length: 0 } function) { command = ScriptBlock.Create(function.ScriptBlock.ToString()); }
        runspace.SessionStateProxy.LanguageMode = call.LanguageMode;
        shell.AddScript(CommandCall.Script + "; $__kimiEnd = $true").AddArgument(command).AddArgument(call.With(given.Named)).AddArgument(given.Objects);
        try
        {
            PSDataCollection<PSObject> output = await shell.RunAsync(null, stop).ConfigureAwait(false);
            return host.HasExited ? CommandOutput.Failed($"The command {Unwinding.Exit}")
                : runspace.SessionStateProxy.GetVariable("__kimiEnd") is null ? CommandOutput.Failed($"The command {Unwinding.Break}")
                : CommandOutput.Of(output);
        }
        catch (RuntimeException e)
        {
            return CommandOutput.Failed($"Error: {e.ErrorRecord}");
        }
    }

    private static void Import(System.Management.Automation.PowerShell shell, CommandInfo command)
    {
        string module = command.Module?.Path is { Length: > 0 } path ? path : command.ModuleName;
        shell.AddCommand("Microsoft.PowerShell.Core\\Import-Module").AddParameter("Name", module).AddParameter("ErrorAction", "Ignore").Invoke();
        shell.Commands.Clear();
    }
}
