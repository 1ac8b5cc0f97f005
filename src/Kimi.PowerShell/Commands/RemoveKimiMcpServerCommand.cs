using System.Management.Automation;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Removes MCP servers from the default file.</summary>
[Cmdlet(VerbsCommon.Remove, Nouns.McpServer, SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveKimiMcpServerCommand : McpFileCommand
{
    /// <summary>The names of the servers; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(McpServerCompleter))]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        ShareDirectory share = ShareDirectory.Locate(EnvironmentSource.Process);
        try
        {
            foreach (string name in Name) { Remove(share, name); }
        }
        catch (McpConfigException e)
        {
            ThrowTerminatingError(Errors.ConfigurationInvalid(e, share.McpFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ThrowTerminatingError(EngineErrors.Of(e, share.McpFile));
        }
    }

    private void Remove(ShareDirectory share, string name)
    {
        McpConfigFile file = McpConfigFile.Load(share);
        WildcardPattern pattern = WildcardPattern.Get(name, WildcardOptions.IgnoreCase);
        string[] names = file.TryGet(name, out _) ? [name] : [.. file.Servers.Select(s => s.Key).Where(pattern.IsMatch)];
        if (names.Length == 0 && !WildcardPattern.ContainsWildcardCharacters(name)) { WriteError(Errors.McpServerNotFound(name)); }
        foreach (string server in names)
        {
            if (!Confirms(server, "Remove MCP server")) { continue; }
            McpConfigFile.Change(share, now => now.Remove(server)); // somebody may have changed it while the question stood
            KnownTools.ForgetForGood(server);
            CloseConnection(server);
        }
    }
}
