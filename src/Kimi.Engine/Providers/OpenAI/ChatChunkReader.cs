using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary>
/// Turns the chunks of a chat completion into parts, token by token, without a document for each. Inside a chunk the order is
/// thinking, text, tool calls. Members that are null or absent count as empty; members of a wrong type are an error.
/// </summary>
internal sealed class ChatChunkReader(string? reasoningKey, bool isKimi)
{
    private readonly byte[] _reasoningKey = reasoningKey is null ? [] : System.Text.Encoding.UTF8.GetBytes(reasoningKey);
    private readonly ToolCallAssembly _calls = new();
    private readonly List<Piece> _pieces = [];
    private string? _thinking;
    private string? _text;
    private bool _hasUsage;
    private TokenUsage? _choiceUsage;

    /// <summary>Id of the latest chunk that had one.</summary>
    public string? Id { get; private set; }

    /// <summary>The latest usage.</summary>
    public TokenUsage? Usage { get; private set; }

    /// <summary>Takes a chunk.</summary>
    public void Read(ReadOnlySpan<byte> data, List<StreamPart> parts)
    {
        _thinking = null;
        _text = null;
        _hasUsage = false;
        _choiceUsage = null;
        _pieces.Clear();

        Utf8JsonReader reader = new(data);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Malformed("an event that is no object");
        }

        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("choices"u8))
            {
                reader.Read();
                ReadChoices(ref reader);
            }
            else if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length > 0 && (Id is null || !reader.ValueTextEquals(Id)))
                {
                    Id = JsonTokens.Text(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
            else if (reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                if (ReadUsage(ref reader) is TokenUsage usage)
                {
                    Usage = usage;
                    _hasUsage = true;
                }
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

        if (reader.BytesConsumed < data.Length)
        {
            reader.Read(); // throws when more than blanks is left
        }

        if (!_hasUsage && _choiceUsage is not null)
        {
            Usage = _choiceUsage;
        }

        Emit(parts);
    }

    /// <summary>Ends the stream.</summary>
    public void Complete(List<StreamPart> parts) => _calls.Complete(parts);

    private void Emit(List<StreamPart> parts)
    {
        if (_thinking is not null && (isKimi || _thinking.Length > 0))
        {
            _calls.Add(new ThinkPart(_thinking), parts);
        }

        if (!string.IsNullOrEmpty(_text))
        {
            _calls.Add(new TextPart(_text), parts);
        }

        foreach (Piece piece in _pieces)
        {
            _calls.Add(piece.Index, piece.Id, piece.Name, piece.Arguments, parts);
        }
    }

    private void ReadChoices(ref Utf8JsonReader reader)
    {
        if (!Enter(ref reader, JsonTokenType.StartArray, "choices"))
        {
            return;
        }

        bool first = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!first)
            {
                reader.Skip();
                continue;
            }

            first = false;
            if (!Enter(ref reader, JsonTokenType.StartObject, "a choice"))
            {
                continue;
            }

            while (NextMember(ref reader))
            {
                if (reader.ValueTextEquals("delta"u8))
                {
                    reader.Read();
                    ReadDelta(ref reader);
                }
                else if (isKimi && reader.ValueTextEquals("usage"u8))
                {
                    reader.Read();
                    _choiceUsage = ReadUsage(ref reader);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }
        }
    }

    private void ReadDelta(ref Utf8JsonReader reader)
    {
        if (!Enter(ref reader, JsonTokenType.StartObject, "delta"))
        {
            return;
        }

        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("content"u8))
            {
                reader.Read();
                _text = JsonTokens.TextOrNull(ref reader, "content");
            }
            else if (reasoningKey is not null && reader.ValueTextEquals(_reasoningKey))
            {
                reader.Read();
                _thinking = JsonTokens.TextOrNull(ref reader, reasoningKey);
            }
            else if (reader.ValueTextEquals("tool_calls"u8))
            {
                reader.Read();
                ReadCalls(ref reader);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private void ReadCalls(ref Utf8JsonReader reader)
    {
        if (!Enter(ref reader, JsonTokenType.StartArray, "tool_calls"))
        {
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!Enter(ref reader, JsonTokenType.StartObject, "a tool call"))
            {
                continue;
            }

            Piece piece = default;
            bool hasFunction = false;
            while (NextMember(ref reader))
            {
                if (reader.ValueTextEquals("index"u8))
                {
                    reader.Read();
                    if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int index))
                    {
                        piece.Index = index;
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
                else if (reader.ValueTextEquals("id"u8))
                {
                    reader.Read();
                    piece.Id = JsonTokens.TextOrNull(ref reader, "id");
                }
                else if (reader.ValueTextEquals("function"u8))
                {
                    reader.Read();
                    hasFunction |= ReadFunction(ref reader, ref piece);
                }
                else
                {
                    reader.Read();
                    reader.Skip();
                }
            }

            if (hasFunction)
            {
                _pieces.Add(piece);
            }
        }
    }

    private static bool ReadFunction(ref Utf8JsonReader reader, ref Piece piece)
    {
        if (!Enter(ref reader, JsonTokenType.StartObject, "function"))
        {
            return false;
        }

        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("name"u8))
            {
                reader.Read();
                piece.Name = JsonTokens.TextOrNull(ref reader, "name");
            }
            else if (reader.ValueTextEquals("arguments"u8))
            {
                reader.Read();
                piece.Arguments = JsonTokens.TextOrNull(ref reader, "arguments");
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        return true;
    }

    private TokenUsage? ReadUsage(ref Utf8JsonReader reader)
    {
        if (!Enter(ref reader, JsonTokenType.StartObject, "usage"))
        {
            return null;
        }

        long prompt = 0;
        long completion = 0;
        long? cachedTop = null;
        long cachedDetail = 0;
        while (NextMember(ref reader))
        {
            if (reader.ValueTextEquals("prompt_tokens"u8))
            {
                reader.Read();
                prompt = JsonTokens.Count(ref reader);
            }
            else if (reader.ValueTextEquals("completion_tokens"u8))
            {
                reader.Read();
                completion = JsonTokens.Count(ref reader);
            }
            else if (isKimi && reader.ValueTextEquals("cached_tokens"u8))
            {
                reader.Read();
                cachedTop = JsonTokens.Count(ref reader);
            }
            else if (reader.ValueTextEquals("prompt_tokens_details"u8))
            {
                reader.Read();
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    reader.Skip();
                    continue;
                }

                while (NextMember(ref reader))
                {
                    bool cached = reader.ValueTextEquals("cached_tokens"u8);
                    reader.Read();
                    if (cached)
                    {
                        cachedDetail = JsonTokens.Count(ref reader);
                    }
                    else
                    {
                        reader.Skip();
                    }
                }
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }

        long read = cachedTop ?? cachedDetail;
        return new TokenUsage(Math.Max(0, prompt - read), completion, read);
    }

    private static bool NextMember(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    // Null counts as absent; anything but the expected token is an error.
    private static bool Enter(ref Utf8JsonReader reader, JsonTokenType expected, string what)
    {
        if (reader.TokenType == expected)
        {
            return true;
        }

        if (reader.TokenType == JsonTokenType.Null)
        {
            return false;
        }

        throw Malformed($"a wrong type for {what}");
    }

    private static ChatProviderException Malformed(string what) => new($"The server sent {what}.");

    private struct Piece
    {
        public int? Index;
        public string? Id;
        public string? Name;
        public string? Arguments;
    }
}
