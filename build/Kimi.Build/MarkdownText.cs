using System.Text;
using Markdig;
using Markdig.Extensions.Tables;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Kimi.Build;

/// <summary>Markdown as plain text.</summary>
internal static class MarkdownText
{
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().UsePipeTables().Build();

    public static MarkdownDocument Parse(string markdown) => Markdown.Parse(markdown, s_pipeline);

    public static string Of(LeafBlock? block) => block?.Inline is null ? "" : Of(block.Inline);

    public static string Of(ContainerInline container)
    {
        StringBuilder text = new();
        foreach (Inline inline in container)
        {
            switch (inline)
            {
                case LiteralInline literal: text.Append(literal.Content); break;
                case CodeInline code: text.Append(code.Content); break;
                case LineBreakInline: text.Append(' '); break;
                case HtmlEntityInline entity: text.Append(entity.Transcoded); break;
                case AutolinkInline link: text.Append(link.Url); break;
                case LinkInline link:
                    string label = Of(link);
                    text.Append(label);
                    if (link.Url?.Contains("://", StringComparison.Ordinal) == true && link.Url != label)
                    {
                        text.Append(" (").Append(link.Url).Append(')');
                    }

                    break;
                case ContainerInline inner: text.Append(Of(inner)); break;
            }
        }

        return text.ToString();
    }

    public static string Code(CodeBlock block) => block.Lines.ToString().TrimEnd();

    /// <summary>A block as paragraphs; lists and tables keep their lines.</summary>
    public static IEnumerable<string> Paragraphs(Block block)
    {
        switch (block)
        {
            case CodeBlock code:
                yield return Code(code);
                break;
            case Table table:
                yield return TableText(table);
                break;
            case LeafBlock leaf:
                yield return Of(leaf);
                break;
            case ListBlock list:
                int number = 1;
                foreach (ListItemBlock item in list.OfType<ListItemBlock>())
                {
                    string mark = list.IsOrdered ? $"{number++}. " : "- ";
                    yield return mark + string.Join("\n  ", item.SelectMany(Paragraphs));
                }

                break;
            case ContainerBlock container:
                foreach (string paragraph in container.SelectMany(Paragraphs)) { yield return paragraph; }
                break;
        }
    }

    /// <summary>Breaks a text into lines of a width, each behind an indent.</summary>
    public static string Wrap(string text, int indent, int width, int hanging = 0)
    {
        StringBuilder result = new();
        string margin = new(' ', indent);
        string line = margin;
        foreach (string word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > indent && line.TrimEnd().Length > 0 && line.Length + 1 + word.Length > width && line.Trim().Length > 0)
            {
                result.Append(line).Append('\n');
                line = margin + new string(' ', hanging);
            }

            line += line.Trim().Length == 0 ? word : " " + word;
        }

        return result.Append(line).ToString();
    }

    private static string TableText(Table table)
    {
        string[][] rows = [.. table.OfType<TableRow>().Select(row =>
            row.OfType<TableCell>().Select(cell => string.Join(" ", cell.SelectMany(Paragraphs))).ToArray())];
        int columns = rows.Max(r => r.Length);
        int[] widths = [.. Enumerable.Range(0, columns).Select(c => rows.Max(r => c < r.Length ? r[c].Length : 0))];
        StringBuilder text = new();
        for (int r = 0; r < rows.Length; r++)
        {
            int before = text.Length;
            for (int c = 0; c < rows[r].Length; c++)
            {
                text.Append(c == rows[r].Length - 1 ? rows[r][c] : rows[r][c].PadRight(widths[c] + 2));
            }

            while (text.Length > before && text[^1] == ' ') { text.Length--; }
            text.Append('\n');
            if (r == 0) { text.Append(string.Join("  ", widths.Select((w, c) => new string('-', c == columns - 1 ? Math.Min(w, rows[0][^1].Length) : w)))).Append('\n'); }
        }

        return text.ToString().TrimEnd('\n');
    }
}
