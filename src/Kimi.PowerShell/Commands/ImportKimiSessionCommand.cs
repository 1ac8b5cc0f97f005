using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.Engine.Sessions;
using Kimi.Engine.Sessions.Archives;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Restores a session from an archive, or brings a text into the conversation of an open one.</summary>
[Cmdlet(VerbsData.Import, Nouns.Session, DefaultParameterSetName = PathSet, SupportsShouldProcess = true)]
[OutputType(typeof(SessionInfo))]
public sealed class ImportKimiSessionCommand : SessionFileCommand
{
    private const string PathSet = "Path";
    private const string LiteralSet = "LiteralPath";

    /// <summary>The files: archives of Export-KimiSession, or texts; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true, ParameterSetName = PathSet)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>The files, each path taken as it is.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = LiteralSet)]
    [ValidateNotNullOrEmpty]
    [Alias("PSPath", "FullName", "LP")]
    public string[] LiteralPath { get; set; } = [];

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
        foreach (string path in Files()) { Import(path); }
    }

    /// <summary>The files that are meant; reports what is none.</summary>
    private List<string> Files()
    {
        List<string> files = [];
        foreach (string path in Path)
        {
            try
            {
                Take(path, GetResolvedProviderPathFromPSPath(path, out ProviderInfo provider), provider);
            }
            catch (Exception e) when (e is ItemNotFoundException or System.Management.Automation.DriveNotFoundException or ProviderNotFoundException)
            {
                WriteError(Errors.PathNotFound(path));
            }
        }

        foreach (string path in LiteralPath) { Take(path, [SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _)], provider); }
        return files;

        void Take(string given, IReadOnlyCollection<string> paths, ProviderInfo provider)
        {
            string[] found = provider.Name == "FileSystem" ? [.. paths.Where(File.Exists)] : [];
            files.AddRange(found);
            if (found.Length == 0 && !(paths.Count == 0 && WildcardPattern.ContainsWildcardCharacters(given))) { WriteError(Errors.PathNotFound(given)); }
        }
    }

    private void Import(string path)
    {
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
        if (NewId is not null && !SessionStore.IsId(NewId)) { ThrowTerminatingError(Errors.SessionIdInvalid(NewId)); }
        string directory = ResolveWorkDirectory();
        if (!Confirms(path, $"Restore session in '{directory}'")) { return; }
        SessionStore store = SessionFiles.Store(directory);
        WriteObject(SessionFiles.Describe(SessionUnzip.Restore(path, store, NewId), store, directory));
    }

    private void Bring(string path)
    {
        OpenSession? session = Session is null ? SessionRegistry.Current(Runspace.DefaultRunspace.InstanceId) : SessionRegistry.Find(Session);
        if (session is null) { ThrowTerminatingError(Session is null ? Errors.NoCurrentSession() : Errors.SessionNotFound(Session)); }
        if (!Confirms(session!.Id, $"Import '{path}' into the conversation")) { return; }
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
