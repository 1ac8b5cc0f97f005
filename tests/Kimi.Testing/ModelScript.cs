using System.Text;
using System.Text.Json;

namespace Kimi.Testing;

/// <summary>
/// The answers of a model server as JSON, for servers started as a process: an array of objects. Members of an answer:
/// <c>text</c> (string or array of pieces), <c>think</c>, <c>signature</c>, <c>tool_calls</c> ([id, name, arguments]) for
/// what the model says; or <c>status</c>, <c>content_type</c>, <c>headers</c>, <c>body</c> for a raw answer; for both
/// <c>delay_ms</c>, <c>pause_ms</c>, <c>write_size</c>, <c>end</c> (cut, reset, hang), <c>nothing</c>.
/// </summary>
public static class ModelScript
{
    public static Func<RecordedRequest, ModelAnswer> Read(JsonElement answer)
    {
        Reply? reply = answer.TryGetProperty("body", out _) || answer.TryGetProperty("status", out _) ? null : ReadReply(answer);
        return request =>
        {
            ModelAnswer made = reply is null
                ? ModelAnswer.Of(Text(answer, "body") ?? "", Number(answer, "status") ?? 200, Text(answer, "content_type") ?? "text/event-stream")
                : ModelAnswer.Of(reply.ToBody(request.Path));
            return made with
            {
                Headers = answer.TryGetProperty("headers", out JsonElement headers)
                    ? [.. headers.EnumerateObject().Select(static header => KeyValuePair.Create(header.Name, header.Value.ToString()))]
                    : [],
                Delay = TimeSpan.FromMilliseconds(Number(answer, "delay_ms") ?? 0),
                Pause = TimeSpan.FromMilliseconds(Number(answer, "pause_ms") ?? 0),
                WriteSize = Number(answer, "write_size") ?? 0,
                SendsNothing = answer.TryGetProperty("nothing", out JsonElement nothing) && nothing.ValueKind == JsonValueKind.True,
                End = Text(answer, "end") switch { "cut" => AnswerEnd.Cut, "reset" => AnswerEnd.Reset, "hang" => AnswerEnd.Hang, _ => AnswerEnd.Normal },
            };
        };
    }

    /// <summary>What the model says, in the short form.</summary>
    public static Reply ReadReply(JsonElement answer)
    {
        IReadOnlyList<string> text = !answer.TryGetProperty("text", out JsonElement pieces) ? []
            : pieces.ValueKind == JsonValueKind.Array ? [.. pieces.EnumerateArray().Select(static piece => piece.GetString()!)]
            : [pieces.GetString()!];
        IReadOnlyList<ReplyCall> calls = !answer.TryGetProperty("tool_calls", out JsonElement list) ? []
            : [.. list.EnumerateArray().Select(static call => new ReplyCall(call[0].GetString()!, call[1].GetString()!, call[2].GetString() ?? ""))];
        return new Reply { Text = text, Think = Text(answer, "think"), Signature = Text(answer, "signature"), Calls = calls };
    }

    /// <summary>All answers of a script file.</summary>
    public static IReadOnlyList<Func<RecordedRequest, ModelAnswer>> ReadFile(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path, Encoding.UTF8));
        return [.. document.RootElement.EnumerateArray().Select(static answer => Read(answer.Clone()))];
    }

    private static string? Text(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? Number(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;
}
