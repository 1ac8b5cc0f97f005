using System.Globalization;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions.Pi;

/// <summary>A session that was read from a pi session file.</summary>
/// <param name="Id">The session's id in the file.</param>
/// <param name="WorkDirectory">Its work directory; empty when the file names none.</param>
/// <param name="CreatedAt">When it began, as the file says.</param>
/// <param name="Title">Its name; null when it has none.</param>
/// <param name="Model">The model it used last; null when unknown.</param>
/// <param name="MessageCount">Messages of the conversation as it continues.</param>
/// <param name="BranchCount">Older states and other branches, kept as rotated files.</param>
public sealed record PiImport(string Id, string WorkDirectory, string CreatedAt, string? Title, PiModel? Model, int MessageCount, int BranchCount);

/// <summary>Writes sessions as session files of pi (format version 3) and reads such files.</summary>
public static class PiSessionFile
{
    /// <summary>Name of the folder below pi's <c>sessions</c> folder that holds the sessions of a work directory.</summary>
    public static string FolderName(string workDirectory)
    {
        string path = workDirectory.Length > 0 && workDirectory[0] is '/' or '\\' ? workDirectory[1..] : workDirectory;
        return $"--{path.Replace('/', '-').Replace('\\', '-').Replace(':', '-')}--";
    }

    /// <summary>Name of a session's file.</summary>
    public static string FileName(DateTimeOffset created, string sessionId) =>
        $"{Timestamp(created).Replace(':', '-').Replace('.', '-')}_{sessionId}.jsonl";

    /// <summary>
    /// Writes a session: the conversation as it is now is the last branch; what was compacted, cleared or taken back before
    /// hangs beside it in the same tree.
    /// </summary>
    /// <param name="sessionDirectory">The session's directory; its name is the session's id.</param>
    /// <param name="workDirectory">The session's work directory.</param>
    /// <param name="model">The model of the session.</param>
    /// <param name="target">The file, or an existing directory for the name that pi would choose in it.</param>
    /// <returns>Path of the file.</returns>
    /// <exception cref="SessionStorageException">The session cannot be read, or the file not be written.</exception>
    public static string Export(string sessionDirectory, string workDirectory, PiModel model, string target)
    {
        string id = Path.GetFileName(Path.TrimEndingDirectorySeparator(sessionDirectory));
        PiWriter writer = new(sessionDirectory, id, workDirectory, model);
        byte[] content = writer.Compose();
        string path = Directory.Exists(target) ? Path.Join(target, FileName(writer.CreatedAt, id)) : target;
        try
        {
            AtomicFile.Write(path, content);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SessionStorageException($"The file '{path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Reads a session file into the directory of a new session: the branch of its last entry becomes the conversation, others become rotated files.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sessionDirectory">The directory of a session without messages.</param>
    /// <exception cref="SessionStorageException">The file is no session file of pi, or the session has messages already.</exception>
    public static PiImport Import(string path, string sessionDirectory)
    {
        PiTree tree = PiTree.Read(path);
        using Conversation conversation = new(sessionDirectory);
        conversation.Restore();
        if (conversation.History.Count > 0)
        {
            throw new SessionStorageException("A session file can be imported only into a session without messages.");
        }

        return new PiReader(tree).ReadInto(conversation, sessionDirectory);
    }

    internal static string Timestamp(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
