namespace Kimi.Engine.Sessions;

/// <summary>Keeps a second process, or a second opening in this one, from writing to a session. Gone with the process.</summary>
internal sealed class SessionLock : IDisposable
{
    /// <summary>Name of the lock's file in the session directory.</summary>
    public const string FileName = ".lock";

    private readonly FileStream _file;
    private readonly string _path;

    private SessionLock(FileStream file, string path)
    {
        _file = file;
        _path = path;
    }

    /// <summary>Takes the lock.</summary>
    /// <exception cref="SessionStorageException">The session is open elsewhere, or the directory cannot be written.</exception>
    public static SessionLock Take(string sessionDirectory, string sessionId)
    {
        string path = Path.Join(sessionDirectory, FileName);
        try
        {
            FileStream file = new(path, new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 });
            return new SessionLock(file, path);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new SessionStorageException($"The session directory '{sessionDirectory}' cannot be written: {e.Message}", e);
        }
        catch (IOException e) when (File.Exists(path))
        {
            throw new SessionStorageException($"The session '{sessionId}' is open in another process. Close it there, or start another session.", e);
        }
        catch (IOException e)
        {
            throw new SessionStorageException($"The session directory '{sessionDirectory}' cannot be written: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Deleted while still held: who opened it meanwhile finds the file gone at worst, never two holders of one file.
        try
        {
            File.Delete(_path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Windows deletes only closed files; a left-over lock file is harmless.
        }

        _file.Dispose();
    }
}
