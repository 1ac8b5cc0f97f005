using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Sessions;

namespace Kimi.PowerShell.Hosting;

/// <summary>The sessions on disk.</summary>
internal static class SessionFiles
{
    public static ShareDirectory Share => ShareDirectory.Locate(EnvironmentSource.Process);

    /// <summary>The sessions of a work directory.</summary>
    public static SessionStore Store(string workDirectory)
    {
        ShareDirectory share = Share;
        return new SessionStore(share.SessionsDirectory, share.MetadataFile, Canonical(workDirectory));
    }

    public static string Canonical(string workDirectory) => HostPaths.Local.Canonical(workDirectory, workDirectory);

    public static SessionInfo Describe(SessionListing session, string workDirectory) => new()
    {
        Id = session.Id,
        Model = "",
        State = "OnDisk",
        StartedUtc = session.ModifiedUtc,
        WorkDirectory = Canonical(workDirectory),
        Title = session.Title,
    };

    /// <summary>A session that was just made.</summary>
    public static SessionInfo Describe(SessionLocation session, SessionStore store, string workDirectory) =>
        store.List().FirstOrDefault(s => s.Id == session.Id) is SessionListing listing
            ? Describe(listing, workDirectory)
            : new SessionInfo { Id = session.Id, Model = "", State = "OnDisk", StartedUtc = DateTime.UtcNow, WorkDirectory = Canonical(workDirectory), Title = "" };
}
