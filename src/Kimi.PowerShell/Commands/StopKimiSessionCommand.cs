using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Closes sessions. What they have written stays on disk.</summary>
[Cmdlet(VerbsLifecycle.Stop, Nouns.Session, SupportsShouldProcess = true)]
[OutputType(typeof(SessionInfo))]
public sealed class StopKimiSessionCommand : KimiCmdlet
{
    /// <summary>The sessions, or their ids; the current one if none is given.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Alias("SessionId", "Id")]
    [ArgumentCompleter(typeof(SessionIdCompleter))]
    public string[]? Session { get; set; }

    /// <summary>Returns the closed sessions.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Session is null)
        {
            if (MyInvocation.ExpectingInput) { return; }
            if (SessionRegistry.Current(Runspace.DefaultRunspace.InstanceId) is OpenSession current) { Close(current); }
            else { WriteError(Errors.NoCurrentSession()); }
            return;
        }

        foreach (string id in Session)
        {
            if (SessionRegistry.Find(id) is OpenSession session) { Close(session); }
            else { WriteError(Errors.SessionNotFound(id)); }
        }
    }

    private void Close(OpenSession session)
    {
        if (!Confirms(session.Id, "Close session") || !SessionRegistry.TryRemove(session)) { return; }
        try
        {
            RunPump(async (_, _) => await session.Engine.DisposeAsync().ConfigureAwait(false));
        }
        catch (Exception e) when (e is not PipelineStoppedException)
        {
            WriteError(EngineErrors.Of(e, session.Id));
        }

        if (PassThru) { WriteObject(session.Describe(isCurrent: false, isOpen: false)); }
    }
}
