using System.Management.Automation;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Gives a session a title.</summary>
[Cmdlet(VerbsCommon.Rename, Nouns.Session, SupportsShouldProcess = true)]
[OutputType(typeof(SessionInfo))]
public sealed class RenameKimiSessionCommand : SessionTargetCommand
{
    /// <summary>The title.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotBlank]
    [Alias("NewName")]
    public string Title { get; set; } = "";

    /// <summary>Returns the sessions.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(OpenSession session)
    {
        if (!Confirms(session.Id, $"Rename session to '{Title}'")) { return; }
        bool done = Try(session, _ => { session.Engine().Rename(Title); return Task.FromResult(true); }, out _);
        if (done && PassThru) { WriteObject(Describe(session)); }
    }
}
