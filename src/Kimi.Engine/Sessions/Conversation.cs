using System.Buffers;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions;

/// <summary>
/// The history that the model sees, and its file <c>context.jsonl</c>. Everything appended is on disk when the call returns.
/// Only one caller at a time may change it.
/// </summary>
public sealed class Conversation : IDisposable
{
    private const string CheckpointRole = "_checkpoint";
    private const string UsageRole = "_usage";
    private const string SystemPromptRole = "_system_prompt";

    private readonly string _directory;
    private readonly JsonLinesFile _file;
    private readonly ArrayBufferWriter<byte> _lines = new();
    private readonly JsonWriter _spaced = new(JsonLayout.Spaced, escapeNonAscii: true);
    private readonly List<Message> _history = [];
    private readonly List<Message> _request = [];
    private long _tokenCount;
    private long _pendingEstimate;

    /// <summary>Names the conversation of a session directory; nothing is read yet.</summary>
    public Conversation(string sessionDirectory)
    {
        _directory = sessionDirectory;
        _file = new JsonLinesFile(Path.Join(sessionDirectory, "context.jsonl"));
    }

    /// <summary>Path of <c>context.jsonl</c>.</summary>
    public string FilePath => _file.Path;

    /// <summary>All messages, in order.</summary>
    public IReadOnlyList<Message> History => _history;

    /// <summary>
    /// The messages as a request has them: adjacent user messages merged, notifications kept apart. Maintained with every
    /// append, so that a step does not look at the whole history again.
    /// </summary>
    public IReadOnlyList<Message> RequestHistory => _request;

    /// <summary>The frozen system prompt; null until it is set.</summary>
    public string? SystemPrompt { get; private set; }

    /// <summary>Id of the next checkpoint, which is also how many there are.</summary>
    public int NextCheckpoint { get; private set; }

    /// <summary>Last known number of tokens, without what was appended since.</summary>
    public long TokenCount => _tokenCount;

    /// <summary>Last known number of tokens plus an estimate of what was appended since.</summary>
    public long EstimatedTokenCount => _tokenCount + _pendingEstimate;

    /// <summary>Whether the agent gets a message for every checkpoint, because it can send D-Mail.</summary>
    public bool AnnouncesCheckpoints { get; set; }

    /// <summary>Called for every line that could not be used, with a sentence for the log.</summary>
    public Action<string>? Report { get; set; }

    /// <summary>Estimate of the context tokens of messages: a quarter of the code points of their texts.</summary>
    public static long Estimate(IEnumerable<Message> messages)
    {
        long sum = 0;
        foreach (Message message in messages)
        {
            sum += message.TextLength;
        }

        return sum / 4;
    }

    /// <summary>Reads the file. Lines that cannot be used are reported and stay in the file.</summary>
    public void Restore()
    {
        _history.Clear();
        _request.Clear();
        _tokenCount = 0;
        _pendingEstimate = 0;
        NextCheckpoint = 0;
        int number = 0;
        int sinceUsage = 0;
        FinishReplacement();
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(_file.Path))
        {
            number++;
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            try
            {
                JsonElement value = LenientJson.Parse(line);
                switch (value.StringOrNull("role"))
                {
                    case SystemPromptRole:
                        SystemPrompt = value.StringOrNull("content") ?? throw new FormatException("the system prompt must be a string");
                        break;
                    case CheckpointRole:
                        NextCheckpoint = checked((int)RequiredNumber(value, "id") + 1);
                        break;
                    case UsageRole:
                        _tokenCount = RequiredNumber(value, "token_count");
                        sinceUsage = _history.Count;
                        break;
                    default:
                        Add(MessageJson.Read(value));
                        break;
                }
            }
            catch (Exception e) when (e is JsonException or FormatException or OverflowException)
            {
                Report?.Invoke($"Line {number} of '{_file.Path}' is skipped: {e.Message}");
            }
        }

