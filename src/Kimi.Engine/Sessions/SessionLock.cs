namespace Kimi.Engine.Sessions;

/// <summary>
/// Keeps a second process, or a second opening in this one, from writing to a session. Gone with the process. Taken and given
/// free under the <see cref="StoreLock"/> only: otherwise who has opened the file but not locked it yet could lock one that is
/// deleted, beside somebody who locks the next one of that name.
/// </summary>
internal sealed class SessionLock : IDisposable
{
    /// <summary>Name of the lock's file in the session directory.</summary>
    public const string FileName = ".lock";

    private readonly string _path;
    private readonly string _indexPath;
    private FileStream? _file;

    private SessionLock(FileStream file, string path, string indexPath)
    {
        _file = file;
        _path = path;
        _indexPath = indexPath;
    }

    /// <summary>Takes the lock, while the store's is held.</summary>
    /// <param name="sessionDirectory">The session's directory; it must exist.</param>
    /// <param name="sessionId">The session's id.</param>
    /// <param name="indexPath">Path of <c>kimi.json</c>.</param>
    /// <exception cref="SessionStorageException">The session is open elsewhere, or the directory cannot be written.</exception>
    public static SessionLock Take(string sessionDirectory, string sessionId, string indexPath)
    {
        string path = Path.Join(sessionDirectory, FileName);
        try
        {
            FileStream file = new(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 });
            return new SessionLock(file, path, indexPath);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SessionStorageException($"The session directory '{sessionDirectory}' cannot be written: {e.Message}", e);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new SessionStorageException($"The session '{sessionId}' is open in another process. Close it there, or start another session.", e) { IsInUse = true };
        }
        catch (IOException e)
        {
            throw new SessionStorageException($"The session directory '{sessionDirectory}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Gives the session free and deletes the lock's file, while the store's lock is held. Does nothing the second time.</summary>
    public void Release()
    {
        if (_file is null)
        {
            return;
        }

        _file.Dispose();
        _file = null;
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a left-over lock file is harmless
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_file is null)
        {
            return;
        }

        try
        {
            using (StoreLock.Take(_indexPath))
            {
                Release();
            }
        }
        catch (SessionStorageException)
        {
            _file.Dispose(); // given free all the same; the file stays
            _file = null;
        }
    }
}
