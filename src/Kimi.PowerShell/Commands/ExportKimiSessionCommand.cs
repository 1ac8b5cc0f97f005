using System.Management.Automation;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Sessions.Archives;
using Kimi.Engine.Text;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Writes a session to a file.</summary>
[Cmdlet(VerbsData.Export, Nouns.Session, SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportKimiSessionCommand : SessionTargetCommand
{
    /// <summary>The file; a directory gets a file named after the session.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNullOrEmpty]
    [Alias("LiteralPath")]
    public string Path { get; set; } = "";

    /// <summary>The format; that of the file's extension if not given.</summary>
    [Parameter]
    public SessionFormat Format { get; set; }

    /// <summary>Overwrites a file.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process(OpenSession session)
    {
        string path = SessionState.Path.GetUnresolvedProviderPathFromPSPath(Path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem") { ThrowTerminatingError(Errors.PathNotFound(Path)); }
        SessionFormat format = MyInvocation.BoundParameters.ContainsKey(nameof(Format)) ? Format : FormatOf(path);
        if (Directory.Exists(path)) { path = System.IO.Path.Join(path, $"session-{session.Id}{ExtensionOf(format)}"); }
        if (File.Exists(path) && !Force)
        {
            WriteError(Errors.FileExists(path));
            return;
        }

        if (!Confirms(path, $"Export session '{session.Id}'")) { return; }
        if (!Try(session, stop => WriteAsync(session, path, format, stop), out string said)) { return; }
        if (said.StartsWith("Failed ", StringComparison.Ordinal))
        {
            WriteError(Errors.Storage(new IOException(said), path)); // a file that was there before is no sign of success
            return;
        }

        WriteVerbose(said);
        bool wrote = format != SessionFormat.Markdown || said.StartsWith("Exported ", StringComparison.Ordinal);
        if (wrote && File.Exists(path)) { WriteObject(InvokeProvider.Item.Get([path], force: true, literalPath: true)[0]); }
        else { WriteError(Errors.NothingToExport(session.Id, said)); }
    }

    private static async Task<string> WriteAsync(OpenSession session, string path, SessionFormat format, CancellationToken stop)
    {
        switch (format)
        {
            case SessionFormat.Markdown:
                return await SlashCommand.RunAsync(session, "/export " + path, stop).ConfigureAwait(false);
            case SessionFormat.Zip:
                string directory = session.Engine().WorkDirectory;
                SessionZip zip = new(SessionFiles.Share, directory, TimeProvider.System);
                WrittenArchive written = zip.Write(zip.Find(session.Id), path, directory);
                return written.Note ?? "";
            default:
                IReadOnlyList<Message> history = session.Engine().History;
                string json = JsonWriter.Compose(
                    writer =>
                    {
                        writer.BeginArray();
                        foreach (Message message in history) { MessageJson.Write(writer, message); }
                        writer.EndArray();
                    },
                    JsonLayout.Indented);
                LocalHost.RefuseSpecial(path);
                AtomicFile.Write(path, Encoding.UTF8.GetBytes(json + "\n"));
                return "";
        }
    }

    private static SessionFormat FormatOf(string path) => System.IO.Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".ZIP" => SessionFormat.Zip,
        ".JSON" => SessionFormat.Json,
        _ => SessionFormat.Markdown,
    };

    private static string ExtensionOf(SessionFormat format) => format switch
    {
        SessionFormat.Zip => ".zip",
        SessionFormat.Json => ".json",
        _ => ".md",
    };
}
