using System.Globalization;
using System.Text;

namespace Kimi.Engine.Tools.Search;

/// <summary>Writes the lines of a file that match, with the lines around them.</summary>
internal sealed class GrepPrinter(StringBuilder output, string text, string prefix, bool withNumbers, int before, int after, int maxColumns)
{
    private int _next;
    private int _number = 1;
    private int _afterLeft;
    private bool _any;

    /// <summary>Writes the lines that a match touches. Matches come in order.</summary>
    public void Match(int start, int end)
    {
        int first = LineStart(Math.Min(start, Math.Max(0, text.Length - 1)));

        // A line that was written already by the match before.
        if (first < _next)
        {
            if (end <= _next)
            {
                return;
            }

            first = _next;
        }

        Trailing(first);
        Leading(first);
        int stop = end > start && end <= text.Length && text[end - 1] == '\n' ? end - 1 : end;
        while (_next < text.Length && _next <= stop)
        {
            Line(':');
        }

        _any = true;
        _afterLeft = after;
    }

    /// <summary>Writes the lines behind the last match.</summary>
    public void End() => Trailing(text.Length);

    private int LineStart(int at) => at <= 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;

    private void Trailing(int until)
    {
        while (_afterLeft > 0 && _next < until && _next < text.Length)
        {
            Line('-');
            _afterLeft--;
        }
    }

    private void Leading(int first)
    {
        int start = first;
        for (int i = 0; i < before && start > _next; i++)
        {
            start = LineStart(start - 1);
        }

        if (_any && (before > 0 || after > 0) && start > _next)
        {
            output.Append("--\n");
        }

        _number += text.AsSpan(_next, start - _next).Count('\n');
        _next = start;
        while (_next < first)
        {
            Line('-');
        }
    }

    private void Line(char mark)
    {
        int end = text.IndexOf('\n', _next);
        end = end < 0 ? text.Length : end;
        if (prefix.Length > 0)
        {
            output.Append(prefix).Append(mark);
        }

        if (withNumbers)
        {
            output.Append(CultureInfo.InvariantCulture, $"{_number}").Append(mark);
        }

        ReadOnlySpan<char> line = text.AsSpan(_next, end - _next);
        if (maxColumns != int.MaxValue && Encoding.UTF8.GetByteCount(line) > maxColumns)
        {
            output.Append("[Omitted long matching line]\n");
        }
        else
        {
            output.Append(line).Append('\n');
        }

        _next = end + 1;
        _number++;
    }
}
