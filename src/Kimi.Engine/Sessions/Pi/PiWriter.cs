using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions.Pi;

/// <summary>Puts the context files of a session together to a tree of entries.</summary>
internal sealed class PiWriter
{
    /// <summary>Type of the entry that holds what only this program needs.</summary>
    public const string SessionType = "kimi-session";

    private readonly JsonWriter _writer = new();
    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _toolNames = new(StringComparer.Ordinal);
    private readonly WireTimes _times;
    private readonly string _directory;
    private readonly string _sessionId;
    private readonly string _workDirectory;
    private readonly PiModel _model;

    /// <summary>The messages of the branch being written, each with its entry. The first one's entry is a compaction when <see cref="_kept"/> is not negative.</summary>
    private List<(Message Message, string Id)> _live = [];

    /// <summary>How many messages behind a compaction's summary have their entries before it; -1 when the branch has no compaction.</summary>
    private int _kept = -1;

    private string? _start;
    private string? _tip;
    private string? _last;

    public PiWriter(string sessionDirectory, string sessionId, string workDirectory, PiModel model)
    {
        _directory = sessionDirectory;
        _sessionId = sessionId;
        _workDirectory = workDirectory;
        _model = model;
        _times = new WireTimes(sessionDirectory);
    }

    /// <summary>When the session began.</summary>
    public DateTimeOffset CreatedAt => _times.First!.Value;

    /// <summary>Writes the whole file.</summary>
    public byte[] Compose()
    {
        List<ContextSnapshot> snapshots = [.. ContextSnapshot.Files(_directory).Select(ContextSnapshot.Read)];
        WriteHead(snapshots[^1].SystemPrompt);
        long tokens = 0;
        foreach (ContextSnapshot snapshot in snapshots)
        {
            int written = Attach(snapshot, tokens);
            foreach (ContextMessage message in snapshot.Messages.Skip(written))
            {
                Append(message);
            }

            tokens = snapshot.Tokens;
        }

        if (_tip != _last)
        {
            // The last entry of the file is where the session goes on.
            _tip = Entry("custom", _tip, static writer => writer.Member("customType"u8, "kimi-leaf"));
        }

        return _lines.WrittenSpan.ToArray();
    }

    private void WriteHead(string? systemPrompt)
    {
        _writer.Clear();
        _writer.BeginObject();
        _writer.Member("type"u8, "session");
        _writer.Member("version"u8, 3);
        _writer.Member("id"u8, _sessionId);
        _writer.Member("timestamp"u8, PiSessionFile.Timestamp(CreatedAt));
        _writer.Member("cwd"u8, _workDirectory);
        _writer.EndObject();
        EndLine();
        string id = Entry("model_change", null, writer =>
        {
            writer.Member("provider"u8, _model.Provider);
            writer.Member("modelId"u8, _model.ModelId);
        });
        id = Entry("thinking_level_change", id, writer => writer.Member("thinkingLevel"u8, _model.ThinkingLevel));
        SessionState state = new(_directory);
        state.Load();
        if (state.CustomTitle is { Length: > 0 } title)
        {
            id = Entry("session_info", id, writer => writer.Member("name"u8, title.Trim()));
        }

        if (systemPrompt is not null)
        {
            id = Entry("custom", id, writer =>
            {
                writer.Member("customType"u8, SessionType);
                writer.Name("data"u8);
                writer.BeginObject();
                writer.Member("systemPrompt"u8, systemPrompt);
                writer.EndObject();
            });
        }

        _start = _tip = id;
    }

    /// <summary>Finds where a snapshot's messages hang in the tree; returns how many of them are in it already.</summary>
    private int Attach(ContextSnapshot snapshot, long tokensBefore)
    {
        List<ContextMessage> messages = snapshot.Messages;
        int common = 0;
        while (common < messages.Count && common < _live.Count && IsSame(messages[common].Message, _live[common].Message))
        {
            common++;
        }

        if (common > 0)
        {
            GoBack(common);
            return common;
        }

        if (messages.Count > 0 && CompactionNote.IsSummary(messages[0].Message))
        {
            return Compact(messages, tokensBefore);
        }

        _live = [];
        _kept = -1;
        _tip = _start;
        return 0;
    }

