using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Returns the open sessions of the process.</summary>
[Cmdlet(VerbsCommon.Get, Nouns.Session, DefaultParameterSetName = OpenSet)]
[OutputType(typeof(SessionInfo))]
public sealed class GetKimiSessionCommand : KimiCmdlet
{
    private const string OpenSet = "Open";
    private const string CurrentSet = "Current";

    /// <summary>The ids of the sessions; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true, ParameterSetName = OpenSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [Alias("Id")]
    [ArgumentCompleter(typeof(SessionIdCompleter))]
    public string[]? SessionId { get; set; }

    /// <summary>Only the session that commands without -Session use.</summary>
    [Parameter(Mandatory = true, ParameterSetName = CurrentSet)]
    public SwitchParameter Current { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        OpenSession? current = Runspace.DefaultRunspace is Runspace here ? SessionRegistry.Current(here.InstanceId) : null;
        if (Current)
        {
            if (current is not null) { WriteObject(current.Describe(isCurrent: true)); }
            return;
        }

        IReadOnlyList<OpenSession> all = SessionRegistry.All;
        if (SessionId is null)
        {
            foreach (OpenSession session in all) { WriteObject(session.Describe(session == current)); }
            return;
        }

        foreach (string id in SessionId)
        {
            WildcardPattern pattern = WildcardPattern.Get(id, WildcardOptions.IgnoreCase);
            bool found = false;
            foreach (OpenSession session in all)
            {
                if (session.Id != id && !pattern.IsMatch(session.Id)) { continue; }
                found = true;
                WriteObject(session.Describe(session == current));
            }

            if (!found && !WildcardPattern.ContainsWildcardCharacters(id)) { WriteError(Errors.SessionNotFound(id)); }
        }
    }
}
