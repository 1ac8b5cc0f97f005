using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kimi.Testing.Vectors;

/// <summary>One recorded exchange.</summary>
public sealed class Vector
{
    private static readonly Dictionary<string, IReadOnlyList<Vector>> s_files = [];

    private Vector(string file, string provider, JsonObject data)
    {
        File = file;
        Provider = provider;
        Data = data;
    }

    /// <summary>File without extension, such as <c>requests/kimi</c>.</summary>
    public string File { get; }

    public string Provider { get; }

    public JsonObject Data { get; }

    public string Name => Data["name"]!.GetValue<string>();

    /// <summary>How the list of differences names it.</summary>
    public string FullName => File == "errors" ? $"errors/{Name}" : $"{File}/{Name}";

    public JsonObject Setup => Data["setup"] as JsonObject ?? [];

    public JsonObject Expected => (JsonObject)Data["expected"]!;

    public bool IsPrintMode => Setup.ContainsKey("print_mode_prompt");

    /// <summary>All vectors of a file.</summary>
    public static IReadOnlyList<Vector> Load(string file)
    {
        lock (s_files)
        {
            if (!s_files.TryGetValue(file, out IReadOnlyList<Vector>? vectors))
            {
                JsonArray list = JsonNode.Parse(System.IO.File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", file + ".json")))!.AsArray();
                vectors = s_files[file] = [.. list.Select(item => new Vector(file, file == "errors" ? item!["setup"]!["provider"]!.GetValue<string>() : file.Split('/')[1], item!.AsObject()))];
            }

            return vectors;
        }
    }

    public static Vector Find(string file, string name) => Load(file).First(vector => vector.Name == name);

    /// <summary>Names of a file's vectors that expect something.</summary>
    public static IEnumerable<string> Names(string file) => Load(file).Where(static vector => vector.Data.ContainsKey("expected")).Select(static vector => vector.Name);

    /// <summary>The recorded answers one by one, as far as they are written out; equal neighbours counted out, the last one repeats.</summary>
    public IEnumerable<JsonNode> Received()
    {
        foreach (JsonNode? entry in Data["received"] as JsonArray ?? [])
        {
            JsonNode answer = entry is JsonObject counted && counted["answer"] is JsonNode inner ? inner : entry!;
            int times = entry is JsonObject repeated && repeated["times"] is JsonNode count ? count.GetValue<int>() : 1;
            for (int i = 0; i < times; i++)
            {
                yield return answer;
            }
        }
    }

    /// <summary>The server's answers, in order; the last one repeats.</summary>
    public IEnumerable<Func<RecordedRequest, ModelAnswer>> Answers()
    {
        if (Setup["answers"] is JsonArray answers)
        {
            foreach (JsonNode? answer in answers)
            {
                if (answer!["note"] is not null)
                {
                    yield return request => UploadAnswer(request, Name == "video-upload-fails");
                    continue;
                }

                yield return answer!["body"] is not null ? _ => Raw(answer.AsObject()) : Short(answer);
            }

            yield break;
        }

        foreach (JsonNode answer in Received())
        {
            if (answer is JsonValue text)
            {
                string name = text.GetValue<string>();
                string path = Provider switch { "anthropic" => "/messages", "openai_responses" => "/responses", _ => "" };
                yield return name == "DONE"
                    ? _ => Raw(Find(File, "DONE").Data["received"]![0]!.AsObject())
                    : _ => ModelAnswer.Of(Reply.Says(name.Split('"')[1]).ToBody(path));
            }
            else
            {
                yield return _ => Raw(answer.AsObject());
            }
        }
    }

    // A call of the tool that reads media, the file service, and an answer once the result is there.
    private static ModelAnswer UploadAnswer(RecordedRequest request, bool fails) =>
        request.Path.EndsWith("/files", StringComparison.Ordinal)
            ? fails ? ModelAnswer.Error(500) : ModelAnswer.Of("""{"id":"file-77"}""", contentType: "application/json")
            : ModelAnswer.Of((request.Text.Contains("\"role\":\"tool\"", StringComparison.Ordinal)
                ? Reply.Says("Hello.")
                : Reply.Calling(("call_a", "ReadMediaFile", """{"path":"v.mp4"}"""))).ToBody(request.Path));

    private static Func<RecordedRequest, ModelAnswer> Short(JsonNode answer)
    {
        using JsonDocument document = JsonDocument.Parse(answer.ToJsonString());
        Reply reply = ModelScript.ReadReply(document.RootElement.Clone());
        return request => ModelAnswer.Of(reply.ToBody(request.Path));
    }

    private static ModelAnswer Raw(JsonObject answer)
    {
        string? end = answer["end"]?.GetValue<string>();
        List<KeyValuePair<string, string>> headers = [];
        string type = (answer["status"]?.GetValue<int>() ?? 200) == 200 ? "text/event-stream" : "application/json";
        foreach (KeyValuePair<string, JsonNode?> header in answer["headers"] as JsonObject ?? [])
        {
            if (header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase))
            {
                type = header.Value!.ToString();
            }
            else if (header.Value!.ToString() is string value && !header.Key.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                headers.Add(new(header.Key, value.StartsWith('<') ? DateTimeOffset.UtcNow.AddSeconds(2).ToString("R") : value));
            }
        }

        return new ModelAnswer
        {
            Status = answer["status"]?.GetValue<int>() ?? 200,
            ContentType = type,
            Headers = headers,
            Body = answer["body_base64"] is JsonNode encoded ? Convert.FromBase64String(encoded.GetValue<string>())
                : System.Text.Encoding.UTF8.GetBytes(VectorText.Expand(answer["body"]?.GetValue<string>() ?? "")),
            WriteSize = answer["write_size"]?.GetValue<int>() ?? 0,
            Framing = answer["framing"] is null ? AnswerFraming.Chunked : AnswerFraming.Close,
            ContentLength = answer["content_length"]?.GetValue<long>(),
            SendsNothing = end?.Contains("before any byte", StringComparison.Ordinal) == true,
            End = end is null ? AnswerEnd.Normal : end.Contains("reset", StringComparison.OrdinalIgnoreCase) ? AnswerEnd.Reset : AnswerEnd.Cut,
        };
    }
}
