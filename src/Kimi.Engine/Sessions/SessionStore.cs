using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>How a session was opened.</summary>
/// <param name="Id">The session's id: any text.</param>
/// <param name="Directory">Its directory.</param>
/// <param name="IsNew">Whether it did not exist before.</param>
/// <param name="IsResumed">Whether hooks are told <c>resume</c>, and plan defaults do not apply.</param>
public sealed record SessionLocation(string Id, string Directory, bool IsNew, bool IsResumed);

/// <summary>The sessions of a work directory under the share directory.</summary>
public sealed class SessionStore
{
    private readonly string _indexPath;
    private readonly string _workDirectory;
    private readonly string _host;

    /// <summary>Makes the store of a work directory.</summary>
    /// <param name="sessionsRoot">The directory <c>sessions</c> of the share directory.</param>
    /// <param name="indexPath">Path of <c>kimi.json</c>.</param>
    /// <param name="workDirectory">The work directory, canonical.</param>
    /// <param name="host">The machine it is on.</param>
    public SessionStore(string sessionsRoot, string indexPath, string workDirectory, string host = WorkDirectories.LocalHost)
    {
        SessionsRoot = sessionsRoot;
        _indexPath = indexPath;
        _workDirectory = workDirectory;
        _host = host;
        Root = Path.Join(sessionsRoot, WorkDirectories.FolderName(workDirectory, host));
    }

    /// <summary>The directory of all sessions.</summary>
    public string SessionsRoot { get; }

    /// <summary>The directory of this work directory's sessions.</summary>
    public string Root { get; }

    /// <summary>Makes a new session with an id of its own.</summary>
    public SessionLocation Create() => Create(Guid.NewGuid().ToString());

    /// <summary>Opens the session of an id; one that does not exist is made.</summary>
    /// <exception cref="SessionStorageException">The id cannot name a directory.</exception>
    public SessionLocation Open(string id)
    {
        CheckId(id);
        if (Find(id) is not string directory)
        {
            return Create(id);
        }

        Enlist();
        return new SessionLocation(id, directory, false, !WireLog.IsEmpty(Path.Join(directory, "wire.jsonl")));
    }

    /// <summary>Opens the last session of the work directory; null when there is none.</summary>
    public SessionLocation? OpenLast()
    {
        string? id = WorkDirectories.Load(_indexPath).LastSession(_workDirectory, _host);
        return id is not null && Find(id) is string directory ? new SessionLocation(id, directory, false, true) : null;
    }

    /// <summary>Id of the last session of the work directory, whether it still exists or not.</summary>
    public string? LastSessionId => WorkDirectories.Load(_indexPath).LastSession(_workDirectory, _host);

    /// <summary>The directory of a session; null when there is none of that id. A session of the oldest layout is moved into a directory.</summary>
    public string? Find(string id)
    {
        if (!IsId(id))
        {
            return null;
        }

        string directory = Path.Join(Root, id);
        string legacy = directory + ".jsonl";
        string context = Path.Join(directory, "context.jsonl");
        if (File.Exists(context))
        {
            return directory;
        }

        if (!File.Exists(legacy))
        {
            return null;
        }

        try
        {
            Directory.CreateDirectory(directory);
            File.Move(legacy, context);
            return directory;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SessionStorageException($"The session file '{legacy}' cannot be moved: {e.Message}", e);
        }
    }

    /// <summary>The directory of a session of this work directory or, if there is none, of any; null when there is none of that id.</summary>
    public string? FindAnywhere(string id)
    {
        if (Find(id) is string own)
        {
            return own;
        }

        if (!IsId(id) || !Directory.Exists(SessionsRoot))
        {
            return null;
        }

        foreach (string root in Directory.EnumerateDirectories(SessionsRoot))
        {
            string directory = Path.Join(root, id);
            if (File.Exists(Path.Join(directory, "context.jsonl")))
            {
                return directory;
            }
        }

        return null;
    }

    /// <summary>The work directory that a session belongs to; null when the list of work directories does not have it.</summary>
    /// <param name="sessionDirectory">The session's directory, as <see cref="FindAnywhere"/> gives it.</param>
    public string? WorkDirectoryOf(string sessionDirectory)
    {
        string root = Path.GetFileName(Path.GetDirectoryName(sessionDirectory)!);
        return WorkDirectories.Load(_indexPath).Paths(WorkDirectories.LocalHost).FirstOrDefault(path => WorkDirectories.FolderName(path, WorkDirectories.LocalHost) == root);
    }

    /// <summary>All sessions with something in them, the one changed last first.</summary>
    public IReadOnlyList<SessionListing> List()
    {
        if (!Directory.Exists(Root))
        {
            return [];
        }

        foreach (string legacy in Directory.EnumerateFiles(Root, "*.jsonl"))
        {
            Find(Path.GetFileNameWithoutExtension(legacy));
        }

        List<SessionListing> found = [];
        foreach (string directory in Directory.EnumerateDirectories(Root))
        {
            string context = Path.Join(directory, "context.jsonl");
            if (!File.Exists(context))
            {
                continue;
            }

            SessionState state = new(directory);
            state.Load();
            string wire = Path.Join(directory, "wire.jsonl");
            if (IsEmpty(directory, state))
            {
                continue;
            }

            found.Add(new SessionListing(
                Path.GetFileName(directory), directory, SessionTitle.Display(state, wire), File.GetLastWriteTimeUtc(context), state.Archived));
        }

        found.Sort(static (a, b) => b.ModifiedUtc.CompareTo(a.ModifiedUtc));
        return found;
    }

