using System.Management.Automation;
using Kimi.Engine.Mcp;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Returns the configured MCP servers. Contacts none.</summary>
[Cmdlet(VerbsCommon.Get, Nouns.McpServer)]
[OutputType(typeof(McpServerInfo))]
public sealed class GetKimiMcpServerCommand : McpCommand
{
    /// <summary>The names of the servers; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(McpServerCompleter))]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (McpServerConfig server in Select(Configured(), Name)) { WriteObject(McpObjects.Server(server)); }
    }
}
