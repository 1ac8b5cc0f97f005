using System.Management.Automation;
using Kimi.Engine.Chat;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Says something into the turn that runs in a session.</summary>
[Cmdlet(VerbsCommunications.Send, Nouns.Message)]
[OutputType(typeof(SessionInfo))]
public sealed class SendKimiMessageCommand : SessionTargetCommand
{
    /// <summary>What to say; the model reads it before its next step.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotBlank]
    public string Message { get; set; } = "";

    /// <summary>Returns the sessions.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(OpenSession session)
    {
        if (!session.Engine().Steer(new UserInput(Message)))
        {
            WriteError(Errors.NoTurn(session.Id));
            return;
        }

        if (PassThru) { WriteObject(Describe(session)); }
    }
}
