using System.Buffers;
using System.Text.Json;
using Kimi.Engine.Text;
using ModelContextProtocol.Protocol;

namespace Kimi.Engine.Mcp.Sdk;

/// <summary>A call under way; holds its answer as it came.</summary>
internal sealed class PendingCall
{
    /// <summary>The result; null until it is here.</summary>
    public McpAnswer? Answer { get; set; }

    /// <summary>The id of its request; null until that is sent.</summary>
    public RequestId? Id { get; set; }

    /// <summary>Why the request never reached the server; null when it may have.</summary>
    public Exception? SendFailure { get; set; }
}

/// <summary>
/// The calls under way on one connection. The library reads a message into texts and trees several times its size, which a
/// result of a hundred megabytes does not allow; so the answer of a call is taken out of the stream before the library sees
/// it, and the library gets an empty one in its place.
/// </summary>
internal sealed class PendingCalls
{
    private static readonly AsyncLocal<PendingCall?> s_current = new();
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 1000 };

    private readonly Lock _gate = new();
    private readonly Dictionary<RequestId, PendingCall> _calls = [];

    /// <summary>Whether a call is under way.</summary>
    public bool Any
    {
        get
        {
            lock (_gate)
            {
                return _calls.Count > 0;
            }
        }
    }

    /// <summary>Says that the requests sent from here on belong to a call.</summary>
    public static PendingCall Begin() => s_current.Value = new PendingCall();

    /// <summary>Notes a request that is about to be sent.</summary>
    /// <returns>The call it belongs to, if any.</returns>
    public PendingCall? Note(JsonRpcMessage message)
    {
        if (message is not JsonRpcRequest { Method: RequestMethods.ToolsCall } request || s_current.Value is not { } call)
        {
            return null;
        }

        lock (_gate)
        {
            call.Id = request.Id;
            _calls[request.Id] = call;
        }

        return call;
    }

    /// <summary>Forgets a call that nobody waits for any more; the library drops an answer that comes all the same.</summary>
    public void End(PendingCall call)
    {
        lock (_gate)
        {
            if (call.Id is { } id && _calls.TryGetValue(id, out PendingCall? noted) && noted == call)
            {
                _calls.Remove(id);
            }
        }
    }

    /// <summary>Takes the answer of a call out of a message.</summary>
    /// <param name="message">One message.</param>
    /// <returns>What the library is to see instead; null when the message is none of a call's and must stay as it is.</returns>
    public byte[]? Take(ReadOnlySequence<byte> message)
    {
        if (!Any)
        {
            return null;
        }

        try
        {
            return TryRead(message, out RequestId id, out ReadOnlySequence<byte> result) && Remove(id) is { } call ? Replace(call, id, result) : null;
        }
        catch (JsonException)
        {
            // The library says what is wrong with it.
            return null;
        }
    }

    private static byte[] Replace(PendingCall call, RequestId id, ReadOnlySequence<byte> result)
    {
        call.Answer = new McpAnswer(result);
        JsonWriter writer = new();
        writer.BeginObject();
        writer.Member("jsonrpc"u8, "2.0");
        writer.Name("id"u8);
        if (id.Id is long number)
        {
            writer.Number(number);
        }
        else
        {
            writer.Text(id.ToString());
        }

        writer.Name("result"u8);
        writer.BeginObject();
        writer.Name("content"u8);
        writer.BeginArray();
        writer.EndArray();
        writer.EndObject();
        writer.EndObject();
        return writer.ToArray();
    }

    /// <summary>Whether the message is a response with a result that ends a call.</summary>
    private static bool TryRead(ReadOnlySequence<byte> message, out RequestId id, out ReadOnlySequence<byte> result)
    {
        id = default;
        result = default;
        var reader = new Utf8JsonReader(message, s_options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                id = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long number) ? new RequestId(number)
                    : reader.TokenType == JsonTokenType.String ? new RequestId(McpResultText.Of(ref reader).ToString())
                    : default;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("result"u8))
            {
                reader.Read();
                long start = reader.TokenStartIndex;
                if (reader.TokenType != JsonTokenType.StartObject || !IsEnd(ref reader))
                {
                    return false;
                }

                result = message.Slice(start, reader.BytesConsumed - start);
            }
            else
            {
                reader.Skip();
            }
        }

        // To its very end, so that half a message is none.
        while (reader.Read())
        {
        }

        return id.Id is not null && !result.IsEmpty;
    }

    /// <summary>Skips a result; one that asks for more input first is not the end of the call.</summary>
    private static bool IsEnd(ref Utf8JsonReader reader)
    {
        bool isEnd = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isType = reader.ValueTextEquals("resultType"u8);
            reader.Read();
            isEnd &= !isType || (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("complete"u8));
            reader.Skip();
        }

        return isEnd;
    }

    private PendingCall? Remove(RequestId id)
    {
        lock (_gate)
        {
            return _calls.Remove(id, out PendingCall? call) ? call : null;
        }
    }
}
