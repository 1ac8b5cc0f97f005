using System.Buffers;
using System.Globalization;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>
/// Makes a result short enough for the context: whole leading items of a JSON array, else its head and its tail. It sees the
/// text go by and keeps no more of it than it will show.
/// </summary>
internal sealed class McpResultShaper : IMcpContentSink
{
    /// <summary>The limit of the direct mode, which also holds where no other is set.</summary>
    public const int HardLimit = 100_000;

    private const int LineBreakReach = 200;

    // Whatever no text has; what terminals write stays.
    private static readonly SearchValues<char> s_binary = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001c\u001d\u001e\u001f");

    private readonly int _limit;
    private readonly int _keptUnits;
    private readonly List<ContentPart> _parts = [];
    private readonly StringBuilder _head = new();
    private readonly TextPiece _take;
    private char[] _tail = [];
    private int _tailLength;
    private JsonArrayScanner? _array;
    private int _texts;
    private long _total;
    private int _mediaLeft = HardLimit;
    private bool _isMediaCut;

    /// <summary>Shapes one result; media follow the text when it had to be put together.</summary>
    /// <param name="maxChars">Characters of text to keep; 0 for the hard limit.</param>
    public McpResultShaper(int maxChars)
    {
        _limit = maxChars == 0 ? HardLimit : maxChars;

        // Twice as many units as characters always suffice.
        _keptUnits = (int)Math.Min(int.MaxValue / 4, (_limit * 2L) + 2);
        _take = Take;
    }

    public void Text(McpResultText text)
    {
        int before = _head.Length;
        _array = ++_texts == 1 ? new JsonArrayScanner(_keptUnits) : null;
        text.Read(_take);

        // As long as all of it fits the parts stay as they are; the head is all of them then.
        if (_total <= _limit)
        {
            _parts.Add(new TextPart(Clean(_head.ToString(before, _head.Length - before))));
        }
    }

    public void Media(McpResultMedia media)
    {
        long length = media.Length;
        if (length > _mediaLeft)
        {
            _isMediaCut = true;
            return;
        }

        _mediaLeft -= (int)length;
        _parts.Add(media.ToPart());
    }

    /// <summary>The shaped result.</summary>
    public IReadOnlyList<ContentPart> Finish()
    {
        List<ContentPart> parts = _total <= _limit
            ? _parts
            : [new TextPart(Clean(LeadingItems() ?? HeadAndTail())), .. _parts.Where(static part => part is not TextPart)];
        if (_isMediaCut)
        {
            parts.Add(new TextPart(McpContentBudget.Truncated));
        }

        return parts;
    }

    private bool Take(ReadOnlySpan<char> piece)
    {
        _total += CodePoints.Count(piece);
        if (_array?.IsPossible == true)
        {
            _array.Feed(piece);
        }

        int room = Math.Min(_keptUnits - _head.Length, piece.Length);
        if (room > 0)
        {
            _head.Append(piece[..room]);
            piece = piece[room..];
        }

        Keep(piece);
        return true;
    }

    /// <summary>Keeps the last units of what the head has no room for, in one array that is used over and over.</summary>
    private void Keep(ReadOnlySpan<char> piece)
    {
        if (piece.Length == 0)
        {
            return;
        }

        if (_tail.Length == 0)
        {
            _tail = new char[_keptUnits * 2];
        }

        if (piece.Length > _keptUnits)
        {
            piece = piece[^_keptUnits..];
        }

        if (_tailLength + piece.Length > _tail.Length)
        {
            int kept = Math.Min(_keptUnits, _tailLength);
            _tail.AsSpan(_tailLength - kept, kept).CopyTo(_tail);
            _tailLength = kept;
        }

        piece.CopyTo(_tail.AsSpan(_tailLength));
        _tailLength += piece.Length;
    }

    /// <summary>The end of the text; the head has a part of it, or all.</summary>
    private string End()
    {
        int missing = Math.Max(0, Math.Min(_head.Length, _keptUnits - _tailLength));
        return string.Concat(_head.ToString(_head.Length - missing, missing), _tail.AsSpan(0, _tailLength));
    }

    private string? LeadingItems()
    {
        if (_array is not { IsComplete: true, Count: >= 2 } array)
        {
            return null;
        }

        // The closing bracket is ours.
        string head = _head.ToString();
        int first = Math.Min(array.Start, head.Length);
        int maxEnd = first + CodePoints.IndexOf(head.AsSpan(first), _limit - 1);
        int shown = array.Ends.TakeWhile(end => end <= maxEnd).Count();
        return shown == 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{head.AsSpan(first, array.Ends[shown - 1] - first)}]\n\n[{shown} of {array.Count} items shown: the output was truncated, it has {_total} characters in all. Fetch only what is needed: use a filter, pagination, a smaller limit or a specific id.]");
    }

    private string HeadAndTail()
    {
        int headChars = (int)(_limit * 3L / 5);
        string head = Head(_head.ToString(), headChars);
        string tail = Tail(End(), _limit - headChars);
        int shown = CodePoints.Count(head) + CodePoints.Count(tail);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{head}\n\n[Output truncated: {shown} of {_total} characters are shown, the beginning above and the end below. Fetch only what is needed: use a filter, pagination, a smaller limit or a specific id.]\n\n{tail}");
    }

    private static string Head(string start, int chars)
    {
        int end = CodePoints.IndexOf(start, chars);
        int lineBreak = start.LastIndexOf('\n', Math.Max(0, end - 1), Math.Min(Math.Max(0, end), LineBreakReach));
        if (lineBreak >= 0)
        {
            end = lineBreak + 1;
        }
        else if (end > 0 && end < start.Length && start[end - 1] == '\r' && start[end] == '\n')
        {
            end--;
        }

        return start[..end];
    }

    private static string Tail(string end, int chars)
    {
        int count = CodePoints.Count(end);
        int start = CodePoints.IndexOf(end, Math.Max(0, count - chars));
        int lineBreak = end.IndexOf('\n', start, Math.Min(LineBreakReach, end.Length - start));
        if (lineBreak >= 0 && lineBreak + 1 < end.Length)
        {
            start = lineBreak + 1;
        }

        return end[start..];
    }

    private static string Clean(string text)
    {
        if (!text.AsSpan().ContainsAny(s_binary))
        {
            return text;
        }

        return string.Create(text.Length, text, static (span, source) =>
        {
            source.CopyTo(span);
            span.ReplaceAny(s_binary, '\ufffd');
        });
    }
}
