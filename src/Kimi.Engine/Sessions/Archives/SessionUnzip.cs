using System.IO.Compression;
using Kimi.Engine.Hosts;

namespace Kimi.Engine.Sessions.Archives;

/// <summary>Makes a session of an archive that <see cref="SessionZip"/> wrote.</summary>
public static class SessionUnzip
{
    /// <summary>An archive holds text of a conversation; more than this is no session but an attack.</summary>
    private const long MaxBytes = 4L * 1024 * 1024 * 1024;

    /// <summary>Makes a new session in a store.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="store">Where the session shall be.</param>
    /// <param name="id">Its id; a new one when null.</param>
    /// <exception cref="SessionStorageException">It is no archive of a session, or the id is taken.</exception>
    public static SessionLocation Restore(string archive, SessionStore store, string? id)
    {
        if (id is not null && store.Find(id) is not null)
        {
            throw new SessionStorageException($"There is a session '{id}' already.");
        }

        try
        {
            LocalHost.RefuseSpecial(archive); // a pipe waits for somebody who writes into it
            using ZipArchive zip = ZipFile.OpenRead(archive);
            if (zip.GetEntry("context.jsonl") is null)
            {
                throw new SessionStorageException($"The file '{archive}' is no archive of a session: it has no context.jsonl.");
            }

            if (zip.Entries.Sum(static entry => entry.Length) > MaxBytes)
            {
                throw new SessionStorageException($"The archive '{archive}' is too large.");
            }

            SessionLocation session = id is null ? store.Create() : store.Open(id);
            try
            {
                foreach (ZipArchiveEntry entry in zip.Entries)
                {
                    Extract(entry, session.Directory);
                }

                Disarm(session.Directory);
            }
            catch
            {
                Directory.Delete(session.Directory, recursive: true);
                throw;
            }

            return session;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new SessionStorageException($"The archive '{archive}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What somebody allowed elsewhere is not allowed here: an archive may come from anybody.</summary>
    private static void Disarm(string directory)
    {
        SessionState state = new(directory);
        state.Load();
        if (state.Yolo || state.Afk || state.AutoApproveActions.Count > 0 || state.AdditionalDirectories.Count > 0)
        {
            state.Yolo = false;
            state.Afk = false;
            state.AutoApproveActions = [];
            state.AdditionalDirectories = [];
            state.Save();
        }
    }

    private static void Extract(ZipArchiveEntry entry, string directory)
    {
        // Logs and manifest are not part of a session, and no name may lead out of its directory.
        string target = Path.GetFullPath(Path.Join(directory, entry.FullName));
        bool inside = target.StartsWith(Path.GetFullPath(directory) + Path.DirectorySeparatorChar, StringComparison.Ordinal);
        if (entry.Name.Length == 0 || entry.FullName == "manifest.json" || entry.FullName.StartsWith("logs/", StringComparison.Ordinal))
        {
            return;
        }

        if (!inside)
        {
            throw new SessionStorageException($"The archive names a file outside of the session: '{entry.FullName}'.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        entry.ExtractToFile(target, overwrite: true);
    }
}
