using System.Management.Automation;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Takes a registered tool away from the model of a session.</summary>
[Cmdlet(VerbsLifecycle.Unregister, Nouns.Tool, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class UnregisterKimiToolCommand : SessionTargetCommand
{
    /// <summary>The names; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(ToolNameCompleter))]
    public string[] Name { get; set; } = [];

    private protected override void Process(OpenSession session)
    {
        foreach (string name in Name)
        {
            WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
            string[] found = [.. session.Tools.Keys.Where(pattern.IsMatch)];
            if (found.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name)) { WriteError(Errors.ToolNotFound(name, session.Id)); }
            foreach (string tool in found)
            {
                if (!Confirms($"{tool} ({session.Id})", "Unregister tool")) { continue; }
                session.Engine().RemoveTool(tool);
                session.Tools.TryRemove(tool, out _);
            }
        }
    }
}
