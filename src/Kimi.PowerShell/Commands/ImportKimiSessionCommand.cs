using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.Engine.Sessions;
using Kimi.Engine.Sessions.Archives;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Restores a session from an archive, or brings a text into the conversation of an open one.</summary>
[Cmdlet(VerbsData.Import, Nouns.Session, SupportsShouldProcess = true)]
[OutputType(typeof(SessionInfo))]
public sealed class ImportKimiSessionCommand : SessionFileCommand
{
    /// <summary>The file: an archive of Export-KimiSession, or a text.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Alias("FullName", "PSPath")]
    public string Path { get; set; } = "";

    /// <summary>The open session that a text is brought into, or its id; the current one if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [Alias("SessionId", "Id")]
    [ArgumentCompleter(typeof(SessionIdCompleter))]
    public string? Session { get; set; }

    /// <summary>The id of the session that an archive becomes; a new one if not given.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? NewId { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        string path = Resolve(Path);
        if (!File.Exists(path))
        {
            WriteError(Errors.PathNotFound(Path));
            return;
        }

        try
        {
            if (System.IO.Path.GetExtension(path).Equals(".zip", StringComparison.OrdinalIgnoreCase)) { Restore(path); }
            else { Bring(path); }
        }
        catch (Exception e) when (e is not (PipelineStoppedException or RuntimeException))
        {
            WriteError(EngineErrors.Of(e, path));
        }
    }

    private void Restore(string path)
    {
        string directory = ResolveWorkDirectory();
        if (!ShouldProcess(path, $"Restore session in '{directory}'")) { return; }
        SessionStore store = SessionFiles.Store(directory);
        WriteObject(SessionFiles.Describe(SessionUnzip.Restore(path, store, NewId), store, directory));
    }

    private void Bring(string path)
    {
        OpenSession? session = Session is null ? SessionRegistry.Current(Runspace.DefaultRunspace.InstanceId) : SessionRegistry.Find(Session);
        if (session is null) { ThrowTerminatingError(Session is null ? Errors.NoCurrentSession() : Errors.SessionNotFound(Session)); }
        if (!ShouldProcess(session!.Id, $"Import '{path}' into the conversation")) { return; }
        string said = Await(stop => SlashCommand.RunAsync(session, "/import " + path, stop));
        if (!said.StartsWith("Imported ", StringComparison.Ordinal))
        {
            WriteError(Errors.ImportRefused(path, said));
            return;
        }

        WriteVerbose(said);
        WriteObject(session.Describe(session == SessionRegistry.Current(Runspace.DefaultRunspace.InstanceId)));
    }
}
