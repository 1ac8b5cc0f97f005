using System.Diagnostics;
using System.Management.Automation;
using Kimi.Engine.Mcp;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Connects to MCP servers and says how it went.</summary>
[Cmdlet(VerbsDiagnostic.Test, Nouns.McpServer)]
[OutputType(typeof(McpServerTest))]
public sealed class TestKimiMcpServerCommand : McpCommand
{
    private readonly List<string> _names = [];

    /// <summary>The names of the servers; all if not given; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(McpServerCompleter))]
    public string[]? Name { get; set; }

    /// <summary>The most seconds a server may take.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; } = 60;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Name is not null) { _names.AddRange(Name); }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (MyInvocation.ExpectingInput && _names.Count == 0) { return; }
        string directory = SessionState.Path.CurrentFileSystemLocation.ProviderPath;
        TimeSpan limit = TimeSpan.FromSeconds(TimeoutSec);
        IReadOnlyList<McpServerConfig> servers = Select(Configured(), _names.Count > 0 ? _names : null);

        // Connections of their own: a test of one that stands would say nothing of the next one.
        RunPump(async (pump, stop) =>
        {
            List<Task<McpServerTest>> tests = [.. servers.Select(server => TestAsync(server, directory, limit, pump, stop))];
            foreach (Task<McpServerTest> test in tests)
            {
                McpServerTest result = await test.ConfigureAwait(false);
                await pump.PostAsync(cmdlet => cmdlet.WriteObject(result)).ConfigureAwait(false);
            }
        });
    }

    internal static async Task<McpServerTest> TestAsync(
        McpServerConfig server, string directory, TimeSpan limit, Pump<KimiCmdlet>? pump, CancellationToken stop)
    {
        SessionLog log = new();
        using IDisposable? target = pump is null ? null : log.To(pump);
        McpToolbox box = new(new McpToolboxOptions { Share = Share(), Log = log.Write, ConnectTimeout = limit });
        await using (box.ConfigureAwait(false))
        {
            long start = Stopwatch.GetTimestamp();
            McpToolSet tools = await box.ConnectAsync([server], directory, limit, null, stop).ConfigureAwait(false);
            TimeSpan duration = Stopwatch.GetElapsedTime(start);
            KnownTools.Learn(tools.Servers[0]);
            return McpObjects.Test(tools.Servers[0], duration);
        }
    }
}
