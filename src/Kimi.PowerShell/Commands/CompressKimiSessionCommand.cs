using System.Management.Automation;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Replaces the conversation of a session by a summary that the model writes.</summary>
[Cmdlet(VerbsData.Compress, Nouns.Session, SupportsShouldProcess = true)]
[OutputType(typeof(SessionInfo))]
public sealed class CompressKimiSessionCommand : SessionTargetCommand
{
    /// <summary>What the summary shall keep above all.</summary>
    [Parameter(Position = 0)]
    [ValidateNotBlank]
    public string? Focus { get; set; }

    /// <summary>Returns the sessions.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process(OpenSession session)
    {
        if (!Confirms(session.Id, "Replace conversation by a summary")) { return; }
        string command = Focus is null ? "/compact" : $"/compact {Focus.ReplaceLineEndings(" ")}";
        if (!Try(session, stop => SlashCommand.RunAsync(session, command, stop), out string said)) { return; }
        WriteVerbose(said);
        if (PassThru) { WriteObject(Describe(session)); }
    }
}
