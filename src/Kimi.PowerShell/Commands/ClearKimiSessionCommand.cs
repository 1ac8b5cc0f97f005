using System.Management.Automation;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Empties the conversation of a session.</summary>
[Cmdlet(VerbsCommon.Clear, Nouns.Session, SupportsShouldProcess = true)]
[OutputType(typeof(SessionInfo))]
public sealed class ClearKimiSessionCommand : SessionTargetCommand
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
        if (!Confirms(session.Id, "Clear conversation")) { return; }
        if (!Try(session, stop => SlashCommand.RunAsync(session, "/clear", stop), out string said)) { return; }
        WriteVerbose(said);
        if (PassThru) { WriteObject(Describe(session)); }
    }
}
