using System.Buffers;
using System.Globalization;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>
/// Makes a result short enough for the context: whole leading items of a JSON array, else its head and its tail. Copies
/// only what is kept.
/// </summary>
internal static class McpResultShaper
{
    /// <summary>The limit of the direct mode, which also holds where no other is set.</summary>
    public const int HardLimit = 100_000;

    private const int LineBreakReach = 200;

    // Whatever no text has; what terminals write stays.
    private static readonly SearchValues<char> s_binary = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001c\u001d\u001e\u001f");

    /// <summary>Shapes a result; media follow the text when it had to be put together.</summary>
    /// <param name="parts">The converted result.</param>
    /// <param name="maxChars">Characters of text to keep; 0 for the hard limit.</param>
    public static IReadOnlyList<ContentPart> Shape(IReadOnlyList<ContentPart> parts, int maxChars)
    {
        int limit = maxChars == 0 ? HardLimit : maxChars;
        List<string> texts = [];
        long units = 0;
        bool binary = false;
        foreach (ContentPart part in parts)
        {
            if (part is TextPart text)
            {
                texts.Add(text.Text);
                units += text.Text.Length;
                binary |= text.Text.AsSpan().ContainsAny(s_binary);
            }
        }

        long total = units;
        if (units > limit)
        {
            total = texts.Sum(static text => (long)CodePoints.Count(text));
        }

        if (total <= limit)
        {
            return binary ? [.. parts.Select(static part => part is TextPart text ? new TextPart(Clean(text.Text)) : part)] : parts;
        }

        string kept = (texts.Count == 1 ? LeadingItems(texts[0], limit, total) : null) ?? HeadAndTail(texts, limit, total);
        return [new TextPart(Clean(kept)), .. parts.Where(static part => part is not TextPart)];
    }

    private static string? LeadingItems(string text, int limit, long total)
    {
        int first = 0;
        while (first < text.Length && char.IsWhiteSpace(text[first]))
        {
            first++;
        }

        if (first == text.Length || text[first] != '[')
        {
            return null;
        }

        // The closing bracket is ours.
        int maxEnd = first + CodePoints.IndexOf(text.AsSpan(first), limit - 1);
        List<int> ends = [];
        if (!JsonArrayScanner.TryScan(text.AsSpan().TrimEnd(), ends, maxEnd, out int count) || count < 2 || ends.Count == 0)
        {
            return null;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{text.AsSpan(first, ends[^1] - first)}]\n\n[{ends.Count} of {count} items shown: the output was truncated, it has {total} characters in all. Fetch only what is needed: use a filter, pagination, a smaller limit or a specific id.]");
    }

    private static string HeadAndTail(List<string> texts, int limit, long total)
    {
        int headChars = (int)(limit * 3L / 5);
        string head = Head(texts, headChars);
        string tail = Tail(texts, limit - headChars);
        int shown = CodePoints.Count(head) + CodePoints.Count(tail);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{head}\n\n[Output truncated: {shown} of {total} characters are shown, the beginning above and the end below. Fetch only what is needed: use a filter, pagination, a smaller limit or a specific id.]\n\n{tail}");
    }

    private static string Head(List<string> texts, int chars)
    {
        // Twice as many units as characters always suffice.
        string start = First(texts, chars * 2L + 2);
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

    private static string Tail(List<string> texts, int chars)
    {
        string end = Last(texts, chars * 2L + 2);
        int count = CodePoints.Count(end);
        int start = CodePoints.IndexOf(end, Math.Max(0, count - chars));
        int lineBreak = end.IndexOf('\n', start, Math.Min(LineBreakReach, end.Length - start));
        if (lineBreak >= 0 && lineBreak + 1 < end.Length)
        {
            start = lineBreak + 1;
        }

        return end[start..];
    }

    private static string First(List<string> texts, long units)
    {
        var start = new StringBuilder();
        foreach (string text in texts)
        {
            int take = (int)Math.Min(units - start.Length, text.Length);
            start.Append(text, 0, take);
        }

        return start.ToString();
    }

    private static string Last(List<string> texts, long units)
    {
        var pieces = new List<string>();
        for (int i = texts.Count - 1; i >= 0 && units > 0; i--)
        {
            string text = texts[i];
            int from = (int)Math.Max(0, text.Length - units);
            if (from > 0 && char.IsLowSurrogate(text[from]) && char.IsHighSurrogate(text[from - 1]))
            {
                from++;
            }

            pieces.Insert(0, text[from..]);
            units -= text.Length - from;
        }

        return string.Concat(pieces);
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
