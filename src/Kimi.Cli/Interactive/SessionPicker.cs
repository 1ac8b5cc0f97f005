using System.Globalization;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Sessions;

namespace Kimi.Cli.Interactive;

/// <summary>Lets the person choose one of the work directory's sessions.</summary>
internal static class SessionPicker
{
    private const int Most = 20;

    /// <summary>The id chosen; null for a new session.</summary>
    public static async Task<string?> PickAsync(ConsoleLines lines, ShareDirectory share, string? workDirectory, CancellationToken cancellationToken)
    {
        string canonical = HostPaths.Local.Canonical(workDirectory ?? Environment.CurrentDirectory, Environment.CurrentDirectory);
        SessionListing[] sessions = [.. new SessionStore(share.SessionsDirectory, share.MetadataFile, canonical).List().Where(static session => !session.IsArchived).Take(Most)];
        if (sessions.Length == 0)
        {
            Console.Out.WriteLine("There is no session to resume here: a new one begins.");
            return null;
        }

        for (int i = 0; i < sessions.Length; i++)
        {
            Console.Out.WriteLine($"{i + 1,3}. {sessions[i].ModifiedUtc.ToLocalTime().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)}  {sessions[i].Title}");
        }

        while (true)
        {
            Console.Out.Write("Number of the session, or nothing for a new one: ");
            string? typed = (await lines.ReadAsync(cancellationToken).ConfigureAwait(false))?.Trim();
            if (string.IsNullOrEmpty(typed))
            {
                return null;
            }

            if (int.TryParse(typed, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= 1 && number <= sessions.Length)
            {
                return sessions[number - 1].Id;
            }
        }
    }
}
