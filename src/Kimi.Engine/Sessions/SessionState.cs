using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>
/// State of a session that is not conversation: <c>state.json</c>. Members that this program does not know are kept; title and
/// archive members are re-read before every save, because a web UI may have changed them meanwhile.
/// </summary>
public sealed class SessionState
{
    private static readonly string[] s_known =
    [
        "version", "approval", "additional_dirs", "custom_title", "title_generated", "title_generate_attempts", "plan_mode",
        "plan_session_id", "plan_slug", "wire_mtime", "archived", "archived_at", "auto_archive_exempt", "todos",
    ];

    private readonly string _path;
    private readonly Lock _gate = new();
    private JsonElement _unknown;
    private bool _isCorrupt;

    /// <summary>Names the state of a session directory; nothing is read yet.</summary>
    public SessionState(string sessionDirectory) => _path = Path.Join(sessionDirectory, "state.json");

    /// <summary>Whether every call is approved, set by the user.</summary>
    public bool Yolo { get; set; }

    /// <summary>Whether nobody is present, set by the user.</summary>
    public bool Afk { get; set; }

    /// <summary>Actions approved for the session.</summary>
    public IReadOnlyList<string> AutoApproveActions { get; set; } = [];

    /// <summary>Directories added to the workspace.</summary>
    public IReadOnlyList<string> AdditionalDirectories { get; set; } = [];

    /// <summary>The title; null while there is none.</summary>
    public string? CustomTitle { get; set; }

    /// <summary>Whether the title is fixed.</summary>
    public bool TitleGenerated { get; set; }

    /// <summary>How often a title was tried.</summary>
    public long TitleGenerateAttempts { get; set; }

    /// <summary>Whether plan mode is on.</summary>
    public bool PlanMode { get; set; }

    /// <summary>Id of the plan, 32 hexadecimal digits.</summary>
    public string? PlanSessionId { get; set; }

    /// <summary>Name of the plan's file without its ending.</summary>
    public string? PlanSlug { get; set; }

    /// <summary>A time that a web UI keeps.</summary>
    public double? WireModified { get; set; }

    /// <summary>Whether the session is archived.</summary>
    public bool Archived { get; set; }

    /// <summary>When, in Unix seconds.</summary>
    public double? ArchivedAt { get; set; }

    /// <summary>Whether it is never archived by itself.</summary>
    public bool AutoArchiveExempt { get; set; }

    /// <summary>The to-do list.</summary>
    public IReadOnlyList<TodoItem> Todos { get; set; } = [];

    /// <summary>Where the state is.</summary>
    public string FilePath => _path;

    /// <summary>Reads the file; a missing one leaves the defaults, an unreadable one too.</summary>
    public void Load()
    {
        lock (_gate)
        {
            if (ReadFile() is JsonElement value)
            {
                Take(value, all: true);
            }

            LegacyMetadata.Migrate(Path.GetDirectoryName(_path)!, this);
        }
    }

    /// <summary>Reads the to-do list as it is on disk now.</summary>
    public IReadOnlyList<TodoItem> LoadTodos()
    {
        lock (_gate)
        {
            if (ReadFile() is JsonElement value)
            {
                Todos = ReadTodos(value);
            }

            return Todos;
        }
    }

    /// <summary>Writes the file.</summary>
    public void Save() => SaveOwn(static _ => { });

    /// <summary>Changes the title or archive members, as they are on disk now, and writes the file.</summary>
    public void SaveOwn(Action<SessionState> change)
    {
        lock (_gate)
        {
            try
            {
                if (ReadFile() is JsonElement onDisk)
                {
                    Take(onDisk, all: false);
                }
                else if (_isCorrupt)
                {
                    File.Move(_path, $"{_path}.unreadable", overwrite: true);
                    _isCorrupt = false;
                }

                change(this);
                AtomicFile.Write(_path, Compose());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new SessionStorageException($"The session file '{_path}' cannot be written: {e.Message}", e);
            }
        }
    }

    private JsonElement? ReadFile()
    {
        try
        {
            if (!File.Exists(_path))
            {
                return null;
            }

            JsonElement value = LenientJson.Parse(File.ReadAllBytes(_path));
            _isCorrupt = value.ValueKind != JsonValueKind.Object;
            return _isCorrupt ? null : value;
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            _isCorrupt = e is JsonException;
            return null;
        }
    }

    private void Take(JsonElement value, bool all)
    {
        CustomTitle = value.StringOrNull("custom_title");
        TitleGenerated = value.BoolOr("title_generated", false);
        TitleGenerateAttempts = value.LongOr("title_generate_attempts", 0);
        Archived = value.BoolOr("archived", false);
        ArchivedAt = value.DoubleOrNull("archived_at");
        AutoArchiveExempt = value.BoolOr("auto_archive_exempt", false);
        _unknown = value;
        if (!all)
        {
            return;
        }

        if (value.TryMember("approval", out JsonElement approval))
        {
            Yolo = approval.BoolOr("yolo", false);
            Afk = approval.BoolOr("afk", false);
            AutoApproveActions = Strings(approval, "auto_approve_actions");
        }

        AdditionalDirectories = Strings(value, "additional_dirs");
        PlanMode = value.BoolOr("plan_mode", false);
        PlanSessionId = value.StringOrNull("plan_session_id");
        PlanSlug = value.StringOrNull("plan_slug");
        WireModified = value.DoubleOrNull("wire_mtime");
        Todos = ReadTodos(value);
    }

    private static string[] Strings(JsonElement value, string name) =>
        value.TryMember(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(static item => item.ValueKind == JsonValueKind.String).Select(static item => item.ReadString())]
            : [];

    private static TodoItem[] ReadTodos(JsonElement value) => TodoJson.Read(value);

    private byte[] Compose()
    {
        JsonWriter writer = new(JsonLayout.Indented);
        writer.BeginObject();
        writer.Member("version"u8, 1);
        writer.Name("approval"u8);
        writer.BeginObject();
        writer.Member("yolo"u8, Yolo);
        writer.Member("afk"u8, Afk);
        WriteStrings(writer, "auto_approve_actions"u8, AutoApproveActions);
        writer.EndObject();
        WriteStrings(writer, "additional_dirs"u8, AdditionalDirectories);
        writer.Member("custom_title"u8, CustomTitle);
        writer.Member("title_generated"u8, TitleGenerated);
        writer.Member("title_generate_attempts"u8, TitleGenerateAttempts);
        writer.Member("plan_mode"u8, PlanMode);
        writer.Member("plan_session_id"u8, PlanSessionId);
        writer.Member("plan_slug"u8, PlanSlug);
        writer.Member("wire_mtime"u8, WireModified);
        writer.Member("archived"u8, Archived);
        writer.Member("archived_at"u8, ArchivedAt);
        writer.Member("auto_archive_exempt"u8, AutoArchiveExempt);
        writer.Name("todos"u8);
        TodoJson.Write(writer, Todos);
        if (_unknown.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in _unknown.EnumerateObject())
            {
                if (!s_known.Contains(member.Name))
                {
                    writer.Name(member.Name.AsSpan());
                    writer.Element(member.Value);
                }
            }
        }

        writer.EndObject();
        return writer.ToArray();
    }

    private static void WriteStrings(JsonWriter writer, ReadOnlySpan<byte> name, IReadOnlyList<string> values)
    {
        writer.Name(name);
        writer.BeginArray();
        foreach (string value in values)
        {
            writer.Text(value);
        }

        writer.EndArray();
    }
}
