using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions.Pi;

/// <summary>An entry of a session file.</summary>
/// <param name="Position">Its place in the file.</param>
/// <param name="Id">Its id.</param>
/// <param name="ParentId">Its parent's id; null for a root.</param>
/// <param name="Type">Its type.</param>
/// <param name="Value">All of it.</param>
internal sealed record PiEntry(int Position, string Id, string? ParentId, string Type, JsonElement Value);

/// <summary>A session file of pi, of any version, as a tree.</summary>
internal sealed class PiTree
{
    private readonly Dictionary<string, PiEntry> _byId = new(StringComparer.Ordinal);

    private PiTree(JsonElement header) => Header = header;

    /// <summary>The header.</summary>
    public JsonElement Header { get; }

    /// <summary>The entries in the order of the file.</summary>
    public List<PiEntry> Entries { get; } = [];

    /// <summary>Reads a file.</summary>
    /// <exception cref="SessionStorageException">It is no session file.</exception>
    public static PiTree Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new SessionStorageException($"There is no file '{path}'.");
        }

        PiTree? tree = null;
        List<JsonElement> lines = [];
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(path))
        {
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            try
            {
                lines.Add(LenientJson.Parse(line));
            }
            catch (JsonException)
            {
                // skipped, as pi does
            }

            if (tree is null)
            {
                if (lines is not [{ ValueKind: JsonValueKind.Object } header] || header.StringOrNull("type") != "session" || header.StringOrNull("id") is null)
                {
                    throw new SessionStorageException($"'{path}' is not a pi session file: its first line is not a session header.");
                }

                tree = new PiTree(header);
            }
        }

        if (tree is null)
        {
            throw new SessionStorageException($"'{path}' is not a pi session file: it is empty.");
        }

        long version = tree.Header.LongOr("version", 1);
        for (int i = 1; i < lines.Count; i++)
        {
            tree.Add(lines[i], i, linear: version < 2);
        }

        return tree;
    }

    /// <summary>The entry of an id; null when there is none.</summary>
    public PiEntry? Find(string? id) => id is not null && _byId.TryGetValue(id, out PiEntry? entry) ? entry : null;

    /// <summary>The entries from the root to one. A parent that is missing, or that would close a circle, ends the path.</summary>
    public List<PiEntry> PathTo(PiEntry entry)
    {
        List<PiEntry> path = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (PiEntry? at = entry; at is not null && seen.Add(at.Id); at = Find(at.ParentId))
        {
            path.Add(at);
        }

        path.Reverse();
        return path;
    }

    /// <summary>Id of the entry that a compaction keeps first; null when it names none.</summary>
    public static string? FirstKept(PiEntry compaction) =>
        compaction.Value.StringOrNull("firstKeptEntryId")
        ?? (compaction.Value.LongOr("firstKeptEntryIndex", -1) is long index and > 0 ? LinearId((int)Math.Min(index, int.MaxValue)) : null);

    private static string LinearId(int position) => string.Create(CultureInfo.InvariantCulture, $"line-{position}");

    private void Add(JsonElement value, int position, bool linear)
    {
        if (value.ValueKind != JsonValueKind.Object || value.StringOrNull("type") is not string type)
        {
            return;
        }

        string? id = linear ? LinearId(position) : value.StringOrNull("id");
        string? parent = linear ? Entries.Count == 0 ? null : Entries[^1].Id : value.StringOrNull("parentId");
        if (id is not null)
        {
            PiEntry entry = new(position, id, parent, type, value);
            if (_byId.TryAdd(id, entry))
            {
                Entries.Add(entry);
            }
        }
    }
}
