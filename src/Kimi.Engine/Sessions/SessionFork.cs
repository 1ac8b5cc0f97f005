using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Sessions.Transcripts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>A session made of another.</summary>
/// <param name="Session">The new session.</param>
/// <param name="Input">After going back, what the user had said: to be edited and sent again.</param>
public sealed record ForkedSession(SessionLocation Session, UserInput? Input = null);

/// <summary>Makes new sessions of the first turns of another, in the same work directory.</summary>
public sealed class SessionFork(SessionStore store)
{
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
        SessionLocation session = Make(id, turn - 1, "Undo", out List<Turn> turns);
        return new ForkedSession(session, turns[turn].Input);
    }

    /// <summary>What the user said at the start of every turn, in order.</summary>
    /// <exception cref="SessionStorageException">There is no such session.</exception>
    public IReadOnlyList<UserInput?> Inputs(string id) =>
        [.. ReadTurns([.. JsonLinesFile.ReadLines(Path.Join(Locate(id), "wire.jsonl"))]).Select(static turn => turn.Input)];

    private string Locate(string id) => store.Find(id) ?? throw new SessionStorageException($"There is no session '{id}'.");

    private SessionLocation Make(string id, int? last, string prefix, out List<Turn> turns)
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
            byte[] context = Lines(last < 0 ? [] : Context(Path.Join(source, "context.jsonl"), last));
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
    private static List<Turn> ReadTurns(List<ReadOnlyMemory<byte>> wire)
    {
        List<(int Line, bool Begins, UserInput? Input)> marks = [];
        for (int i = 0; i < wire.Count; i++)
        {
            if (wire[i].Span.IndexOf("\"TurnBegin\""u8) < 0 && wire[i].Span.IndexOf("\"TurnEnd\""u8) < 0)
            {
                continue;
            }

            try
            {
                if (LenientJson.Parse(wire[i]).TryMember("message", out JsonElement message) && message.StringOrNull("type") is string type and ("TurnBegin" or "TurnEnd"))
                {
                    marks.Add((i, type == "TurnBegin", type == "TurnBegin" ? InputOf(message) : null));
                }
            }
            catch (JsonException)
            {
                // a line that cannot be read begins and ends nothing
            }
        }

        List<Turn> turns = [];
        for (int i = 0; i < marks.Count; i++)
        {
            if (marks[i].Begins)
            {
                turns.Add(new Turn(EndOf(i), marks[i].Input));
            }
        }

        return turns;

        int EndOf(int begin)
        {
            int depth = 0;
            for (int i = begin; i < marks.Count; i++)
            {
                depth += marks[i].Begins ? 1 : -1;
                if (depth == 0)
                {
                    return marks[i].Line + 1;
                }
            }

            return begin + 1 < marks.Count ? marks[begin + 1].Line : wire.Count;
        }
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

    /// <summary>The lines before the message of the user that begins the turn after the last one wanted. What the program itself said as the user does not count.</summary>
    private static IEnumerable<ReadOnlyMemory<byte>> Context(string path, int? last)
    {
        int left = last is int index ? index + 1 : int.MaxValue;
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(path))
        {
            if (IsFromUser(line) && left-- == 0)
            {
                yield break;
            }

            yield return line;
        }
    }

    private static bool IsFromUser(ReadOnlyMemory<byte> line)
    {
        try
        {
            return InternalMessages.IsFromUser(MessageJson.Read(LenientJson.Parse(line)));
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            return false;
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

    private sealed record Turn(int End, UserInput? Input);
}
