namespace Kimi.Engine.Chat;

/// <summary>Makes the assistant message of a streamed answer: all content parts in order and all calls in order.</summary>
public sealed class MessageAssembler
{
    private readonly PartMerger _merger = new();
    private readonly List<ContentPart> _content = [];
    private readonly List<ToolCall> _calls = [];

    /// <summary>Takes a part; returns the tool call that is complete by it, if any.</summary>
    public ToolCall? Add(StreamPart part) => Take(_merger.Add(part));

    /// <summary>Ends the answer; returns the tool call that is complete by it, if any.</summary>
    public ToolCall? Complete() => Take(_merger.Flush());

    /// <summary>The content so far.</summary>
    public IReadOnlyList<ContentPart> Content => _content;

    /// <summary>The calls so far.</summary>
    public IReadOnlyList<ToolCall> ToolCalls => _calls;

    /// <summary>The message of all parts taken.</summary>
    public Message ToMessage() => new(Role.Assistant, _content.ToArray(), _calls.Count == 0 ? null : _calls.ToArray());

    private ToolCall? Take(StreamPart? finished)
    {
        switch (finished)
        {
            case ContentPart content:
                _content.Add(content);
                return null;
            case ToolCall call:
                _calls.Add(call);
                return call;
            default:
                return null; // an argument piece without a call is dropped
        }
    }
}
