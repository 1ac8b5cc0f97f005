using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>A session made of another.</summary>
/// <param name="Session">The new session.</param>
/// <param name="Input">After going back, what the user had said: to be edited and sent again.</param>
public sealed record ForkedSession(SessionLocation Session, UserInput? Input = null);

/// <summary>Makes new sessions of the first turns of another, in the same work directory.</summary>
public sealed class SessionFork(SessionStore store)
{
    private const string DMail = "SendDMail";

    private static readonly byte[][] s_types = [.. new[] { "TurnBegin", "TurnEnd", "StepBegin", "SteerInput", "CompactionEnd", DMail }.Select(static type => Encoding.UTF8.GetBytes($"\"{type}\""))];

    /// <summary>Makes a session of all turns up to one.</summary>
    /// <param name="id">The session to copy from.</param>
    /// <param name="turn">Index of the last turn, from 0; null for all.</param>
    /// <exception cref="SessionStorageException">There is no such session or turn, or it cannot be written.</exception>
    public ForkedSession Fork(string id, int? turn = null) => new(Make(id, turn, "Fork", out _));

    /// <summary>Makes a session of all turns before one, and returns what that turn began with.</summary>
    /// <param name="id">The session to copy from.</param>
    /// <param name="turn">Index of the turn to undo, from 0.</param>
    /// <exception cref="SessionStorageException">There is no such session or turn, or it cannot be written.</exception>
    public ForkedSession Undo(string id, int turn)
    {
        SessionLocation session = Make(id, turn - 1, "Undo", out List<ForkedTurn> turns);
        return new ForkedSession(session, turns[turn].Input);
    }

    /// <summary>What the user said at the start of every turn, in order.</summary>
    /// <exception cref="SessionStorageException">There is no such session.</exception>
    public IReadOnlyList<UserInput?> Inputs(string id) =>
        [.. ReadTurns([.. JsonLinesFile.ReadLines(Path.Join(Locate(id), "wire.jsonl"))]).Select(static turn => turn.Input)];

    private string Locate(string id) => store.Find(id) ?? throw new SessionStorageException($"There is no session '{id}'.");

