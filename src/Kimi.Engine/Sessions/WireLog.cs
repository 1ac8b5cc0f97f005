using Kimi.Engine.Chat;
using Kimi.Engine.Text;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Sessions;

/// <summary>
/// The record of what was said, <c>wire.jsonl</c>: the merged stream with times. Approval and hook requests are not part of
/// it, since they travel outside the turn.
/// </summary>
public sealed class WireLog(string path, TimeProvider time) : IDisposable
{
    private const string LegacyVersion = "1.1";

    private readonly JsonLinesFile _file = new(path);
    private readonly JsonWriter _writer = new(JsonLayout.Spaced);
    private readonly PartMerger _merger = new();
    private bool _opened;
    private bool _closed;
    private int _missing;

    /// <summary>Path of the file.</summary>
    public string FilePath => _file.Path;

    /// <summary>Why the last message could not be recorded; null while all is well. Recording goes on as soon as it can.</summary>
    public SessionStorageException? Failure { get; private set; }

    /// <summary>Told, in a sentence, when recording fails and when it goes on.</summary>
    public Action<string>? Report { get; set; }

    /// <summary>Records a message; fragments wait until their part is whole.</summary>
    public void Record(WireMessage message)
    {
        if (_closed || message is ApprovalRequest or ApprovalResponse or HookRequest)
        {
            return;
        }

        StreamPart? finished = StreamEvents.PartOf(message) is StreamPart part ? _merger.Add(part) : _merger.Flush();
        if (finished is not null)
        {
            Write(StreamEvents.Of(finished));
        }

        if (message is not (ContentEvent or ToolCallEvent or ToolCallPartEvent))
        {
            Write(message);
        }
    }

    /// <summary>Records a fragment that still waits.</summary>
    public void Flush()
    {
        if (_merger.Flush() is StreamPart rest)
        {
            Write(StreamEvents.Of(rest));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_closed)
        {
            Flush();
            _closed = true;
            _file.Dispose();
        }
    }

    /// <summary>Whether a file holds no record: it is missing, or has only blank and header lines.</summary>
    public static bool IsEmpty(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            return true;
        }

        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(path))
        {
            if (!line.Span.Trim(" \t\r"u8).IsEmpty && !IsHeader(line.Span))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Whether a line is the header.</summary>
    public static bool IsHeader(ReadOnlySpan<byte> line) =>
        line.IndexOf("\"metadata\""u8) is >= 0 and < 40 && line.IndexOf("protocol_version"u8) >= 0;

    private void Write(WireMessage message)
    {
        try
        {
            if (!_opened)
            {
                WriteHeader();
                _opened = true;
            }

            _writer.Clear();
            _writer.BeginObject();
            _writer.Member("timestamp"u8, (double?)(time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0));
            _writer.Name("message"u8);
            message.WriteEnvelope(_writer);
            _writer.EndObject();
            AppendLine();
            if (Failure is not null)
            {
                Failure = null;
                Report?.Invoke($"The record of the session goes on; {_missing} messages are missing in it.");
                _missing = 0;
            }
        }
        catch (SessionStorageException e)
        {
            _missing++;
            if (Failure is null)
            {
                Report?.Invoke($"The record of the session has a gap from here on: {e.Message}");
            }

            Failure = e;
        }
    }

    private void WriteHeader()
    {
        // An existing empty file counts as one of the first protocol; one with content is only appended to.
        string? version = !File.Exists(_file.Path) ? WireMessage.ProtocolVersion : new FileInfo(_file.Path).Length == 0 ? LegacyVersion : null;
        if (version is null)
        {
            return;
        }

        _writer.Clear();
        _writer.BeginObject();
        _writer.Member("type"u8, "metadata");
        _writer.Member("protocol_version"u8, version);
        _writer.EndObject();
        AppendLine();
    }

    private void AppendLine()
    {
        byte[] line = System.Buffers.ArrayPool<byte>.Shared.Rent(_writer.Length + 1);
        _writer.WrittenSpan.CopyTo(line);
        line[_writer.Length] = (byte)'\n';
        _file.Append(line.AsSpan(0, _writer.Length + 1));
        System.Buffers.ArrayPool<byte>.Shared.Return(line);
    }
}
