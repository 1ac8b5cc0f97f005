using System.Text;
using System.Text.Json;

namespace Kimi.Testing;

/// <summary>A call in a <see cref="Reply"/>.</summary>
public sealed record ReplyCall(string Id, string Name, string Arguments);

/// <summary>
/// What the fake model says, independent of the API: the server writes it in the form of the family that was asked
/// (chat completions, Responses, Anthropic, Gemini).
/// </summary>
public sealed record Reply
{
    public string? Think { get; init; }

    /// <summary>Signature (Anthropic), encrypted content (Responses), thought signature (Gemini).</summary>
    public string? Signature { get; init; }

    /// <summary>Pieces of the text.</summary>
    public IReadOnlyList<string> Text { get; init; } = [];

    public IReadOnlyList<ReplyCall> Calls { get; init; } = [];

    public int InputTokens { get; init; } = 20;

    public int OutputTokens { get; init; } = 5;

    public int CachedTokens { get; init; }

    public string Id { get; init; } = "cmpl-1";

    public static Reply Says(params string[] pieces) => new() { Text = pieces };

    public static Reply Calling(params (string Id, string Name, string Arguments)[] calls) =>
        new() { Calls = [.. calls.Select(static call => new ReplyCall(call.Id, call.Name, call.Arguments))] };

    /// <summary>The body of the answer to a request of this path.</summary>
    public string ToBody(string path) =>
        path.Contains("/messages", StringComparison.Ordinal) ? ReplyForms.Anthropic(this)
        : path.Contains("/responses", StringComparison.Ordinal) ? ReplyForms.Responses(this)
        : path.Contains("GenerateContent", StringComparison.Ordinal) ? ReplyForms.Gemini(this)
        : ReplyForms.Chat(this);
}

/// <summary>A <see cref="Reply"/> as the event stream of each API family.</summary>
public static class ReplyForms
{
    public static string Chat(Reply reply)
    {
        StringBuilder body = new();
        Chunk(new { role = "assistant", content = "" }, null);
        if (reply.Think is not null)
        {
            Chunk(new { reasoning_content = reply.Think }, null);
        }

        foreach (string piece in reply.Text)
        {
            Chunk(new { content = piece }, null);
        }

        for (int i = 0; i < reply.Calls.Count; i++)
        {
            ReplyCall call = reply.Calls[i];
            Chunk(new { tool_calls = new object[] { new { index = i, id = call.Id, type = "function", function = new { name = call.Name, arguments = "" } } } }, null);
            foreach (string piece in Pieces(call.Arguments))
            {
                Chunk(new { tool_calls = new object[] { new { index = i, function = new { arguments = piece } } } }, null);
            }
        }

        Chunk(new { }, reply.Calls.Count > 0 ? "tool_calls" : "stop");
        Data(body, new
        {
            id = reply.Id,
            @object = "chat.completion.chunk",
            choices = Array.Empty<object>(),
            usage = new { prompt_tokens = reply.InputTokens, completion_tokens = reply.OutputTokens, total_tokens = reply.InputTokens + reply.OutputTokens, prompt_tokens_details = new { cached_tokens = reply.CachedTokens } },
        });
        return body.Append("data: [DONE]\n\n").ToString();

        void Chunk(object delta, string? finish) =>
            Data(body, new { id = reply.Id, @object = "chat.completion.chunk", created = 1700000000, model = "test-model", choices = new[] { new { index = 0, delta, finish_reason = finish } } });
    }

    public static string Anthropic(Reply reply)
    {
        StringBuilder body = new();
        int index = 0;
        Event("message_start", new { type = "message_start", message = new { id = reply.Id, type = "message", role = "assistant", model = "test-model", content = Array.Empty<object>(), stop_reason = (string?)null, stop_sequence = (string?)null, usage = new { input_tokens = reply.InputTokens - reply.CachedTokens, cache_read_input_tokens = reply.CachedTokens, cache_creation_input_tokens = 0, output_tokens = 1 } } });
        if (reply.Think is not null)
        {
            Event("content_block_start", new { type = "content_block_start", index, content_block = new { type = "thinking", thinking = "", signature = "" } });
            Event("content_block_delta", new { type = "content_block_delta", index, delta = new { type = "thinking_delta", thinking = reply.Think } });
            if (reply.Signature is not null)
            {
                Event("content_block_delta", new { type = "content_block_delta", index, delta = new { type = "signature_delta", signature = reply.Signature } });
            }

            Stop();
        }

        if (reply.Text.Count > 0)
        {
            Event("content_block_start", new { type = "content_block_start", index, content_block = new { type = "text", text = "" } });
            foreach (string piece in reply.Text)
            {
                Event("content_block_delta", new { type = "content_block_delta", index, delta = new { type = "text_delta", text = piece } });
            }

            Stop();
        }

        foreach (ReplyCall call in reply.Calls)
        {
            Event("content_block_start", new { type = "content_block_start", index, content_block = new { type = "tool_use", id = call.Id, name = call.Name, input = new { } } });
            foreach (string piece in Pieces(call.Arguments))
            {
                Event("content_block_delta", new { type = "content_block_delta", index, delta = new { type = "input_json_delta", partial_json = piece } });
            }

            Stop();
        }

        Event("message_delta", new { type = "message_delta", delta = new { stop_reason = reply.Calls.Count > 0 ? "tool_use" : "end_turn" }, usage = new { output_tokens = reply.OutputTokens } });
        Event("message_stop", new { type = "message_stop" });
        return body.ToString();

        void Stop() => Event("content_block_stop", new { type = "content_block_stop", index = index++ });
        void Event(string name, object data) => Named(body, name, data);
    }

