using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions.Archives;

/// <summary>A session that is to be put into an archive.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Directory">Its directory.</param>
/// <param name="Title">Its title, to be shown.</param>
/// <param name="ModifiedUtc">When its conversation last changed.</param>
public sealed record SessionToArchive(string Id, string Directory, string Title, DateTime ModifiedUtc);

/// <summary>An archive that was written.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="LogFiles">How many log files of the program are in it.</param>
public sealed record WrittenArchive(string Path, int LogFiles)
{
    /// <summary>What the user is told of the log files; null when there are none.</summary>
    public string? Note => LogFiles == 0 ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"Note: the archive also holds {LogFiles} recent log file{(LogFiles == 1 ? "" : "s")}, which may tell of other sessions. Look through it before you share it.");
}

/// <summary>A session cannot be archived. The message is the whole line for the user.</summary>
public sealed class SessionArchiveException(string message) : Exception(message);

/// <summary>Puts sessions with the logs of their time into ZIP archives, for <c>kimi export</c>.</summary>
public sealed class SessionZip(ShareDirectory share, string workDirectory, TimeProvider time)
{
    /// <summary>What is said when the user does not want the archive.</summary>
    public const string Cancelled = "Export cancelled.";

    private const long MaxLogBytes = 100L * 1024 * 1024;
    private static readonly TimeSpan s_logSpan = TimeSpan.FromDays(2);

    /// <summary>The last session of the work directory.</summary>
    /// <exception cref="SessionArchiveException">There is none.</exception>
    public SessionToArchive FindLast()
    {
        SessionStore store = Store();
        return store.LastSessionId is string id && store.Find(id) is string directory
            ? Describe(id, directory)
            : throw new SessionArchiveException("Error: no previous session found for the working directory.");
    }

    /// <summary>The session of an id: of the work directory if there is one, else of any.</summary>
    /// <exception cref="SessionArchiveException">There is none.</exception>
    public SessionToArchive Find(string id) => Store().FindAnywhere(id) is string directory
        ? Describe(id, directory)
        : throw new SessionArchiveException($"Error: session '{id}' not found.");

