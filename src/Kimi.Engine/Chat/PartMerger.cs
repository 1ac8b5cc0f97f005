using System.Text;

namespace Kimi.Engine.Chat;

/// <summary>
/// Puts streamed parts together by the merge rules: text to text, thinking to thinking until it is signed, argument pieces
/// to the latest call. Linear in the length of the answer.
/// </summary>
public sealed class PartMerger
{
    private readonly StringBuilder _text = new();
    private StreamPart? _pending;
    private bool _grown;

    /// <summary>Takes a part; returns the part that is finished by it, if any.</summary>
    public StreamPart? Add(StreamPart part)
    {
        switch (_pending, part)
        {
            case (TextPart first, TextPart more):
                Grow(first.Text, more.Text);
                return null;
            case (ThinkPart first, ThinkPart more) when string.IsNullOrEmpty(first.Encrypted):
                Grow(first.Think, more.Think);
                if (!string.IsNullOrEmpty(more.Encrypted))
                {
                    _pending = first with { Encrypted = more.Encrypted };
                }

                return null;
            case (ToolCall first, ToolCallPart more):
                if (first.Arguments is null && !_grown)
                {
                    _pending = first with { Arguments = more.ArgumentsPart };
                }
                else
                {
                    Grow(first.Arguments!, more.ArgumentsPart ?? "");
                }

                return null;
            case (ToolCallPart first, ToolCallPart more):
                Grow(first.ArgumentsPart ?? "", more.ArgumentsPart ?? "");
                return null;
            default:
                StreamPart? finished = Flush();
                _pending = part;
                return finished;
        }
    }

    /// <summary>Ends what is pending and returns it; null when nothing is.</summary>
    public StreamPart? Flush()
    {
        StreamPart? finished = _pending;
        if (_grown)
        {
            string text = _text.ToString();
            finished = finished switch
            {
                TextPart => new TextPart(text),
                ThinkPart think => think with { Think = text },
                ToolCall call => call with { Arguments = text },
                _ => new ToolCallPart(text),
            };
            _text.Clear();
            _grown = false;
        }

        _pending = null;
        return finished;
    }

    private void Grow(string first, string more)
    {
        if (!_grown)
        {
            _text.Append(first);
            _grown = true;
        }

        _text.Append(more);
    }
}
