using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.Engine.Sessions;
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
    private const string DiskSet = "Disk";

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

    /// <summary>The sessions on disk of a work directory, instead of the open ones.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DiskSet)]
    public SwitchParameter ListAvailable { get; set; }

    /// <summary>The work directory whose sessions are listed; the current location if not given.</summary>
    [Parameter(ParameterSetName = DiskSet)]
    [ValidateNotNullOrEmpty]
    [Alias("Cwd")]
    public string? WorkDirectory { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ListAvailable)
        {
            List();
            return;
        }

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

    private void List()
    {
        string directory = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        bool isPlace = true;
        if (WorkDirectory is not null)
        {
            directory = SessionState.Path.GetUnresolvedProviderPathFromPSPath(WorkDirectory, out ProviderInfo provider, out _);
            isPlace = provider.Name == "FileSystem";
        }

        IReadOnlyList<SessionListing> stored = isPlace ? SessionFiles.Store(directory).List() : [];
        if (stored.Count == 0 && !(isPlace && Directory.Exists(directory)))
        {
            WriteError(Errors.PathNotFound(WorkDirectory ?? directory)); // sessions outlive their directory, so only where there are none
            return;
        }

        OpenSession? current = Runspace.DefaultRunspace is Runspace here ? SessionRegistry.Current(here.InstanceId) : null;
        foreach (SessionListing session in stored)
        {
            WriteObject(SessionRegistry.Find(session.Id) is OpenSession open
                ? open.Describe(open == current)
                : SessionFiles.Describe(session, directory));
        }
    }
}
