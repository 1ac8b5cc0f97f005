using Kimi.Engine.Configuration;
using Kimi.Engine.Hooks;
using Kimi.Engine.Sessions;
using Kimi.Engine.Tools;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Turns.Background;
using Kimi.Engine.Turns.Commands;
using Kimi.Engine.Turns.Plans;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns;

/// <summary>What an open session is made of, and how it ends.</summary>
internal sealed class SessionParts
{
    private static readonly TimeSpan s_sessionEndPatience = TimeSpan.FromSeconds(5);

    /// <summary>Where the session is.</summary>
    public required SessionLocation Location { get; init; }

    /// <summary>Keeps others from writing to it.</summary>
    public required SessionLock Lock { get; init; }

    /// <summary>The store it belongs to.</summary>
    public required SessionStore Store { get; init; }

    /// <summary>Its state.</summary>
    public required SessionState State { get; init; }

    /// <summary>Its record.</summary>
    public required WireLog WireLog { get; init; }

    /// <summary>Its stream of messages.</summary>
    public required WireHub Hub { get; init; }

    /// <summary>Its configuration.</summary>
    public required KimiConfig Config { get; init; }

    /// <summary>The root agent.</summary>
    public required Agent Agent { get; init; }

    /// <summary>The root agent's tools.</summary>
    public required Toolset Toolset { get; init; }

    /// <summary>Approvals of the session.</summary>
    public required ApprovalService Approvals { get; init; }

    /// <summary>Plan mode.</summary>
    public required PlanMode Plan { get; init; }

    /// <summary>Slash commands.</summary>
    public required SlashCommands Commands { get; init; }

    /// <summary>Hooks.</summary>
    public required SessionHooks Hooks { get; init; }

    /// <summary>The workspace.</summary>
    public required Workspace Workspace { get; init; }

    /// <summary>Questions to the user.</summary>
    public required Questions Questions { get; init; }

    /// <summary>Takes what a driving client says of itself.</summary>
    public required ClientDesk ClientDesk { get; init; }

    /// <summary>Whether the embedded demo model serves because nothing is configured.</summary>
    public bool UsesDemoModel { get; init; }

    /// <summary>Writes a log line: level and text.</summary>
    public required Action<string, string> Log { get; init; }

    /// <summary>Names of the tools that the caller brought.</summary>
    public HashSet<string> CallerTools { get; } = new(StringComparer.Ordinal);

    /// <summary>The MCP servers; null when none is configured.</summary>
    public Mcp.McpManager? Mcp { get; set; }

    /// <summary>What is to be ended with the session, in this order.</summary>
    public List<Func<ValueTask>> Closing { get; } = [];

    /// <summary>Background tasks.</summary>
    public required SessionBackground Background { get; init; }

    /// <summary>Watches for notifications while a turn runs, until the result is disposed.</summary>
    public Func<IAsyncDisposable>? NotificationWatch { get; set; }

    /// <summary>Watches for notifications until the result is disposed.</summary>
    public IAsyncDisposable WatchNotifications() => NotificationWatch?.Invoke() ?? NothingToWatch.Instance;

    /// <summary>Ends everything; returns whether the session is kept.</summary>
    public async Task<bool> CloseAsync(bool succeeded)
    {
        using (CancellationTokenSource patience = new(s_sessionEndPatience))
        {
            try
            {
                await Hooks.TriggerAsync(HookEvent.SessionEnd, "exit", HookPayload.SessionEnd(), patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Log("Warning", "The SessionEnd hooks did not end in time.");
            }
        }

        foreach (Func<ValueTask> close in Closing)
        {
            try
            {
                await close().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // One part that will not end must not keep the others from ending.
                Log("Error", $"Closing the session: {e}");
            }
        }

        await Hooks.Engine.DisposeAsync().ConfigureAwait(false);
        Hub.Close();
        Hub.Synchronize(WireLog.Dispose);
        Agent.Conversation.Dispose();
        Agent.Models?.Dispose();
        try
        {
            return Store.Finish(Location, State, Lock, succeeded);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or SessionStorageException)
        {
            Log("Error", $"The session could not be put away: {e.Message}");
            return true;
        }
        finally
        {
            Lock.Dispose();
        }
    }

    private sealed class NothingToWatch : IAsyncDisposable
    {
        public static readonly NothingToWatch Instance = new();

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
