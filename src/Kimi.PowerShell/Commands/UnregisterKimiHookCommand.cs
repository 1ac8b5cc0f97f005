using System.Management.Automation;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Takes hooks away that scripts registered.</summary>
[Cmdlet(VerbsLifecycle.Unregister, Nouns.Hook, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class UnregisterKimiHookCommand : KimiCmdlet
{
    /// <summary>The numbers of the hooks.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public int[] HookId { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (int id in HookId)
        {
            OpenSession? session = SessionRegistry.All.FirstOrDefault(s => s.Hooks.All.Any(h => h.HookId == id));
            if (session is null) { WriteError(Errors.HookNotFound(id)); }
            else if (Confirms($"{id} ({session.Id})", "Unregister hook")) { session.Hooks.Remove(id); }
        }
    }
}
