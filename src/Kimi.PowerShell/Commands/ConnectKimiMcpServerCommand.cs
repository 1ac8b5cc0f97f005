using System.Diagnostics;
using System.Management.Automation;
using Kimi.Engine.Mcp;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Signs in to an MCP server with OAuth, in a browser.</summary>
[Cmdlet(VerbsCommunications.Connect, Nouns.McpServer, SupportsShouldProcess = true)]
[OutputType(typeof(McpServerTest))]
public sealed class ConnectKimiMcpServerCommand : McpCommand
{
    /// <summary>The name of the server.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(McpServerCompleter))]
    public string Name { get; set; } = "";

    /// <summary>Shows the address to open, and opens no browser.</summary>
    [Parameter]
    public SwitchParameter AddressOnly { get; set; }

    /// <summary>Forgets the sign-in there is, and begins anew.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>The most seconds to wait for the sign-in.</summary>
    [Parameter]
    [ValidateRange(1, 300)]
    public int TimeoutSec { get; set; } = 300;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Configured().FirstOrDefault(s => s.Name.Equals(Name, StringComparison.OrdinalIgnoreCase)) is not McpServerConfig server)
        {
            WriteError(Errors.McpServerNotFound(Name));
            return;
        }

        if (!server.UsesOAuth)
        {
            WriteError(Errors.McpOAuthUnused(server.Name));
            return;
        }

        if (!AddressOnly && !Approval.CanAsk(this))
        {
            WriteError(Errors.McpUnauthorized(server.Name, "nobody is here who could sign in; -AddressOnly shows the address to open elsewhere"));
            return;
        }

        if (Confirms(server.Name, "Sign in to MCP server")) { SignIn(server); }
    }

    private void SignIn(McpServerConfig server)
    {
        IReadOnlyList<McpTool> tools;
        long start = Stopwatch.GetTimestamp();
        try
        {
            tools = Run(server);
        }
        catch (Exception e) when (e is not (PipelineStoppedException or ActionPreferenceStopException))
        {
            WriteError(e switch
            {
                TimeoutException => Errors.Timeout(e, server.Name),
                HttpRequestException or IOException => Errors.McpServerUnavailable(server.Name, e.Message, e),
                _ => Errors.McpUnauthorized(server.Name, e.Message, e),
            });
            return;
        }

        CloseConnection(server.Name); // the next command connects with the new tokens
        McpServerSnapshot report = new(server, McpServerState.Connected, null, tools);
        KnownTools.Learn(report);
        WriteObject(McpObjects.Test(report, Stopwatch.GetElapsedTime(start)));
    }

    private IReadOnlyList<McpTool> Run(McpServerConfig server)
    {
        IReadOnlyList<McpTool> tools = [];
        RunPump(async (pump, stop) =>
        {
            SessionLog log = new();
            using IDisposable target = log.To(pump);
            McpCommands commands = new(Share(), static _ => { }, static _ => { })
            {
                Log = log.Write,
                OpenBrowser = async (address, _) =>
                {
                    await pump.PostAsync(cmdlet => Show(cmdlet, server.Name, address)).ConfigureAwait(false);
                    if (!AddressOnly) { await McpCommands.OpenInBrowserAsync(address).ConfigureAwait(false); }
                },
            };
            if (Force) { commands.ResetAuthorization(server.Name); }
            using CancellationTokenSource timeout = new(TimeSpan.FromSeconds(TimeoutSec));
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
            try
            {
                tools = await commands.SignInAsync(server, either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (timeout.IsCancellationRequested)
            {
                throw new TimeoutException($"Nobody signed in to '{server.Name}' within {TimeoutSec} seconds.");
            }
        });
        return StopToken.IsCancellationRequested ? throw new PipelineStoppedException() : tools;
    }

    private static void Show(KimiCmdlet cmdlet, string server, Uri address) => cmdlet.WriteInformation(
        new HostInformationMessage { Message = $"To sign in to '{server}' open: {address.AbsoluteUri}" }, ["Kimi", "PSHOST"]);
}
