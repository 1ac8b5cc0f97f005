using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace Kimi.Engine.Tools.Web;

/// <summary>Takes the main text out of a page, with what the page says about itself in front.</summary>
internal static class HtmlText
{
    private const int MinText = 25;

    private static readonly string[] s_noise =
    [
        "script", "style", "noscript", "template", "iframe", "svg", "canvas", "form", "button", "nav", "header", "footer", "aside", "dialog", "object", "embed",
        "[hidden]", "[aria-hidden=true]", "[role=navigation]", "[role=banner]", "[role=contentinfo]", "[role=search]", "[role=dialog]",
    ];

    private static readonly string[] s_main = ["article", "main", "[role=main]", "[itemprop=articleBody]", "#content", "#main", ".post-content", ".entry-content", ".article-body", ".comment-body"];

    /// <summary>The text of a page; null when there is none.</summary>
    public static string? Extract(WebAnswer answer)
    {
        HtmlParser parser = new();
        using IHtmlDocument document = answer.CharSet is null ? parser.ParseDocument(new MemoryStream(answer.Body)) : parser.ParseDocument(answer.Text);
        string head = HtmlHead.Describe(document, answer.Url);
        if (document.Body is not IElement body)
        {
            return null;
        }

        // The title of an article may stand in its own header, which is no noise.
        foreach (IElement noise in body.QuerySelectorAll(string.Join(',', s_noise)).ToArray())
        {
            if (noise.LocalName is not ("header" or "footer" or "aside") || noise.Closest("article, main") is null)
            {
                noise.Remove();
            }
        }

        string text = Text(Main(body));
        return text.Length == 0 ? null : $"{head}{text}";
    }

    private static IElement Main(IElement body)
    {
        int all = body.TextContent.Trim().Length;
        foreach (string selector in s_main)
        {
            IElement? best = body.QuerySelectorAll(selector).MaxBy(static element => element.TextContent.Length);
            int length = best?.TextContent.Trim().Length ?? 0;
            if (best is not null && length >= MinText && length >= all / 5)
            {
                return best;
            }
        }

        return body;
    }

    private static string Text(IElement root)
    {
        HtmlWriter writer = new();
        writer.Write(root);
        return writer.ToString();
    }

    /// <summary>Writes elements as plain text: one line for each block.</summary>
    private sealed class HtmlWriter
    {
        private readonly StringBuilder _text = new();
        private readonly StringBuilder _line = new();
        private string _mark = "";

        public void Write(INode node)
        {
            foreach (INode child in node.ChildNodes)
            {
                switch (child)
                {
                    case IText text:
                        _line.Append(text.Data);
                        break;
                    case IElement element:
                        Write(element);
                        break;
                }
            }
        }

        public override string ToString()
        {
            End();
            return _text.ToString().Trim();
        }

        private void Write(IElement element)
        {
            switch (element.LocalName)
            {
                case "br":
                    End();
                    break;
                case "pre":
                    End();
                    _text.Append(element.TextContent.Trim('\n', '\r')).Append('\n');
                    break;
                case "li":
                    End();
                    _mark = "- ";
                    Write((INode)element);
                    End();
                    _mark = "";
                    break;
                case "tr":
                    End();
                    _line.AppendJoin(" | ", element.Children.Where(static cell => cell.LocalName is "td" or "th").Select(static cell => Collapse(cell.TextContent)));
                    End();
                    break;
                case "img" or "input" or "select" or "video" or "audio":
                    break;
                default:
                    bool isBlock = IsBlock(element.LocalName);
                    if (isBlock)
                    {
                        End();
                    }

                    Write((INode)element);
                    if (isBlock)
                    {
                        End();
                    }

                    break;
            }
        }

        private void End()
        {
            string line = Collapse(_line.ToString());
            _line.Clear();
            if (line.Length > 0)
            {
                _text.Append(_mark).Append(line).Append('\n');
                _mark = "";
            }
        }

        private static bool IsBlock(string name) => name is
            "p" or "div" or "section" or "article" or "main" or "header" or "footer" or "aside" or "h1" or "h2" or "h3" or "h4" or "h5" or "h6" or "ul" or "ol" or "dl" or "dt" or "dd"
            or "table" or "thead" or "tbody" or "tfoot" or "caption" or "blockquote" or "figure" or "figcaption" or "address" or "details" or "summary" or "hr" or "body";

        private static string Collapse(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
