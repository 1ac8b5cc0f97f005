using System.Text;

namespace Kimi.Engine.Skills.Flows;

/// <summary>Reads the subset of D2 that flows are written in.</summary>
internal sealed class D2Parser
{
    private static readonly HashSet<string> s_properties = new(StringComparer.Ordinal)
    {
        "shape", "style", "label", "link", "icon", "near", "width", "height", "direction", "grid-rows", "grid-columns",
        "grid-gap", "font-size", "font-family", "font-color", "stroke", "fill", "opacity", "padding", "border-radius",
        "shadow", "sketch", "animated", "multiple", "constraint", "tooltip",
    };

    private readonly FlowBuilder _builder = new();

    /// <exception cref="FlowException">The diagram is no valid flow.</exception>
    public static Flow Parse(string diagram)
    {
        var parser = new D2Parser();
        foreach (D2Statement statement in D2Scanner.Split(diagram))
        {
            parser.Add(statement);
        }

        return parser._builder.Build();
    }

    private void Add(D2Statement statement)
    {
        int colon = FindColon(statement.Text);
        string head = colon < 0 ? statement.Text : statement.Text[..colon];
        if (head.Contains("->", StringComparison.Ordinal))
        {
            AddEdges(statement, head, colon);
            return;
        }

        string id = head.Trim();
        if (colon >= 0 && IsProperty(id))
        {
            return;
        }

        CheckId(id, statement.Line);
        _builder.AddNode(id, Label(statement, colon), statement.Line);
    }

    private void AddEdges(D2Statement statement, string head, int colon)
    {
        string[] ids = Array.ConvertAll(head.Split("->"), static id => id.Trim());
        if (Array.Exists(ids, IsProperty))
        {
            return;
        }

        foreach (string id in ids)
        {
            CheckId(id, statement.Line);
            _builder.AddNode(id, null, statement.Line);
        }

        string? label = Label(statement, colon);
        for (int i = 0; i + 1 < ids.Length; i++)
        {
            _builder.AddEdge(ids[i], ids[i + 1], i + 2 == ids.Length ? label : null);
        }
    }

    private static int FindColon(string text)
    {
        char quote = '\0';
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quote != '\0')
            {
                i += c == '\\' ? 1 : 0;
                quote = c == quote ? '\0' : quote;
            }
            else if (c is '"' or '\'')
            {
                quote = c;
            }
            else if (c == ':')
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsProperty(string id)
    {
        string[] segments = id.Split('.');
        for (int i = 1; i < segments.Length; i++)
        {
            if (s_properties.Contains(segments[i]) || segments[i].StartsWith("style", StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private static void CheckId(string id, int line)
    {
        bool valid = id.Length > 0;
        for (int i = 0; valid && i < id.Length; i++)
        {
            char c = id[i];
            valid = char.IsAsciiLetterOrDigit(c) || c == '_' || (i > 0 && c is '.' or '/' or '-');
        }

        if (!valid)
        {
            throw FlowException.At(line, $"Invalid node id \"{id}\"");
        }
    }

    private static string? Label(D2Statement statement, int colon)
    {
        if (statement.Markdown is { } markdown)
        {
            return markdown.Trim().Length == 0 ? null : markdown;
        }

        string text = colon < 0 ? "" : statement.Text[(colon + 1)..].Trim();
        if (text.Length == 0)
        {
            return null;
        }

        if (text[0] is not ('"' or '\''))
        {
            return text;
        }

        var label = new StringBuilder();
        for (int i = 1; i < text.Length; i++)
        {
            char c = text[i];
            if (c == text[0])
            {
                return i < text.Length - 1 ? throw FlowException.At(statement.Line, "Unexpected trailing content")
                    : label.Length == 0 ? null
                    : label.ToString();
            }

            if (c == '\\' && i + 1 < text.Length)
            {
                c = text[++i];
            }

            label.Append(c);
        }

        throw FlowException.At(statement.Line, "Unclosed string");
    }
}
