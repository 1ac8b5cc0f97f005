using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>What cmdlets share that change which servers there are.</summary>
public abstract class McpFileCommand : KimiCmdlet
{
    /// <summary>Ends the connection of this runspace with a server whose entry has changed.</summary>
    private protected void CloseConnection(string server)
    {
        Task closing = McpHub.CloseAsync(server); // asked for here: only this thread knows its runspace
        Await(async _ =>
        {
            await closing.ConfigureAwait(false);
            return true;
        });
    }
}
