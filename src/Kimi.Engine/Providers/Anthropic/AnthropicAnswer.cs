using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;
using Kimi.Engine.Text;

namespace Kimi.Engine.Providers.Anthropic;

/// <summary>A streamed answer of the Messages API. The event's name decides what it is; names of other kinds are skipped.</summary>
internal sealed class AnthropicAnswer(HttpTransport transport, HttpResponseMessage response) : SseAnswer(transport, response)
{
    private readonly ToolCallAssembly _calls = new();
    private long _input;
    private long _output;
    private long _cacheRead;
    private long _cacheCreation;

    /// <inheritdoc/>
    protected override bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, List<StreamPart> parts)
    {
        if (name.SequenceEqual("content_block_delta"u8))
        {
            TakeDelta(data, parts);
        }
        else if (name.SequenceEqual("content_block_start"u8))
        {
            using JsonDocument document = Parse(data);
            TakeStart(document.RootElement, parts);
        }
        else if (name.SequenceEqual("content_block_stop"u8))
        {
            using JsonDocument document = Parse(data);
            _calls.Close((int)document.RootElement.LongOr("index", -1), parts);
        }
        else if (name.SequenceEqual("message_start"u8))
        {
            using JsonDocument document = Parse(data);
            if (document.RootElement.TryMember("message", out JsonElement message))
            {
                Id = message.StringOrNull("id");
                TakeUsage(message);
            }
        }
        else if (name.SequenceEqual("message_delta"u8))
        {
            using JsonDocument document = Parse(data);
            TakeUsage(document.RootElement);
        }
        else if (name.SequenceEqual("error"u8))
        {
            throw ReadError(data);
        }

        return false;
    }

    /// <inheritdoc/>
    protected override void Complete(List<StreamPart> parts)
    {
        _calls.Complete(parts);
        Usage ??= new TokenUsage(0, 0);
    }

    private void TakeStart(JsonElement data, List<StreamPart> parts)
    {
        if (!data.TryMember("content_block", out JsonElement block))
        {
            return;
        }

        switch (block.StringOrNull("type"))
        {
            case "text":
                _calls.Add(new TextPart(block.StringOrNull("text") ?? ""), parts);
                break;
            case "thinking":
                _calls.Add(new ThinkPart(block.StringOrNull("thinking") ?? ""), parts);
                break;
            case "redacted_thinking":
                _calls.Add(new ThinkPart("", block.StringOrNull("data") ?? ""), parts);
                break;
            case "tool_use":
                string? id = block.StringOrNull("id");
                _calls.Add((int)data.LongOr("index", -1), string.IsNullOrEmpty(id) ? Guid.NewGuid().ToString() : id, block.StringOrNull("name"), "", parts);
                break;
        }
    }

    private void TakeDelta(ReadOnlySpan<byte> data, List<StreamPart> parts)
    {
        int index = -1;
        string? type = null;
        string? text = null;
        Utf8JsonReader reader = new(data);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new ChatProviderException("Anthropic error: the server sent an event that is no object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                index = (int)JsonTokens.Count(ref reader);
            }
            else if (reader.ValueTextEquals("delta"u8) && reader.Read() && reader.TokenType == JsonTokenType.StartObject)
            {
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    if (reader.ValueTextEquals("type"u8))
                    {
                        reader.Read();
                        type = KnownType(ref reader);
                    }
                    else if (reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("thinking"u8) || reader.ValueTextEquals("partial_json"u8) || reader.ValueTextEquals("signature"u8))
                    {
                        reader.Read();
                        if (reader.TokenType == JsonTokenType.String)
                        {
                            text = JsonTokens.Text(ref reader);
                        }
                        else
                        {
                            reader.Skip();
                        }
                    }
                    else
                    {
                        reader.Read();
                        reader.Skip();
                    }
                }
            }
            else
            {
                if (reader.TokenType == JsonTokenType.PropertyName)
                {
                    reader.Read();
                }

                reader.Skip();
            }
        }

        switch (type)
        {
            case "text_delta":
                _calls.Add(new TextPart(text ?? ""), parts);
                break;
            case "thinking_delta":
                _calls.Add(new ThinkPart(text ?? ""), parts);
                break;
            case "signature_delta":
                _calls.Add(new ThinkPart("", text ?? ""), parts);
                break;
            case "input_json_delta" when _calls.Knows(index):
                _calls.AddPiece(index, text ?? "", parts);
                break;
        }
    }

    private static string? KnownType(ref Utf8JsonReader reader) =>
        reader.TokenType != JsonTokenType.String ? null
        : reader.ValueTextEquals("text_delta"u8) ? "text_delta"
        : reader.ValueTextEquals("input_json_delta"u8) ? "input_json_delta"
        : reader.ValueTextEquals("thinking_delta"u8) ? "thinking_delta"
        : reader.ValueTextEquals("signature_delta"u8) ? "signature_delta"
        : null;

    private void TakeUsage(JsonElement holder)
    {
        if (holder.TryMember("usage", out JsonElement usage))
        {
            _input = usage.LongOr("input_tokens", _input);
            _output = usage.LongOr("output_tokens", _output);
            _cacheRead = usage.LongOr("cache_read_input_tokens", _cacheRead);
            _cacheCreation = usage.LongOr("cache_creation_input_tokens", _cacheCreation);
        }

        Usage = new TokenUsage(_input, _output, _cacheRead, _cacheCreation);
    }

    private static ChatProviderException ReadError(ReadOnlySpan<byte> data)
    {
        try
        {
            using JsonDocument document = Parse(data);
            bool overloaded = document.RootElement.TryMember("error", out JsonElement error) && error.StringOrNull("type") == "overloaded_error";
            return ChatProviderException.Status(overloaded ? 529 : 200, PythonLiteral.Display(document.RootElement));
        }
        catch (JsonException)
        {
            return ChatProviderException.Status(200, Encoding.UTF8.GetString(data));
        }
    }

    private static JsonDocument Parse(ReadOnlySpan<byte> data)
    {
        Utf8JsonReader reader = new(data);
        return JsonDocument.ParseValue(ref reader);
    }
}