    private SessionLocation Make(string id, int? last, string prefix, out List<ForkedTurn> turns)
    {
        string source = Locate(id);
        List<ReadOnlyMemory<byte>> wire = [.. JsonLinesFile.ReadLines(Path.Join(source, "wire.jsonl"))];
        turns = ReadTurns(wire);
        int beyond = prefix == "Undo" ? last!.Value + 1 : last ?? 0;
        if (beyond < 0 || (last is not null && beyond >= turns.Count))
        {
            throw new SessionStorageException($"The session '{id}' has no turn {beyond}: it has {turns.Count}.");
        }

        SessionState original = new(source);
        original.Load();
        SessionLocation fork = store.Create();
        try
        {
            int end = last switch { null => wire.Count, < 0 => 0, int index => turns[index].End };
            byte[] record = Lines(Header(wire, end));
            string wirePath = Path.Join(fork.Directory, "wire.jsonl");
            File.WriteAllBytes(wirePath, record);
            byte[] context = Lines(last < 0 ? [] : ForkedContext.Lines(source, turns, last));
            File.WriteAllBytes(Path.Join(fork.Directory, "context.jsonl"), context);
            ModelLog.Copy(source, fork.Directory);
            CopyUploads(Path.Join(source, "uploads"), Path.Join(fork.Directory, "uploads"), record, context);
            new SessionState(fork.Directory)
            {
                WireModified = new DateTimeOffset(File.GetLastWriteTimeUtc(wirePath)).ToUnixTimeMilliseconds() / 1000.0,
            }.SaveOwn(state =>
            {
                state.CustomTitle = $"{prefix}: {SessionTitle.Display(original, Path.Join(source, "wire.jsonl"))}";
                state.TitleGenerated = true;
            });
            return fork;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Directory.Delete(fork.Directory, recursive: true);
            throw new SessionStorageException($"The session '{id}' cannot be copied: {e.Message}", e);
        }
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Header(List<ReadOnlyMemory<byte>> wire, int end)
    {
        if (end == 0)
        {
            return wire.Take(wire.Count > 0 && WireLog.IsHeader(wire[0].Span) ? 1 : 0);
        }

        return wire.Take(end);
    }

    /// <summary>The turns of a record. A turn whose end is missing, because the program was killed, ends where the next begins.</summary>
    private static List<ForkedTurn> ReadTurns(List<ReadOnlyMemory<byte>> wire)
    {
        List<(int Line, bool Begins, UserInput? Input)> marks = [];
        List<(int Line, string Type)> others = [];
        List<string> mails = [];
        for (int i = 0; i < wire.Count; i++)
        {
            if (!s_types.Any(type => wire[i].Span.IndexOf(type) >= 0) && (mails.Count == 0 || wire[i].Span.IndexOf("\"ToolResult\""u8) < 0))
            {
                continue;
            }

            try
            {
                if (LenientJson.Parse(wire[i]).TryMember("message", out JsonElement message) && message.StringOrNull("type") is string type)
                {
                    if (type is "TurnBegin" or "TurnEnd")
                    {
                        marks.Add((i, type == "TurnBegin", type == "TurnBegin" ? InputOf(message) : null));
                    }
                    else if (type is "ToolCall" or "ToolResult")
                    {
                        if (IsSentMail(message, type, mails))
                        {
                            others.Add((i, DMail));
                        }
                    }
                    else
                    {
                        others.Add((i, type));
                    }
                }
            }
            catch (JsonException)
            {
                // a line that cannot be read begins and ends nothing
            }
        }

        List<ForkedTurn> turns = [];
        for (int i = 0; i < marks.Count; i++)
        {
            if (marks[i].Begins)
            {
                turns.Add(TurnAt(i));
            }
        }

        return turns;

        ForkedTurn TurnAt(int begin)
        {
            (int end, bool hasNested) = EndOf(begin);
            int start = marks[begin].Line;
            UserInput? input = marks[begin].Input;
            if (hasNested)
            {
                return new ForkedTurn(start, end, input, 0, 0); // what its nested turns said is theirs
            }

            IEnumerable<(int Line, string Type)> inside = others.Skip(FirstOther(start)).TakeWhile(other => other.Line < end);
            int Count(string type) => inside.Count(other => other.Type == type);
            string text = input?.JoinedText.Trim() ?? "";
            string command = text.StartsWith('/') ? text.Split((char[]?)null, 2)[0] : "";
            int said = command.Length > 0 && Count("StepBegin") == 0 ? 0 : 1;
            return new ForkedTurn(start, end, input, said + Count("SteerInput"), command is "/clear" or "/reset" ? 1 : Count("CompactionEnd") + Count(DMail));
        }

        // Their lines are in order: a long record is not looked through for every turn.
        int FirstOther(int line)
        {
            int low = 0;
            for (int high = others.Count; low < high;)
            {
                int middle = (low + high) / 2;
                (low, high) = others[middle].Line < line ? (middle + 1, high) : (low, middle);
            }

            return low;
        }

        (int End, bool HasNested) EndOf(int begin)
        {
            int depth = 0;
            for (int i = begin; i < marks.Count; i++)
            {
                depth += marks[i].Begins ? 1 : -1;
                if (depth == 0)
                {
                    return (marks[i].Line + 1, i > begin + 1);
                }
            }

            return (begin + 1 < marks.Count ? marks[begin + 1].Line : wire.Count, false);
        }
    }

    /// <summary>Whether a message says that a D-Mail was sent: the conversation then goes back, and what it was is in a rotated file.</summary>
    /// <param name="message">A call or a result of a tool.</param>
    /// <param name="type">Which of the two.</param>
    /// <param name="open">Ids of calls that have no result yet.</param>
    private static bool IsSentMail(JsonElement message, string type, List<string> open)
    {
        if (!message.TryMember("payload", out JsonElement payload))
        {
            return false;
        }

        if (type == "ToolCall")
        {
            if (payload.TryMember("function", out JsonElement function) && function.StringOrNull("name") == DMail && payload.StringOrNull("id") is string id)
            {
                open.Add(id);
            }

            return false;
        }

        return payload.StringOrNull("tool_call_id") is string answered && open.Remove(answered)
            && payload.TryMember("return_value", out JsonElement value) && value.TryMember("is_error", out JsonElement isError) && isError.ValueKind == JsonValueKind.False;
    }

    private static UserInput? InputOf(JsonElement message)
    {
        try
        {
            return message.TryMember("payload", out JsonElement payload) && payload.TryMember("user_input", out JsonElement input) ? UserInput.Read(input) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static void CopyUploads(string source, string target, byte[] record, byte[] context)
    {
        if (!Directory.Exists(source))
        {
            return;
        }

        foreach (string file in Directory.EnumerateFiles(source))
        {
            string name = Path.GetFileName(file);
            byte[] bytes = Encoding.UTF8.GetBytes(name);
            if (record.AsSpan().IndexOf(bytes) >= 0 || context.AsSpan().IndexOf(bytes) >= 0)
            {
                Directory.CreateDirectory(target);
                File.Copy(file, Path.Join(target, name));
            }
        }
    }

    private static byte[] Lines(IEnumerable<ReadOnlyMemory<byte>> lines)
    {
        using MemoryStream text = new();
        foreach (ReadOnlyMemory<byte> line in lines)
        {
            text.Write(line.Span);
            text.WriteByte((byte)'\n');
        }

        return text.ToArray();
    }
}
