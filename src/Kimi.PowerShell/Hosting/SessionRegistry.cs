using System.Collections.Concurrent;
using System.Management.Automation.Runspaces;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// The open sessions of the process. Any runspace finds one by its id; it belongs to the runspace that opened it and is
/// closed when that one goes.
/// </summary>
internal static class SessionRegistry
{
    private static readonly ConcurrentDictionary<string, OpenSession> s_open = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<Guid, string> s_current = new();
    private static readonly ConcurrentDictionary<Guid, byte> s_watched = new();
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);
    private static int s_exitWatched;

    /// <summary>The ids of the open sessions, as a copy.</summary>
    public static IReadOnlyCollection<string> Ids => [.. s_open.Keys];

    /// <summary>The open sessions, oldest first, as a copy.</summary>
    public static IReadOnlyList<OpenSession> All => [.. s_open.Values.OrderBy(s => s.StartedUtc)];

    public static OpenSession? Find(string id) => s_open.GetValueOrDefault(id);

    /// <summary>The current session of a runspace.</summary>
    public static OpenSession? Current(Guid owner) => s_current.TryGetValue(owner, out string? id) ? Find(id) : null;

    public static void MakeCurrent(OpenSession session) => s_current[session.Owner] = session.Id;

    /// <summary>Adds a session; false if one of that id is open already.</summary>
    public static bool TryAdd(OpenSession session)
    {
        if (!s_open.TryAdd(session.Id, session)) { return false; }
        if (Interlocked.Exchange(ref s_exitWatched, 1) == 0) { AppDomain.CurrentDomain.ProcessExit += OnProcessExit; }
        return true;
    }

    /// <summary>Closes the sessions of a runspace when it goes: a thread job or -Parallel never removes the module.</summary>
    public static void Watch(Runspace owner)
    {
        if (s_watched.TryAdd(owner.InstanceId, 0)) { owner.StateChanged += OnStateChanged; }
    }

    /// <summary>Takes a session out; the caller closes it.</summary>
    public static bool TryRemove(OpenSession session)
    {
        if (!s_open.TryRemove(new KeyValuePair<string, OpenSession>(session.Id, session))) { return false; }
        ((ICollection<KeyValuePair<Guid, string>>)s_current).Remove(new(session.Owner, session.Id));
        return true;
    }

    public static void CloseAll(Guid owner) => Close(s_open.Values.Where(s => s.Owner == owner));

    private static void Close(IEnumerable<OpenSession> sessions)
    {
        // All at once, and off this thread: it may have a synchronization context.
        Task[] closing = [.. sessions.Where(TryRemove).Select(s => Task.Run(async () => await s.Engine.DisposeAsync().ConfigureAwait(false)))];
        try
        {
            Task.WaitAll(closing, s_grace);
        }
        catch (AggregateException)
        {
            // There is nobody left to tell, and the files are written.
        }
    }

    private static void OnStateChanged(object? sender, RunspaceStateEventArgs e)
    {
        if (e.RunspaceStateInfo.State is not (RunspaceState.Closing or RunspaceState.Closed or RunspaceState.Broken) ||
            sender is not Runspace owner || !s_watched.TryRemove(owner.InstanceId, out _))
        {
            return;
        }

        owner.StateChanged -= OnStateChanged;
        CloseAll(owner.InstanceId);
        s_current.TryRemove(owner.InstanceId, out _);
    }

    private static void OnProcessExit(object? sender, EventArgs e) => Close(s_open.Values);
}