    /// <summary>Writes the archive.</summary>
    /// <param name="session">The session.</param>
    /// <param name="target">A file, or a directory for the default name in it; null for the default name in the current directory.</param>
    /// <param name="currentDirectory">The current directory.</param>
    /// <exception cref="SessionArchiveException">The session has no files, or the archive cannot be written.</exception>
    public WrittenArchive Write(SessionToArchive session, string? target, string currentDirectory)
    {
        string path = Path.GetFullPath(target ?? $"session-{session.Id}.zip", currentDirectory);
        if (Directory.Exists(path))
        {
            path = Path.Join(path, $"session-{session.Id}.zip");
        }

        List<string> files = Files(session.Directory, path);
        if (files.Count == 0)
        {
            throw new SessionArchiveException($"Error: session '{session.Id}' has no files.");
        }

        (DateTimeOffset? first, DateTimeOffset? last) = Activity(Path.Join(session.Directory, "wire.jsonl"));
        List<string> logs = Logs(first ?? session.ModifiedUtc, last ?? session.ModifiedUtc);
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            LocalHost.RefuseSpecial(path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (FileStream stream = new(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            using (ZipArchive zip = new(stream, ZipArchiveMode.Create))
            {
                using (Stream manifest = zip.CreateEntry("manifest.json").Open())
                {
                    manifest.Write(Manifest(session.Id, first, last));
                }

                foreach (string file in files)
                {
                    Add(zip, file, Path.GetRelativePath(session.Directory, file).Replace('\\', '/'));
                }

                foreach (string log in logs)
                {
                    Add(zip, log, "logs/" + Path.GetFileName(log));
                }
            }

            File.Move(temporary, path, overwrite: true);
            return new WrittenArchive(path, logs.Count);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Delete(temporary);
            throw new SessionArchiveException($"Error: the archive '{path}' cannot be written: {e.Message}");
        }
    }

    private SessionStore Store() => new(share.SessionsDirectory, share.MetadataFile, workDirectory);

    private static SessionToArchive Describe(string id, string directory)
    {
        SessionState state = new(directory);
        state.Load();
        return new SessionToArchive(id, directory, SessionTitle.Display(state, Path.Join(directory, "wire.jsonl")), File.GetLastWriteTimeUtc(Path.Join(directory, "context.jsonl")));
    }

    private static List<string> Files(string directory, string archive)
    {
        EnumerationOptions options = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint };
        List<string> files = [];
        foreach (string file in Directory.EnumerateFiles(directory, "*", options))
        {
            if (Path.GetFileName(file) != SessionLock.FileName && file != archive)
            {
                files.Add(file);
            }
        }

        files.Sort(StringComparer.Ordinal);
        return files;
    }

    /// <summary>Logs of the session's days and of the last two, the newest first until the archive is full.</summary>
    private List<string> Logs(DateTimeOffset first, DateTimeOffset last)
    {
        List<string> logs = [];
        if (!Directory.Exists(share.LogsDirectory))
        {
            return logs;
        }

        DateTimeOffset recent = time.GetUtcNow() - s_logSpan;
        long size = 0;
        foreach (FileInfo file in new DirectoryInfo(share.LogsDirectory).EnumerateFiles().OrderByDescending(static file => file.LastWriteTimeUtc))
        {
            DateTimeOffset written = file.LastWriteTimeUtc;
            bool near = written >= recent || (written >= first - s_logSpan && written <= last + s_logSpan);
            if (near && size + file.Length <= MaxLogBytes)
            {
                size += file.Length;
                logs.Add(file.FullName);
            }
        }

        return logs;
    }

    private byte[] Manifest(string id, DateTimeOffset? first, DateTimeOffset? last)
    {
        JsonWriter writer = new(JsonLayout.Indented);
        writer.BeginObject();
        writer.Member("session_id"u8, id);
        writer.Member("exported_at"u8, Iso(time.GetUtcNow()));
        writer.Member("kimi_cli_version"u8, EngineInfo.Version);
        writer.Member("python_version"u8, RuntimeInformation.FrameworkDescription);
        writer.Member("os"u8, OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsMacOS() ? "Darwin" : OperatingSystem.IsLinux() ? "Linux" : Environment.OSVersion.Platform.ToString());
        writer.Member("platform"u8, $"{RuntimeInformation.OSDescription} {RuntimeInformation.OSArchitecture}");
        writer.Member("session_first_activity"u8, first is DateTimeOffset start ? Iso(start) : null);
        writer.Member("session_last_activity"u8, last is DateTimeOffset end ? Iso(end) : null);
        writer.EndObject();
        return writer.ToArray();
    }

    private static string Iso(DateTimeOffset at) => at.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture);

    private static (DateTimeOffset? First, DateTimeOffset? Last) Activity(string wireLog)
    {
        DateTimeOffset? first = null;
        DateTimeOffset? last = null;
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(wireLog))
        {
            try
            {
                if (LenientJson.Parse(line).DoubleOrNull("timestamp") is double seconds and > 0 and < 1e11)
                {
                    last = DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000));
                    first ??= last;
                }
            }
            catch (JsonException)
            {
                // a line that cannot be read tells no time
            }
        }

        return (first, last);
    }

    private static void Add(ZipArchive zip, string file, string name)
    {
        using FileStream source = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        ZipArchiveEntry entry = zip.CreateEntry(name);
        DateTime written = File.GetLastWriteTime(file);
        entry.LastWriteTime = written.Year is >= 1980 and <= 2107 ? written : new DateTime(1980, 1, 1, 0, 0, 0, DateTimeKind.Local);
        using Stream target = entry.Open();
        source.CopyTo(target);
    }
}
