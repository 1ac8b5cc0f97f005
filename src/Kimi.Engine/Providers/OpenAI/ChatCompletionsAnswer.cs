using Kimi.Engine.Chat;
using Kimi.Engine.Providers.Http;

namespace Kimi.Engine.Providers.OpenAI;

/// <summary>A streamed answer of chat completions.</summary>
internal sealed class ChatCompletionsAnswer : SseAnswer
{
    private readonly ChatChunkReader _chunks;

    public ChatCompletionsAnswer(HttpTransport transport, HttpResponseMessage response, ChatChunkReader chunks, string? traceId)
        : base(transport, response)
    {
        _chunks = chunks;
        TraceId = traceId;
    }

    /// <inheritdoc/>
    protected override bool Take(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data, List<StreamPart> parts)
    {
        if (data.StartsWith("[DONE]"u8))
        {
            return true;
        }

        if (!name.StartsWith("thread."u8))
        {
            _chunks.Read(data, parts);
            Id = _chunks.Id;
            Usage = _chunks.Usage;
        }

        return false;
    }

    /// <inheritdoc/>
    protected override void Complete(List<StreamPart> parts) => _chunks.Complete(parts);
}
