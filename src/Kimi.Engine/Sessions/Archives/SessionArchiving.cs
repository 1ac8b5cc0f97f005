namespace Kimi.Engine.Sessions.Archives;

/// <summary>Archived sessions: they are kept, but not offered. Old ones are archived by themselves.</summary>
public sealed class SessionArchiving(SessionStore store, TimeProvider time)
{
    private static readonly TimeSpan s_age = TimeSpan.FromDays(15);
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(300);

    private DateTimeOffset _lastSweep = DateTimeOffset.MinValue;

    /// <summary>Archives a session, or takes it out again; then it is never archived by itself.</summary>
    /// <exception cref="SessionStorageException">There is no such session, or its state cannot be written.</exception>
    public void Set(string id, bool archived)
    {
        string directory = store.Find(id) ?? throw new SessionStorageException($"There is no session '{id}'.");
        SessionState state = new(directory);
        state.Load();
        Apply(state, archived);
    }

    /// <summary>Archives sessions that were not changed for long; does nothing when it did so a short time ago.</summary>
    /// <returns>Ids of the sessions archived now.</returns>
    public IReadOnlyList<string> Sweep()
    {
        DateTimeOffset now = time.GetUtcNow();
        if (now - _lastSweep < s_interval)
        {
            return [];
        }

        _lastSweep = now;
        List<string> archived = [];
        foreach (SessionListing session in store.List())
        {
            if (session.IsArchived || now - session.ModifiedUtc < s_age)
            {
                continue;
            }

            SessionState state = new(session.Directory);
            state.Load();
            if (!state.AutoArchiveExempt)
            {
                Apply(state, archived: true);
                archived.Add(session.Id);
            }
        }

        return archived;
    }

    private void Apply(SessionState state, bool archived)
    {
        double now = time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
        state.SaveOwn(changed =>
        {
            changed.Archived = archived;
            changed.ArchivedAt = archived ? now : null;
            changed.AutoArchiveExempt = !archived;
        });
    }
}
