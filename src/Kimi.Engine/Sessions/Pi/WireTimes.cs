using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Sessions.Pi;

/// <summary>When messages were said: context files hold no times, the wire log does.</summary>
internal sealed class WireTimes
{
    private readonly Dictionary<string, Queue<DateTimeOffset>> _times = new(StringComparer.Ordinal);
    private DateTimeOffset _latest;

    /// <summary>Reads the times of a session.</summary>
    public WireTimes(string sessionDirectory)
    {
        foreach (ReadOnlyMemory<byte> line in JsonLinesFile.ReadLines(Path.Join(sessionDirectory, "wire.jsonl")))
        {
            try
            {
                Note(LenientJson.Parse(line));
            }
            catch (Exception e) when (e is JsonException or FormatException)
            {
                // a line that cannot be read tells no time
            }
        }

        string context = Path.Join(sessionDirectory, "context.jsonl");
        First ??= File.Exists(context) ? new DateTimeOffset(File.GetLastWriteTimeUtc(context)) : DateTimeOffset.UnixEpoch;
        _latest = First.Value;
    }

    /// <summary>Time of the first record; of the conversation's last change when there is none.</summary>
    public DateTimeOffset? First { get; private set; }

    /// <summary>Time of the latest message so far.</summary>
    public DateTimeOffset Latest => _latest;

    /// <summary>Time of a message; of the one before it when it is not known. Never goes back.</summary>
    public DateTimeOffset Next(Message message)
    {
        if (KeyOf(message) is string key && _times.TryGetValue(key, out Queue<DateTimeOffset>? times) && times.TryDequeue(out DateTimeOffset time) && time > _latest)
        {
            _latest = time;
        }

        return _latest;
    }

    private static string? KeyOf(Message message) => message.Role switch
    {
        Role.User => "user " + message.ExtractText(" "),
        Role.Tool => "result " + message.ToolCallId,
        Role.Assistant when message.ToolCalls is [ToolCall call, ..] => "call " + call.Id,
        Role.Assistant when message.Content.OfType<TextPart>().LastOrDefault() is TextPart text => "text " + text.Text,
        _ => null,
    };

    private void Note(JsonElement record)
    {
        if (record.DoubleOrNull("timestamp") is not (double seconds and > 0 and < 1e11) || !record.TryMember("message", out JsonElement message) || !message.TryMember("payload", out JsonElement payload))
        {
            return;
        }

        DateTimeOffset time = DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(seconds * 1000));
        First ??= time;
        string? key = message.StringOrNull("type") switch
        {
            "TurnBegin" or "SteerInput" when payload.TryMember("user_input", out JsonElement input) => "user " + UserInput.Read(input).JoinedText,
            "ToolCall" => "call " + payload.StringOrNull("id"),
            "ToolResult" => "result " + payload.StringOrNull("tool_call_id"),
            "ContentPart" when payload.StringOrNull("text") is string text => "text " + text,
            _ => null,
        };
        if (key is not null)
        {
            if (!_times.TryGetValue(key, out Queue<DateTimeOffset>? times))
            {
                _times.Add(key, times = new Queue<DateTimeOffset>());
            }

            times.Enqueue(time);
        }
    }
}
