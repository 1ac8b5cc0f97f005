using System.Text;

namespace Kimi.Engine.Skills.Flows;

/// <summary>Reads the subset of Mermaid flow charts that flows are written in: one edge or node a line.</summary>
internal sealed class MermaidParser
{
    private static readonly string[] s_skipped = ["classdef ", "class ", "style ", "linkstyle ", "click ", "subgraph ", "direction "];

    private readonly FlowBuilder _builder = new();
    private int _line;

    /// <exception cref="FlowException">The diagram is no valid flow.</exception>
    public static Flow Parse(string diagram)
    {
        var parser = new MermaidParser();
        foreach (ReadOnlySpan<char> line in diagram.AsSpan().EnumerateLines())
        {
            parser._line++;
            parser.Line(Clean(line));
        }

        return parser._builder.Build();
    }

    // Drops the comment and ":::style" tokens; both may stand inside a quoted label as text.
    private static string Clean(ReadOnlySpan<char> line)
    {
        var text = new StringBuilder(line.Length);
        bool quoted = false;
        for (int i = 0; i < line.Length; i++)
        {
            char c = line[i];
            if (quoted && c == '\\' && i + 1 < line.Length)
            {
                text.Append(c).Append(line[++i]);
                continue;
            }

            quoted ^= c == '"';
            if (!quoted && line[i..].StartsWith("%%"))
            {
                break;
            }

            if (!quoted && line[i..].StartsWith(":::"))
            {
                for (i += 3; i < line.Length && (char.IsAsciiLetterOrDigit(line[i]) || line[i] is '_' or '-'); i++)
                {
                }

                i--;
                continue;
            }

            text.Append(c);
        }

        return text.ToString().Trim();
    }

