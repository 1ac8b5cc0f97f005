using System.Management.Automation;
using Kimi.Engine.Sessions;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Deletes sessions from disk.</summary>
[Cmdlet(VerbsCommon.Remove, Nouns.Session, SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High)]
[OutputType(typeof(void))]
public sealed class RemoveKimiSessionCommand : SessionFileCommand
{
    /// <summary>The sessions, or their ids.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Alias("SessionId", "Id")]
    [ArgumentCompleter(typeof(StoredSessionCompleter))]
    public string[] Session { get; set; } = [];

    /// <summary>Deletes sessions that are open in this process too; they are closed first.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string given = ResolveWorkDirectory();
        foreach (string id in Session)
        {
            OpenSession? open = SessionRegistry.Find(id);
            if (open is not null && !Force)
            {
                WriteError(Errors.SessionOpen(id));
                continue;
            }

            string directory = open?.Engine().WorkDirectory ?? given;
            try
            {
                SessionStore store = SessionFiles.Store(directory);
                if (open is null && store.Find(id) is null)
                {
                    WriteError(Errors.SessionNotOnDisk(id, directory));
                    continue;
                }

                if (!Confirms(id, "Delete session")) { continue; }
                if (open is not null && SessionRegistry.TryRemove(open))
                {
                    RunPump(async (_, _) => await open.Engine.DisposeAsync().ConfigureAwait(false));
                }

                if (!store.Delete(id) && open is null) { WriteError(Errors.SessionNotOnDisk(id, directory)); }
            }
            catch (Exception e) when (e is not PipelineStoppedException)
            {
                WriteError(EngineErrors.Of(e, id));
            }
        }
    }
}