        _pendingEstimate = Estimate(_history.Skip(sinceUsage));
    }

    /// <summary>Freezes the system prompt: first line of a new file, put in front of an older one that has none.</summary>
    public void SetSystemPrompt(string prompt)
    {
        SystemPrompt = prompt;
        byte[] line = BookkeepingLine(writer => writer.Member("content"u8, prompt), SystemPromptRole);
        if (!File.Exists(_file.Path) || new FileInfo(_file.Path).Length == 0)
        {
            _file.Append(line);
            return;
        }

        _file.Close();
        try
        {
            using (FileStream target = new(TemporaryPath, FileMode.Create, FileAccess.Write))
            using (FileStream source = new(_file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete))
            {
                target.Write(line);
                source.CopyTo(target);
                target.Flush(flushToDisk: true);
            }

            File.Move(TemporaryPath, _file.Path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ForgetTemporary();
            throw new SessionStorageException($"The session file '{_file.Path}' cannot be written: {e.Message}", e);
        }
    }

    /// <summary>Appends a message.</summary>
    public void Append(Message message)
    {
        WriteLine(message.Line.Span);
        AppendWritten();
        Add(message);
        _pendingEstimate += message.TextLength / 4;
    }

    /// <summary>Appends messages that belong together, in one write.</summary>
    public void Append(IReadOnlyList<Message> messages)
    {
        if (messages.Count == 0)
        {
            return;
        }

        foreach (Message message in messages)
        {
            WriteLine(message.Line.Span);
        }

        AppendWritten();
        foreach (Message message in messages)
        {
            Add(message);
        }

        _pendingEstimate += Estimate(messages);
    }

    /// <summary>
    /// Appends an answer, its token count and the results of its calls, in one write: an answer whose calls have no results
    /// would make every later request invalid.
    /// </summary>
    public void AppendStep(Message answer, long? tokens, IReadOnlyList<Message> results)
    {
        WriteLine(answer.Line.Span);
        if (tokens is long count)
        {
            _lines.Write(BookkeepingLine(writer => writer.Member("token_count"u8, count), UsageRole));
        }

        foreach (Message result in results)
        {
            WriteLine(result.Line.Span);
        }

        AppendWritten();
        Add(answer);
        if (tokens is long known)
        {
            _tokenCount = known;
            _pendingEstimate = 0;
        }
        else
        {
            _pendingEstimate += answer.TextLength / 4;
        }

        foreach (Message result in results)
        {
            Add(result);
        }

        _pendingEstimate += Estimate(results);
    }

    /// <summary>Writes a checkpoint and returns its id.</summary>
    public int Checkpoint()
    {
        int id = NextCheckpoint;
        _file.Append(BookkeepingLine(writer => writer.Member("id"u8, id), CheckpointRole));
        NextCheckpoint = id + 1;
        if (AnnouncesCheckpoints)
        {
            Append(CheckpointMessage(id));
        }

        return id;
    }

    /// <summary>Notes the number of tokens of everything so far.</summary>
    public void SetTokenCount(long tokens)
    {
        _file.Append(BookkeepingLine(writer => writer.Member("token_count"u8, tokens), UsageRole));
        _tokenCount = tokens;
        _pendingEstimate = 0;
    }

    /// <summary>Goes back to a checkpoint: it and everything after it is gone; the old file is kept under another name.</summary>
    public void RevertTo(int checkpoint)
    {
        List<ReadOnlyMemory<byte>> kept = [];
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(_file.Path))
        {
            try
            {
                JsonElement value = LenientJson.Parse(line);
                string? role = value.StringOrNull("role");
                if (role == CheckpointRole && value.LongOr("id", -1) == checkpoint)
                {
                    break;
                }

                if (role is null)
                {
                    continue;
                }

                kept.Add(line);
            }
            catch (JsonException)
            {
                // invalid lines stay in the rotated file only
            }
        }

        using MemoryStream content = new();
        foreach (ReadOnlyMemory<byte> line in kept)
        {
            content.Write(line.Span);
            content.WriteByte((byte)'\n');
        }

        ReplaceFile(content);
        Restore();
    }

    /// <summary>
    /// Puts messages in the place of the whole history, after the system prompt and a first checkpoint; the old file is kept
    /// under another name. Whenever the program ends, the file holds the old history or the new one.
    /// </summary>
    /// <param name="messages">The new history.</param>
    /// <param name="tokens">Its number of tokens.</param>
    public void Replace(IReadOnlyList<Message> messages, long tokens)
    {
        using MemoryStream content = new();
        if (SystemPrompt is string prompt)
        {
            content.Write(BookkeepingLine(writer => writer.Member("content"u8, prompt), SystemPromptRole));
        }

        content.Write(BookkeepingLine(static writer => writer.Member("id"u8, 0), CheckpointRole));
        List<Message> all = [.. messages];
        if (AnnouncesCheckpoints)
        {
            all.Insert(0, CheckpointMessage(0));
        }

        foreach (Message message in all)
        {
            content.Write(message.Line.Span);
            content.WriteByte((byte)'\n');
        }

        content.Write(BookkeepingLine(writer => writer.Member("token_count"u8, tokens), UsageRole));
        ReplaceFile(content);
        _history.Clear();
        _request.Clear();
        foreach (Message message in all)
        {
            Add(message);
        }

        NextCheckpoint = 1;
        _tokenCount = tokens;
        _pendingEstimate = 0;
    }

    /// <summary>Empties the conversation but for the system prompt; the old file is kept under another name.</summary>
    public void Clear()
    {
        Rotate();
        _history.Clear();
        _request.Clear();
        _tokenCount = 0;
        _pendingEstimate = 0;
        NextCheckpoint = 0;
        if (SystemPrompt is not null)
        {
            _file.Append(BookkeepingLine(writer => writer.Member("content"u8, SystemPrompt), SystemPromptRole));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private string TemporaryPath => Path.Join(_directory, "context.tmp");

    private static long RequiredNumber(JsonElement value, string name) =>
        value.TryMember(name, out JsonElement member) && member.ValueKind == JsonValueKind.Number && member.TryGetInt64(out long number)
            ? number : throw new FormatException($"the member '{name}' must be an integer");

    private static bool IsNotification(Message message) =>
        message.Content is [TextPart text] && text.Text.StartsWith("<notification ", StringComparison.Ordinal);

    private void Add(Message message)
    {
        _history.Add(message);
        if (message.Role == Role.User && _request.Count > 0 && _request[^1] is { Role: Role.User } last && !IsNotification(message) && !IsNotification(last))
        {
            _request[^1] = new Message(Role.User, [.. last.Content, .. message.Content], name: last.Name);
        }
        else
        {
            _request.Add(message);
        }
    }

    private static Message CheckpointMessage(int id) => new(Role.User, $"<system>CHECKPOINT {id}</system>");

    private void Rotate()
    {
        _file.Close();
        if (!File.Exists(_file.Path))
        {
            return;
        }

        try
        {
            File.Move(_file.Path, ReserveRotatedName(), overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SessionStorageException($"The session file '{_file.Path}' cannot be set aside: {e.Message}", e);
        }
    }

    /// <summary>Sets the file aside and puts another content in its place.</summary>
    private void ReplaceFile(MemoryStream content)
    {
        _file.Close();
        string rotated;
        try
        {
            using (FileStream target = new(TemporaryPath, FileMode.Create, FileAccess.Write))
            {
                content.WriteTo(target);
                target.Flush(flushToDisk: true);
            }

            rotated = ReserveRotatedName();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            ForgetTemporary();
            throw new SessionStorageException($"The session file '{_file.Path}' cannot be replaced: {e.Message}", e);
        }

        try
        {
            File.Replace(TemporaryPath, _file.Path, rotated);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            // A file system without hard links: between the two moves only the next opening can finish the work.
            if (File.Exists(_file.Path))
            {
                File.Move(_file.Path, rotated, overwrite: true);
            }

            File.Move(TemporaryPath, _file.Path);
        }
    }

    // What is left of a replacement that failed must not be taken for one that was cut off.
    private void ForgetTemporary()
    {
        try
        {
            File.Delete(TemporaryPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Report?.Invoke($"The file '{TemporaryPath}' cannot be deleted: {e.Message}");
        }
    }

    /// <summary>Finishes a replacement that was cut off between its two moves.</summary>
    private void FinishReplacement()
    {
        FileInfo file = new(_file.Path);
        if ((!file.Exists || file.Length == 0) && File.Exists(TemporaryPath))
        {
            _file.Close();
            File.Move(TemporaryPath, _file.Path, overwrite: true);
        }
    }

    private string ReserveRotatedName()
    {
        int next = 1;
        foreach (string name in Directory.EnumerateFiles(_directory, "context_*.jsonl"))
        {
            if (int.TryParse(Path.GetFileNameWithoutExtension(name)["context_".Length..], out int number))
            {
                next = Math.Max(next, number + 1);
            }
        }

        string reserved = Path.Join(_directory, $"context_{next}.jsonl");
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (new FileStream(reserved, options))
        {
        }

        return reserved;
    }

    private void WriteLine(ReadOnlySpan<byte> line)
    {
        _lines.Write(line);
        _lines.Write("\n"u8);
    }

    private void AppendWritten()
    {
        try
        {
            _file.Append(_lines.WrittenSpan);
        }
        finally
        {
            _lines.ResetWrittenCount();
        }
    }

    private byte[] BookkeepingLine(Action<JsonWriter> write, string role)
    {
        _spaced.Clear();
        _spaced.BeginObject();
        _spaced.Member("role"u8, role);
        write(_spaced);
        _spaced.EndObject();
        byte[] line = new byte[_spaced.Length + 1];
        _spaced.WrittenSpan.CopyTo(line);
        line[^1] = (byte)'\n';
        return line;
    }
}
