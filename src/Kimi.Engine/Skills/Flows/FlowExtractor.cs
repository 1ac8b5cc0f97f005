using System.Text;

namespace Kimi.Engine.Skills.Flows;

/// <summary>Finds the diagram of a flow skill in its Markdown.</summary>
internal static class FlowExtractor
{
    /// <exception cref="FlowException">There is no diagram, or it is no valid flow.</exception>
    public static Flow Extract(string markdown)
    {
        char fence = '\0';
        int fenceLength = 0;
        string? language = null;
        var block = new StringBuilder();
        foreach (ReadOnlySpan<char> line in markdown.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> text = line.Trim();
            int run = FenceRun(text);
            if (fence == '\0')
            {
                if (run >= 3)
                {
                    fence = text[0];
                    fenceLength = run;
                    language = Language(text[run..]);
                    block.Clear();
                }
            }
            else if (run >= fenceLength && text[0] == fence && run == text.Length)
            {
                if (language is "mermaid" or "d2")
                {
                    return Parse(language, block.ToString());
                }

                fence = '\0';
            }
            else
            {
                block.Append(line).Append('\n');
            }
        }

        throw new FlowException("Flow skills require a mermaid or d2 code block in SKILL.md.");
    }

    private static Flow Parse(string language, string diagram)
    {
        try
        {
            return language == "mermaid" ? MermaidParser.Parse(diagram) : D2Parser.Parse(diagram);
        }
        catch (FlowException e)
        {
            throw new FlowException($"Invalid flow diagram: {e.Message}");
        }
    }

    private static int FenceRun(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text[0] is not ('`' or '~'))
        {
            return 0;
        }

        int end = text.IndexOfAnyExcept(text[0]);
        return end < 0 ? text.Length : end;
    }

    private static string Language(ReadOnlySpan<char> info)
    {
        info = info.Trim();
        int blank = info.IndexOfAny(' ', '\t');
        ReadOnlySpan<char> word = blank < 0 ? info : info[..blank];
        return word.Trim("{}").ToString().ToLowerInvariant();
    }
}
