using System.Management.Automation;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Commands that work on the session files of a directory.</summary>
public abstract class SessionFileCommand : KimiCmdlet
{
    /// <summary>The work directory whose sessions are meant; the current location if not given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Alias("Cwd")]
    public string? WorkDirectory { get; set; }

    /// <summary>The directory as a path of the file system.</summary>
    private protected string ResolveWorkDirectory() => WorkDirectory is null
        ? SessionState.Path.CurrentFileSystemLocation.ProviderPath
        : Resolve(WorkDirectory);

    /// <summary>A path as the file system has it, relative to the current location.</summary>
    private protected string Resolve(string path)
    {
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem") { ThrowTerminatingError(Errors.PathNotFound(path)); }
        return full;
    }
}
