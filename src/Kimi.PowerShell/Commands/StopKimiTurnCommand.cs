using System.Management.Automation;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Stops the turn that runs in a session, from another runspace.</summary>
[Cmdlet(VerbsLifecycle.Stop, Nouns.Turn, SupportsShouldProcess = true)]
[OutputType(typeof(SessionInfo))]
public sealed class StopKimiTurnCommand : SessionTargetCommand
{
    /// <inheritdoc/>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Alias("SessionId", "Id")]
    [ArgumentCompleter(typeof(SessionIdCompleter))]
    public override string[]? Session { get; set; }

    /// <summary>Returns the sessions.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(OpenSession session)
    {
        if (!Confirms(session.Id, "Stop turn")) { return; }
        if (!session.Engine().Cancel()) { WriteVerbose($"No turn runs in the session '{session.Id}'."); }
        if (PassThru) { WriteObject(Describe(session)); }
    }
}
