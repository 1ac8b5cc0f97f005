using System.Collections.Concurrent;
using System.Management.Automation.Runspaces;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// The MCP servers that commands of a runspace have connected. They stay connected until the runspace goes, so that one
/// with a memory keeps it from call to call.
/// </summary>
internal static class McpHub
{
    private static readonly ConcurrentDictionary<Guid, Entry> s_open = new();
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);
    private static int s_exitWatched;

    /// <summary>The servers of this runspace; like everything here, only its own thread may ask.</summary>
    public static McpToolbox Here() => (McpToolbox)Entered().Box;

    /// <summary>What they write to their log.</summary>
    public static SessionLog Log() => Entered().Log;

    /// <summary>What is known of a server without contacting it; null if nothing is.</summary>
    public static McpServerSnapshot? Report(string server) =>
        Runspace.DefaultRunspace is Runspace here && s_open.TryGetValue(here.InstanceId, out Entry? entry) ? ((McpToolbox)entry.Box).Report(server) : null;

    /// <summary>Ends the connection of this runspace with a server: its configuration has changed.</summary>
    public static Task CloseAsync(string server) =>
        Runspace.DefaultRunspace is Runspace here && s_open.TryGetValue(here.InstanceId, out Entry? entry)
            ? ((McpToolbox)entry.Box).CloseAsync(server)
            : Task.CompletedTask;

    /// <summary>Ends all connections of a runspace.</summary>
    public static void CloseAll(Guid owner)
    {
        if (s_open.TryRemove(owner, out Entry? entry)) { Close([entry]); }
    }

    private static Entry Entered()
    {
        Runspace owner = Runspace.DefaultRunspace;
        if (s_open.TryGetValue(owner.InstanceId, out Entry? entry)) { return entry; }
        SessionLog log = new();
        entry = new Entry(
            new McpToolbox(new McpToolboxOptions { Share = ShareDirectory.Locate(EnvironmentSource.Process), Log = log.Write }), log);
        s_open[owner.InstanceId] = entry;
        owner.StateChanged += OnStateChanged;
        if (Interlocked.Exchange(ref s_exitWatched, 1) == 0) { AppDomain.CurrentDomain.ProcessExit += (_, _) => Close(s_open.Values); }
        return entry;
    }

    private static void Close(IEnumerable<Entry> entries)
    {
        Task[] closing = [.. entries.Select(e => Task.Run(async () => await e.Box.DisposeAsync().ConfigureAwait(false)))];
        try
        {
            Task.WaitAll(closing, s_grace);
        }
        catch (AggregateException)
        {
            // There is nobody left to tell.
        }
    }

    private static void OnStateChanged(object? sender, RunspaceStateEventArgs e)
    {
        if (e.RunspaceStateInfo.State is not (RunspaceState.Closing or RunspaceState.Closed or RunspaceState.Broken) || sender is not Runspace owner) { return; }
        owner.StateChanged -= OnStateChanged;
        CloseAll(owner.InstanceId);
    }

    // Held by an interface of the framework: whoever closes them must not need the engine's assembly.
    private sealed record Entry(IAsyncDisposable Box, SessionLog Log);
}