    /// <summary>Keeps the first messages of the branch.</summary>
    private void GoBack(int count)
    {
        (Message Message, string Id) summary = _live[0];
        bool all = count == _live.Count;
        _live = _live[..count];
        if (all)
        {
            return;
        }

        if (count - 1 > _kept)
        {
            _tip = _live[^1].Id;
            return;
        }

        if (count - 1 == _kept)
        {
            _tip = summary.Id;
            return;
        }

        // Only some of what a compaction kept: the compaction is told again behind the last of it.
        string? parent = count == 1 ? _start : _live[^1].Id;
        string id = WriteCompaction(summary.Message, parent, count == 1 ? null : _live[1].Id, 0);
        _live[0] = (summary.Message, id);
        _kept = count - 1;
        _tip = id;
    }

    private int Compact(List<ContextMessage> messages, long tokensBefore)
    {
        int preserved = Math.Min(messages.Count - 1, _kept < 0 ? _live.Count : _live.Count - 1);
        while (preserved > 0 && !Enumerable.Range(0, preserved).All(i => IsSame(messages[1 + i].Message, _live[_live.Count - preserved + i].Message)))
        {
            preserved--;
        }

        List<(Message Message, string Id)> kept = _live[(_live.Count - preserved)..];
        string id = WriteCompaction(messages[0].Message, _tip, preserved == 0 ? null : kept[0].Id, tokensBefore);
        _live = [(messages[0].Message, id), .. kept];
        _kept = preserved;
        _tip = id;
        return 1 + preserved;
    }

    private string WriteCompaction(Message summary, string? parent, string? firstKept, long tokensBefore)
    {
        string text = CompactionNote.TextOf(summary);
        string id = NewId();
        return Entry("compaction", parent, writer =>
        {
            writer.Member("summary"u8, text);
            writer.Member("firstKeptEntryId"u8, firstKept ?? id); // its own id keeps nothing
            writer.Member("tokensBefore"u8, tokensBefore);
            if (!IsSame(CompactionNote.ToMessage(text), summary))
            {
                writer.Name(Encoding.UTF8.GetBytes(PiMessages.Original));
                MessageJson.Write(writer, summary);
            }
        }, id);
    }

    private void Append(ContextMessage message)
    {
        foreach (ToolCall call in message.Message.ToolCalls ?? [])
        {
            _toolNames[call.Id] = call.Name;
        }

        DateTimeOffset at = _times.Next(message.Message);
        _tip = Entry(PiMessages.EntryType(message.Message), _tip, writer => PiMessages.WriteMembers(writer, message, _model, at, _toolNames));
        _live.Add((message.Message, _tip));
    }

    private string Entry(string type, string? parent, Action<JsonWriter> members, string? id = null)
    {
        id ??= NewId();
        _writer.Clear();
        _writer.BeginObject();
        _writer.Member("type"u8, type);
        _writer.Member("id"u8, id);
        _writer.Member("parentId"u8, parent);
        _writer.Member("timestamp"u8, PiSessionFile.Timestamp(_times.Latest));
        members(_writer);
        _writer.EndObject();
        EndLine();
        _last = id;
        return id;
    }

    private void EndLine()
    {
        _lines.Write(_writer.WrittenSpan);
        _lines.Write("\n"u8);
    }

    /// <summary>Ids are made of the session's id, so that the same session always gives the same file.</summary>
    private string NewId()
    {
        for (int attempt = 0; ; attempt++)
        {
            byte[] seed = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_sessionId}/{_ids.Count}/{attempt}"));
            string id = Convert.ToHexStringLower(SHA256.HashData(seed).AsSpan(0, 4));
            if (_ids.Add(id))
            {
                return id;
            }
        }
    }

    private static bool IsSame(Message a, Message b) => a.Line.Span.SequenceEqual(b.Line.Span);
}
