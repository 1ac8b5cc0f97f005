using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.Engine.Tools.Shells;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Tools;

/// <summary>
/// Runs a script of the agent's PowerShell tool in a runspace of its own: variables, functions, modules and the location of the
/// user's session are out of its sight. The environment belongs to the process, so what the script changes there is undone, and
/// scripts run one after the other.
/// </summary>
internal static class IsolatedScript
{
    private static readonly SemaphoreSlim s_gate = new(1, 1);

    /// <summary>Runs the script; returns its exit code.</summary>
    public static async Task<int> RunAsync(PowerShellScript script, CancellationToken stop)
    {
        await s_gate.WaitAsync(stop).ConfigureAwait(false);
        Hashtable environment = new(Environment.GetEnvironmentVariables());
        try
        {
            return await InvokeAsync(script, stop).ConfigureAwait(false);
        }
        finally
        {
            Restore(environment);
            s_gate.Release();
        }
    }

    private static async Task<int> InvokeAsync(PowerShellScript script, CancellationToken stop)
    {
        ScriptHost host = new();
        using Runspace runspace = RunspaceFactory.CreateRunspace(host, InitialSessionState.CreateDefault2());
        runspace.Open();
        using System.Management.Automation.PowerShell shell = System.Management.Automation.PowerShell.Create();
        shell.Runspace = runspace;
        shell.AddScript("param($__kimiScript)\n" + PowerShellFrame.Around("$__kimiScript")).AddArgument(script.Text);
        using PSDataCollection<PSObject> output = [];
        output.DataAdded += (_, _) =>
        {
            foreach (PSObject line in output.ReadAll()) { script.Write(PlainText.Strip(line?.ToString() ?? "")); }
        };
        try
        {
            runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(script.WorkingDirectory));
            await shell.RunAsync(output, stop).ConfigureAwait(false);
        }
        catch (RuntimeException e)
        {
            script.Write($"Error: {e.ErrorRecord}");
            return 1;
        }

        return host.ExitCode;
    }

    private static void Restore(Hashtable before)
    {
        foreach (DictionaryEntry now in Environment.GetEnvironmentVariables())
        {
            if (!before.ContainsKey(now.Key)) { Environment.SetEnvironmentVariable((string)now.Key, null); }
        }

        foreach (DictionaryEntry then in before)
        {
            if (Environment.GetEnvironmentVariable((string)then.Key) != (string?)then.Value) { Environment.SetEnvironmentVariable((string)then.Key, (string?)then.Value); }
        }
    }
}
