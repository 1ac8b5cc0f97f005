using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>
/// Held for the moments in which <c>kimi.json</c> is rewritten or a session is locked, given free or deleted, so that no two
/// processes do so at once.
/// </summary>
internal static class StoreLock
{
    /// <summary>Takes the lock; waits while another process has it.</summary>
    /// <param name="indexPath">Path of <c>kimi.json</c>; the lock's file is beside it.</param>
    /// <param name="patience">How long to wait; ten seconds when not given.</param>
    /// <exception cref="SessionStorageException">Another process does not give it free, or its file cannot be written.</exception>
    public static IDisposable Take(string indexPath, TimeSpan? patience = null)
    {
        try
        {
            return FileLock.Take(indexPath, patience);
        }
        catch (IOException e)
        {
            throw new SessionStorageException(e.Message, e);
        }
    }
}
