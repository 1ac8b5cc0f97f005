using System.Management.Automation;
using Kimi.Engine.Sessions;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Makes a new session of another one, or of its first turns.</summary>
[Cmdlet(VerbsCommon.Copy, Nouns.Session, SupportsShouldProcess = true)]
[OutputType(typeof(SessionInfo))]
public sealed class CopyKimiSessionCommand : SessionFileCommand
{
    /// <summary>The session, or its id.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Alias("SessionId", "Id")]
    [ArgumentCompleter(typeof(StoredSessionCompleter))]
    public string[] Session { get; set; } = [];

    /// <summary>How many of its turns the copy shall have; all if not given.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int Turn { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string id in Session)
        {
            string directory = SessionRegistry.Find(id)?.Engine().WorkDirectory ?? ResolveWorkDirectory();
            try
            {
                SessionStore store = SessionFiles.Store(directory);
                if (store.Find(id) is null)
                {
                    WriteError(Errors.SessionNotOnDisk(id, directory));
                    continue;
                }

                if (!Confirms(id, "Copy session")) { continue; }
                ForkedSession copy = new SessionFork(store).Fork(id, MyInvocation.BoundParameters.ContainsKey(nameof(Turn)) ? Turn - 1 : null);
                WriteObject(SessionFiles.Describe(copy.Session, store, directory));
            }
            catch (Exception e) when (e is not PipelineStoppedException)
            {
                WriteError(EngineErrors.Of(e, id));
            }
        }
    }
}
