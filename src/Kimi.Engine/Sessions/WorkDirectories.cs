using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>The list of work directories with their last sessions, <c>kimi.json</c>.</summary>
public sealed class WorkDirectories
{
    /// <summary>Name of the machine this program runs on.</summary>
    public const string LocalHost = "local";

    private readonly string _path;
    private readonly List<Entry> _entries = [];
    private JsonElement _whole;

    private WorkDirectories(string path) => _path = path;

    /// <summary>Reads the list; a missing file is an empty list.</summary>
    /// <exception cref="SessionStorageException">The file is there but cannot be used.</exception>
    public static WorkDirectories Load(string path)
    {
        WorkDirectories list = new(path);
        try
        {
            if (!File.Exists(path))
            {
                return list;
            }

            list._whole = LenientJson.Parse(File.ReadAllBytes(path));
            if (list._whole.TryMember("work_dirs", out JsonElement entries) && entries.ValueKind == JsonValueKind.Array)
            {
                foreach (JsonElement entry in entries.EnumerateArray())
                {
                    if (entry.StringOrNull("path") is string directory)
                    {
                        list._entries.Add(new Entry(directory, entry.StringOrNull("kaos") ?? LocalHost, entry.StringOrNull("last_session_id")));
                    }
                }
            }

            return list;
        }
        catch (JsonException e)
        {
            throw new SessionStorageException($"The file '{path}' is not valid JSON: {e.Message} Repair it or move it away.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SessionStorageException($"The file '{path}' cannot be read: {e.Message}", e);
        }
    }

    /// <summary>The directories of a machine.</summary>
    public IEnumerable<string> Paths(string host) => _entries.Where(entry => entry.Host == host).Select(static entry => entry.Path);

    /// <summary>Whether the directory is listed.</summary>
    public bool Contains(string directory, string host) => Find(directory, host) >= 0;

    /// <summary>The directory's last session; null when there is none.</summary>
    public string? LastSession(string directory, string host) => Find(directory, host) is int i and >= 0 ? _entries[i].LastSessionId : null;

    /// <summary>Lists the directory if it is not listed; true when that changed something.</summary>
    public bool Add(string directory, string host)
    {
        if (Find(directory, host) >= 0)
        {
            return false;
        }

        _entries.Add(new Entry(directory, host, null));
        return true;
    }

    /// <summary>Notes the directory's last session; true when that changed something.</summary>
    public bool SetLastSession(string directory, string host, string? id)
    {
        int i = Find(directory, host);
        if (i < 0)
        {
            _entries.Add(new Entry(directory, host, id));
            return true;
        }

        if (_entries[i].LastSessionId == id)
        {
            return false;
        }

        _entries[i] = _entries[i] with { LastSessionId = id };
        return true;
    }

    /// <summary>Writes the file.</summary>
    public void Save()
    {
        JsonWriter writer = new(JsonLayout.Indented);
        writer.BeginObject();
        writer.Name("work_dirs"u8);
        writer.BeginArray();
        foreach (Entry entry in _entries)
        {
            writer.BeginObject();
            writer.Member("path"u8, entry.Path);
            writer.Member("kaos"u8, entry.Host);
            writer.Member("last_session_id"u8, entry.LastSessionId);
            writer.EndObject();
        }

        writer.EndArray();
        if (_whole.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in _whole.EnumerateObject())
            {
                if (member.Name != "work_dirs")
                {
                    writer.Name(member.Name.AsSpan());
                    writer.Element(member.Value);
                }
            }
        }

        writer.EndObject();
        try
        {
            AtomicFile.Write(_path, writer.WrittenSpan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SessionStorageException($"The file '{_path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Name of the directory under <c>sessions/</c> that holds a work directory's sessions.</summary>
    public static string FolderName(string directory, string host)
    {
        // The reference names directories by MD5; nothing secret depends on it.
#pragma warning disable CA5351
        string hash = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(directory)));
#pragma warning restore CA5351
        return host == LocalHost ? hash : $"{host}_{hash}";
    }

    private int Find(string directory, string host) => _entries.FindIndex(entry => entry.Path == directory && entry.Host == host);

    private sealed record Entry(string Path, string Host, string? LastSessionId);
}