    public static string Responses(Reply reply)
    {
        StringBuilder body = new();
        int number = 0;
        Event("response.created", new { type = "response.created", response = new { id = "resp-1", status = "in_progress" } });
        if (reply.Think is not null)
        {
            string id = $"rs_{number++}";
            Event("response.output_item.added", new { type = "response.output_item.added", item = new { id, type = "reasoning", summary = Array.Empty<object>() } });
            Event("response.reasoning_summary_part.added", new { type = "response.reasoning_summary_part.added", item_id = id });
            Event("response.reasoning_summary_text.delta", new { type = "response.reasoning_summary_text.delta", item_id = id, delta = reply.Think });
            Event("response.output_item.done", new { type = "response.output_item.done", item = new { id, type = "reasoning", encrypted_content = reply.Signature } });
        }

        if (reply.Text.Count > 0)
        {
            string id = $"msg_{number++}";
            Event("response.output_item.added", new { type = "response.output_item.added", item = new { id, type = "message", role = "assistant" } });
            foreach (string piece in reply.Text)
            {
                Event("response.output_text.delta", new { type = "response.output_text.delta", item_id = id, delta = piece });
            }

            Event("response.output_item.done", new { type = "response.output_item.done", item = new { id, type = "message", role = "assistant" } });
        }

        foreach (ReplyCall call in reply.Calls)
        {
            string id = $"fc_{number++}";
            Event("response.output_item.added", new { type = "response.output_item.added", item = new { id, type = "function_call", call_id = call.Id, name = call.Name, arguments = "" } });
            foreach (string piece in Pieces(call.Arguments))
            {
                Event("response.function_call_arguments.delta", new { type = "response.function_call_arguments.delta", item_id = id, delta = piece });
            }

            Event("response.output_item.done", new { type = "response.output_item.done", item = new { id, type = "function_call", call_id = call.Id, name = call.Name, arguments = call.Arguments } });
        }

        Event("response.completed", new { type = "response.completed", response = new { id = "resp-1", status = "completed", usage = new { input_tokens = reply.InputTokens, input_tokens_details = new { cached_tokens = reply.CachedTokens }, output_tokens = reply.OutputTokens } } });
        return body.ToString();

        void Event(string name, object data) => Named(body, name, data);
    }

    public static string Gemini(Reply reply)
    {
        StringBuilder body = new();
        if (reply.Think is not null)
        {
            Part(new { text = reply.Think, thought = true });
        }

        foreach (string piece in reply.Text)
        {
            Part(new { text = piece });
        }

        foreach (ReplyCall call in reply.Calls)
        {
            using JsonDocument arguments = JsonDocument.Parse(call.Arguments);
            JsonElement args = arguments.RootElement.Clone();
            Part(reply.Signature is null
                ? new { functionCall = new { id = call.Id, name = call.Name, args } }
                : (object)new { functionCall = new { id = call.Id, name = call.Name, args }, thoughtSignature = reply.Signature });
        }

        Data(body, new
        {
            candidates = new[] { new { content = new { role = "model", parts = Array.Empty<object>() }, finishReason = "STOP" } },
            usageMetadata = new { promptTokenCount = reply.InputTokens, cachedContentTokenCount = reply.CachedTokens, candidatesTokenCount = reply.OutputTokens },
            responseId = reply.Id,
        });
        return body.ToString();

        void Part(object part) => Data(body, new { candidates = new[] { new { content = new { role = "model", parts = new[] { part } } } }, responseId = reply.Id });
    }

    private static void Named(StringBuilder body, string name, object data)
    {
        body.Append("event: ").Append(name).Append('\n');
        Data(body, data);
    }

    private static void Data(StringBuilder body, object data) =>
        body.Append("data: ").Append(JsonSerializer.Serialize(data)).Append("\n\n");

    // Two pieces, so that assembly has something to do.
    private static string[] Pieces(string arguments) =>
        arguments.Length < 2 ? [arguments] : [arguments[..(arguments.Length / 2)], arguments[(arguments.Length / 2)..]];
}
