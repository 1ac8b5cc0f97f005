using System.Management.Automation;
using Kimi.Engine.Mcp;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Finds tools of MCP servers by words, best first.</summary>
[Cmdlet(VerbsCommon.Find, Nouns.McpTool)]
[OutputType(typeof(McpToolInfo))]
public sealed class FindKimiMcpToolCommand : McpCommand
{
    private readonly List<string> _servers = [];

    /// <summary>Words of what is looked for; all tools if not given.</summary>
    [Parameter(Position = 0)]
    [ValidateNotBlank]
    public string? Query { get; set; }

    /// <summary>The servers to look at; all if not given.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [Alias("Name")]
    [ArgumentCompleter(typeof(McpServerCompleter))]
    public string[]? Server { get; set; }

    /// <summary>The most seconds to wait for servers that are being connected.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Server is not null) { _servers.AddRange(Server); }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        IReadOnlyList<McpServerConfig> all = Configured();
        if (all.Count == 0)
        {
            WriteWarning("No MCP server is configured. Add one with Add-KimiMcpServer.");
            return;
        }

        if (MyInvocation.ExpectingInput && _servers.Count == 0) { return; }
        IReadOnlyList<McpServerConfig> wanted = Select(all, _servers.Count > 0 ? _servers : null);
        if (wanted.Count == 0) { return; }
        McpToolSet tools = Connect(wanted, TimeoutSec > 0 ? TimeSpan.FromSeconds(TimeoutSec) : null);
        foreach (McpServerSnapshot report in tools.Servers)
        {
            if (Problem(report) is ErrorRecord problem) { WriteError(problem); }
        }

        foreach (McpToolMatch match in tools.Find(Query, int.MaxValue)) { WriteObject(McpObjects.Tool(match)); }
    }
}
