using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary>A streamed answer of the Responses API. The member <c>type</c> decides what an event is; most are skipped.</summary>
internal sealed class ResponsesAnswer(HttpTransport transport, HttpResponseMessage response) : SseAnswer(transport, response)
{
    private readonly ToolCallAssembly _calls = new();
    private readonly Dictionary<int, int> _byOutputIndex = [];
    private int _lastCall = -1;

    /// <inheritdoc/>
    protected override bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, List<StreamPart> parts)
    {
        if (data.StartsWith("[DONE]"u8))
        {
            return true;
        }

        if (name.StartsWith("thread."u8))
        {
            return false;
        }

        Event e = Event.Read(data);
        switch (e.Type)
        {
            case EventType.Text:
                _calls.Add(new TextPart(e.Delta ?? ""), parts);
                break;
            case EventType.Arguments:
                TakeArguments(e, parts);
                break;
            case EventType.Thinking:
                _calls.Add(new ThinkPart(e.Delta ?? ""), parts);
                break;
            case EventType.Other:
                using (JsonDocument document = Parse(data))
                {
                    TakeOther(document.RootElement, parts);
                }

                break;
        }

        return false;
    }

    /// <inheritdoc/>
    protected override void Complete(List<StreamPart> parts) => _calls.Complete(parts);

    private void TakeArguments(Event e, List<StreamPart> parts)
    {
        // Arguments that came whole with the item and again in pieces are the same ones.
        int call = CallOf(e.Index);
        if (call >= 0 && !_calls.StartedComplete(call))
        {
            _calls.AddPiece(call, e.Delta ?? "", parts);
        }
    }

    private void TakeOther(JsonElement data, List<StreamPart> parts)
    {
        switch (data.StringOrNull("type"))
        {
            case "response.output_item.added" when data.TryMember("item", out JsonElement item):
                Id = item.StringOrNull("id") ?? Id;
                if (item.StringOrNull("type") == "function_call")
                {
                    string? id = item.StringOrNull("call_id");
                    _byOutputIndex[(int)data.LongOr("output_index", -1)] = ++_lastCall;
                    _calls.Add(
                        _lastCall, string.IsNullOrEmpty(id) ? Guid.NewGuid().ToString() : id,
                        item.StringOrNull("name"), item.StringOrNull("arguments"), parts);
                }

                break;
            case "response.output_item.done" when data.TryMember("item", out JsonElement item):
                Id = item.StringOrNull("id") ?? Id;
                switch (item.StringOrNull("type"))
                {
                    case "reasoning":
                        _calls.Add(new ThinkPart("", item.StringOrNull("encrypted_content")), parts);
                        break;
                    case "function_call" when CallOf((int)data.LongOr("output_index", -1)) is int call and >= 0:
                        _calls.Close(call, parts);
                        break;
                }

                break;
            case "response.reasoning_summary_part.added":
                _calls.Add(new ThinkPart(""), parts);
                break;
            case "response.completed" when data.TryMember("response", out JsonElement whole) && whole.TryMember("usage", out JsonElement usage):
                long cached = usage.TryMember("input_tokens_details", out JsonElement details) ? details.LongOr("cached_tokens", 0) : 0;
                Usage = new TokenUsage(Math.Max(0, usage.LongOr("input_tokens", 0) - cached), usage.LongOr("output_tokens", 0), cached);
                break;
        }
    }

    // Without an index a piece belongs to the latest call.
    private int CallOf(int outputIndex) => _byOutputIndex.TryGetValue(outputIndex, out int call) ? call : outputIndex < 0 ? _lastCall : -1;

    private static JsonDocument Parse(ReadOnlySpan<byte> data)
    {
        Utf8JsonReader reader = new(data);
        return JsonDocument.ParseValue(ref reader);
    }

    private enum EventType
    {
        None,
        Text,
        Arguments,
        Thinking,
        Other,
    }

    /// <summary>The members of the frequent events, read without a document.</summary>
    private readonly struct Event
    {
        public EventType Type { get; private init; }

        public string? Delta { get; private init; }

        public int Index { get; private init; }

        public static Event Read(ReadOnlySpan<byte> data)
        {
            Utf8JsonReader reader = new(data);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw new ChatProviderException("The server sent an event that is no object.");
            }

            EventType type = EventType.None;
            string? delta = null;
            int index = -1;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("type"u8))
                {
                    reader.Read();
                    type = TypeOf(ref reader);
                }
                else if (reader.ValueTextEquals("delta"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.String)
                    {
                        delta = JsonTokens.Text(ref reader);
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
                else if (reader.ValueTextEquals("output_index"u8))
                {
                    reader.Read();
                    index = (int)JsonTokens.Count(ref reader);
                }
                else if (reader.ValueTextEquals("error"u8))
                {
                    reader.Read();
                    StreamErrors.ThrowIfError(ref reader);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }

            return new Event { Type = type, Delta = delta, Index = index };
        }

        private static EventType TypeOf(ref Utf8JsonReader reader)
        {
            if (reader.TokenType != JsonTokenType.String)
            {
                reader.Skip();
                return EventType.None;
            }

            return reader.ValueTextEquals("response.output_text.delta"u8) ? EventType.Text
                : reader.ValueTextEquals("response.function_call_arguments.delta"u8) ? EventType.Arguments
                : reader.ValueTextEquals("response.reasoning_summary_text.delta"u8) ? EventType.Thinking
                : reader.ValueTextEquals("response.output_item.added"u8) || reader.ValueTextEquals("response.output_item.done"u8)
                    || reader.ValueTextEquals("response.reasoning_summary_part.added"u8) || reader.ValueTextEquals("response.completed"u8) ? EventType.Other
                : EventType.None;
        }
    }
}
