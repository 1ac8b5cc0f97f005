using System.Text;
using Kimi.Engine.Chat;

namespace Kimi.Cli.Printing;

/// <summary>The assistant message of a step while it grows. Text goes to the text before it, even across a tool call.</summary>
internal sealed class AssistantBuffer
{
    private readonly PartMerger _merger = new();
    private readonly List<ContentPart> _content = [];
    private readonly List<ToolCall> _calls = [];
    private bool _pending;

    /// <summary>Whether there is nothing to show.</summary>
    public bool IsEmpty => !_pending && _content.Count == 0 && _calls.Count == 0;

    /// <summary>Takes a part of content.</summary>
    public void Add(ContentPart part)
    {
        if (_merger.Add(part) is ContentPart finished)
        {
            _content.Add(finished);
        }

        _pending = true;
    }

    /// <summary>Takes a tool call.</summary>
    public void Add(ToolCall call) => _calls.Add(call);

    /// <summary>The message so far.</summary>
    public Message ToMessage()
    {
        Settle();
        return new Message(Role.Assistant, [.. _content], _calls.Count == 0 ? null : [.. _calls]);
    }

    /// <summary>The text so far.</summary>
    public string ToText()
    {
        Settle();
        if (_content is [TextPart only])
        {
            return only.Text;
        }

        StringBuilder text = new();
        foreach (ContentPart part in _content)
        {
            if (part is TextPart piece)
            {
                text.Append(piece.Text);
            }
        }

        return text.ToString();
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Settle();
        _content.Clear();
        _calls.Clear();
    }

    private void Settle()
    {
        if (_merger.Flush() is ContentPart last)
        {
            _content.Add(last);
        }

        _pending = false;
    }
}