    private static bool IsSkipped(string line)
    {
        if (line.Length == 0 || line == "end" || IsHeader(line, "flowchart") || IsHeader(line, "graph"))
        {
            return true;
        }

        foreach (string prefix in s_skipped)
        {
            if (line.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    // "graph LR", "flowchart-elk TD"; not a node that is called "graphics".
    private static bool IsHeader(string line, string word) =>
        line.StartsWith(word, StringComparison.OrdinalIgnoreCase)
        && (line.Length == word.Length || !(char.IsAsciiLetterOrDigit(line[word.Length]) || line[word.Length] == '_'));

    private void Line(string line)
    {
        if (IsSkipped(line))
        {
            return;
        }

        string bare = TakePipeLabel(line, out string? label);
        for (string? others = label; others is not null;)
        {
            bare = TakePipeLabel(bare, out others);
        }

        (int start, int end) = FindArrow(bare);
        if (end < 0)
        {
            if (IsIdStart(line[0]))
            {
                int position = 0;
                Node(line, ref position, out _);
            }

            return;
        }

        int at = 0;
        string source = Node(bare[..start], ref at, out bool found);
        if (!found)
        {
            throw FlowException.At(_line, "Expected a node before the arrow");
        }

        label ??= InlineLabel(bare[at..start].Trim());
        at = 0;
        string target = Node(bare[end..].TrimStart(), ref at, out found);
        if (!found)
        {
            throw FlowException.At(_line, "Expected a node after the arrow");
        }

        _builder.AddEdge(source, target, label);
    }

    // "-- text" in front of the arrow; a node in between belongs to a chain, whose middle is not looked at.
    private string? InlineLabel(string between)
    {
        if (between.Length == 0 || FindArrow(between).End >= 0)
        {
            return null;
        }

        string text = between.TrimStart('-', '.', '=');
        if (text.Length == between.Length)
        {
            throw FlowException.At(_line, $"Unexpected text before the arrow: {between}");
        }

        text = text.Trim();
        return text.Length == 0 ? null : text;
    }

    private static string TakePipeLabel(string line, out string? label)
    {
        label = null;
        int open = FindOutside(line, 0, static (text, i) => text[i] == '|');
        int close = open < 0 ? -1 : line.IndexOf('|', open + 1);
        if (close < 0)
        {
            return line;
        }

        string text = line[(open + 1)..close].Trim();
        if (text.Length > 1 && text[0] == '"' && text[^1] == '"')
        {
            text = text[1..^1];
        }

        label = text.Length == 0 ? null : text;
        return string.Concat(line.AsSpan(0, open), " ", line.AsSpan(close + 1));
    }

    // The last arrow counts. Its run of strokes may be long; three dashes without a head count too.
    private static (int Start, int End) FindArrow(string line)
    {
        int head = -1;
        for (int i = 0; (i = FindOutside(line, i, static (text, at) => text[at] == '>' && at > 0 && IsStroke(text[at - 1]))) >= 0; i++)
        {
            head = i;
        }

        if (head < 0)
        {
            int dashes = FindOutside(line, 0, static (text, at) => string.CompareOrdinal(text, at, "---", 0, 3) == 0);
            if (dashes < 0)
            {
                return (-1, -1);
            }

            int behind = dashes;
            while (behind < line.Length && line[behind] == '-')
            {
                behind++;
            }

            return (dashes, behind);
        }

        int start = head;
        while (start > 0 && IsStroke(line[start - 1]))
        {
            start--;
        }

        return (start, head + 1);
    }

    // First match that is neither in quotes nor in a label's brackets.
    private static int FindOutside(string text, int from, Func<string, int, bool> matches)
    {
        int depth = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted)
            {
                i += c == '\\' ? 1 : 0;
                quoted = c != '"';
                continue;
            }

            if (i >= from && depth == 0 && matches(text, i))
            {
                return i;
            }

            quoted = c == '"';
            depth += c is '[' or '(' or '{' ? 1 : 0;
            depth -= depth > 0 && c is ']' or ')' or '}' ? 1 : 0;
        }

        return -1;
    }

    private static bool IsStroke(char c) => c is '-' or '.' or '=';

    private static bool IsIdStart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private string Node(string text, ref int position, out bool found)
    {
        int start = position;
        while (position < text.Length && (IsIdStart(text[position])
            || (position > start && text[position] == '-' && position + 1 < text.Length && IsIdStart(text[position + 1]))))
        {
            position++;
        }

        string id = text[start..position];
        found = id.Length > 0;
        if (found)
        {
            _builder.AddNode(id, Label(text, ref position), _line);
        }

        return id;
    }

    private string? Label(string text, ref int position)
    {
        int at = position;
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }

        int open = at;
        var closing = new StringBuilder(2);
        while (at < text.Length && at - open < 2 && text[at] is '[' or '(' or '{')
        {
            closing.Insert(0, text[at] switch { '[' => ']', '(' => ')', _ => '}' });
            at++;
        }

        if (closing.Length == 0)
        {
            return null;
        }

        string close = closing.ToString();
        while (at < text.Length && text[at] == ' ')
        {
            at++;
        }

        string label;
        if (at < text.Length && text[at] == '"')
        {
            label = Quoted(text, ref at);
            while (at < text.Length && text[at] == ' ')
            {
                at++;
            }

            if (string.CompareOrdinal(text, at, close, 0, close.Length) != 0)
            {
                throw FlowException.At(_line, $"Expected '{close}' after the label");
            }
        }
        else
        {
            int end = text.IndexOf(close, at, StringComparison.Ordinal);
            if (end < 0)
            {
                throw FlowException.At(_line, $"Unclosed node label, expected '{close}'");
            }

            label = text[at..end].Trim();
            if (label.Length == 0)
            {
                throw FlowException.At(_line, "Node label cannot be empty");
            }

            at = end;
        }

        position = at + close.Length;
        return label;
    }

    private string Quoted(string text, ref int position)
    {
        var label = new StringBuilder();
        for (position++; position < text.Length; position++)
        {
            char c = text[position];
            if (c == '"')
            {
                position++;
                return label.ToString();
            }

            if (c == '\\' && position + 1 < text.Length)
            {
                c = text[++position];
            }

            label.Append(c);
        }

        throw FlowException.At(_line, "Unclosed quoted label");
    }
}
