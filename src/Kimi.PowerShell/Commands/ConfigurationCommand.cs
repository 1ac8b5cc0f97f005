using System.Management.Automation;
using System.Net;
using Kimi.Engine.Configuration;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>What cmdlets about a configuration share.</summary>
public abstract class ConfigurationCommand : KimiCmdlet
{
    /// <summary>A configuration file to use instead of the default one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ConfigFile { get; set; }

    /// <summary>The configuration; ends the command if it cannot be used.</summary>
    private protected LoadedConfiguration Load()
    {
        ShareDirectory share = SessionFiles.Share;
        string? file = ConfigFile is null ? null : Full(ConfigFile);
        if (file is not null && !File.Exists(file)) { ThrowTerminatingError(Errors.PathNotFound(ConfigFile!)); }
        try
        {
            return file is null ? ConfigurationLoader.LoadDefault(share, mayWrite: false) : ConfigurationLoader.LoadFile(file, share);
        }
        catch (ConfigurationException e)
        {
            ThrowTerminatingError(Errors.ConfigurationInvalid(e, file ?? share.ConfigFile));
            throw; // not reached
        }
    }

    /// <summary>A model with its key, read from where the configuration says that SecretManagement keeps it.</summary>
    /// <exception cref="SecretUnreadableException">The key cannot be read.</exception>
    private protected ResolvedModel WithKey(ResolvedModel model) => Vaults.ReferenceOf(model.Provider) is not string reference
        ? model
        : model with
        {
            Provider = model.Provider with
            {
                ApiKey = new Secret(new NetworkCredential("", Await(stop => Vaults.ReadAsync(Approval.CanAsk(this) ? Host : null, reference, stop))).Password),
            },
        };

    /// <summary>A path as the file system has it, relative to the current location.</summary>
    private protected string Full(string path)
    {
        string full = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out ProviderInfo provider, out _);
        if (provider.Name != "FileSystem") { ThrowTerminatingError(Errors.PathNotFound(path)); }
        return full;
    }
}
