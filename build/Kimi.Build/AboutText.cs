using System.Text;
using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace Kimi.Build;

/// <summary>An about page as the text that Get-Help shows.</summary>
internal static class AboutText
{
    private const int Width = 80;

    public static string Render(string name, string markdown)
    {
        StringBuilder text = new();
        text.Append("TOPIC\n    ").Append(name).Append("\n\n");
        bool described = false;
        foreach (Block block in MarkdownText.Parse(FrontMatter.Split(markdown).Body))
        {
            switch (block)
            {
                case HeadingBlock { Level: 1 }:
                    break; // the topic, already written
                case HeadingBlock { Level: 2 } heading:
                    string title = MarkdownText.Of(heading).ToUpperInvariant();
                    described |= title == "SHORT DESCRIPTION";
                    text.Append(title).Append('\n');
                    break;
                case HeadingBlock heading:
                    text.Append("  ").Append(MarkdownText.Of(heading)).Append('\n');
                    break;
                case CodeBlock code:
                    text.Append(Indent(MarkdownText.Code(code), 8)).Append("\n\n");
                    break;
                case Table:
                    text.Append(Indent(MarkdownText.Paragraphs(block).First(), 4)).Append("\n\n");
                    break;
                case ListBlock:
                    foreach (string item in MarkdownText.Paragraphs(block))
                    {
                        text.Append(MarkdownText.Wrap(item.ReplaceLineEndings(" "), 4, Width, 2)).Append('\n');
                    }

                    text.Append('\n');
                    break;
                default:
                    foreach (string paragraph in MarkdownText.Paragraphs(block))
                    {
                        text.Append(MarkdownText.Wrap(paragraph, 4, Width)).Append("\n\n");
                    }

                    break;
            }
        }

        // Get-Help lists the topic with the text below this heading.
        return described ? text.ToString() : throw new InvalidDataException($"{name}.md: there is no 'Short description'.");
    }

    private static string Indent(string text, int by) =>
        string.Join('\n', text.Split('\n').Select(line => line.Length == 0 ? line : new string(' ', by) + line));
}