    /// <summary>Whether a session holds nothing: no title, no record, no message.</summary>
    public static bool IsEmpty(string directory, SessionState state)
    {
        if (state.CustomTitle is not null || !WireLog.IsEmpty(Path.Join(directory, "wire.jsonl")))
        {
            return false;
        }

        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(Path.Join(directory, "context.jsonl")))
        {
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            try
            {
                if (LenientJson.Parse(line).StringOrNull("role") is string role && !role.StartsWith('_'))
                {
                    return false;
                }
            }
            catch (System.Text.Json.JsonException)
            {
                return false; // something is there, even if it cannot be read
            }
        }

        return true;
    }

    /// <summary>Takes a session for this process alone. One that another process deleted meanwhile, since it was empty, is made again.</summary>
    /// <exception cref="SessionStorageException">The session is open elsewhere, or cannot be written.</exception>
    internal SessionLock Lock(SessionLocation session)
    {
        using (StoreLock.Take(_indexPath))
        {
            MakeFiles(session.Directory);
            return SessionLock.Take(session.Directory, session.Id, _indexPath);
        }
    }

    /// <summary>Ends a session's use: an empty one is deleted, another becomes the last one when all went well; its lock is given free.</summary>
    /// <returns>Whether the session is kept.</returns>
    internal bool Finish(SessionLocation session, SessionState state, SessionLock sessionLock, bool succeeded)
    {
        bool keep = !IsEmpty(session.Directory, state);
        using (StoreLock.Take(_indexPath))
        {
            try
            {
                if (keep)
                {
                    if (succeeded)
                    {
                        ChangeIndex(index => index.SetLastSession(_workDirectory, _host, session.Id));
                    }

                    return true;
                }

                sessionLock.Release(); // Windows deletes no open file
                Directory.Delete(session.Directory, recursive: true);
                Forget(session.Id);
                return false;
            }
            finally
            {
                sessionLock.Release();
            }
        }
    }

    /// <summary>Deletes a session for good; false when there is none of that id.</summary>
    /// <exception cref="SessionStorageException">It is open somewhere, or cannot be deleted.</exception>
    public bool Delete(string id)
    {
        if (Find(id) is not string directory)
        {
            return false;
        }

        using (StoreLock.Take(_indexPath))
        {
            SessionLock.Take(directory, id, _indexPath).Release();
            try
            {
                Directory.Delete(directory, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new SessionStorageException($"The session '{id}' cannot be deleted: {e.Message}", e);
            }

            Forget(id);
        }

        return true;
    }

    private SessionLocation Create(string id)
    {
        string directory = Path.Join(Root, id);
        MakeFiles(directory);
        Enlist();
        return new SessionLocation(id, directory, true, !WireLog.IsEmpty(Path.Join(directory, "wire.jsonl")));
    }

    private static void MakeFiles(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            using (File.Open(Path.Join(directory, "context.jsonl"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite))
            {
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SessionStorageException($"The session directory '{directory}' cannot be made: {e.Message}", e);
        }
    }

    private void Enlist()
    {
        if (!WorkDirectories.Load(_indexPath).Contains(_workDirectory, _host))
        {
            using (StoreLock.Take(_indexPath))
            {
                ChangeIndex(index => index.Add(_workDirectory, _host));
            }
        }
    }

    private void Forget(string id) =>
        ChangeIndex(index => index.LastSession(_workDirectory, _host) == id && index.SetLastSession(_workDirectory, _host, null));

    /// <summary>Reads the list, changes it and writes it, while the store's lock is held.</summary>
    private void ChangeIndex(Func<WorkDirectories, bool> change)
    {
        WorkDirectories index = WorkDirectories.Load(_indexPath);
        if (change(index))
        {
            index.Save();
        }
    }

    /// <summary>Whether a session can have this id: a name without slashes.</summary>
    public static bool IsId(string id) => !string.IsNullOrWhiteSpace(id) && id is not ("." or "..") && id.AsSpan().IndexOfAny("/\\\0") < 0
        && (!OperatingSystem.IsWindows() || IsWindowsName(id));

    // Windows drops dots and blanks at a name's end, so that "..." is the directory of all sessions, and takes "a:b" as a stream of "a".
    private static bool IsWindowsName(string id) => id[^1] is not ('.' or ' ') && id.AsSpan().IndexOfAny(Path.GetInvalidFileNameChars()) < 0;

    private static void CheckId(string id)
    {
        if (!IsId(id))
        {
            throw new SessionStorageException($"The session id '{id}' cannot be used: an id is a name without slashes.");
        }
    }
}

/// <summary>A session in a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Directory">Its directory.</param>
/// <param name="Title">Its title.</param>
/// <param name="ModifiedUtc">When its conversation last changed.</param>
/// <param name="IsArchived">Whether it is archived.</param>
public sealed record SessionListing(string Id, string Directory, string Title, DateTime ModifiedUtc, bool IsArchived);
