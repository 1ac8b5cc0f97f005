using System.Text;
using System.Text.Json;
using AngleSharp.Dom;
using AngleSharp.Html.Dom;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools.Web;

/// <summary>What a page says about itself.</summary>
internal static class HtmlHead
{
    private const int DateLength = 10;

    /// <summary>The known facts of a page, one a line between two lines of dashes; empty when there are none.</summary>
    public static string Describe(IHtmlDocument page, string url)
    {
        JsonElement? data = Data(page);
        string address = page.QuerySelector("link[rel=canonical]")?.GetAttribute("href") is { } canonical && canonical.StartsWith("http", StringComparison.OrdinalIgnoreCase)
            ? canonical
            : Meta(page, "og:url") ?? url;
        StringBuilder text = new();
        Add("title", Meta(page, "og:title") ?? Meta(page, "twitter:title") ?? page.Title ?? page.QuerySelector("h1")?.TextContent);
        Add("author", Meta(page, "author") ?? Meta(page, "article:author") ?? Author(data));
        Add("url", address);
        Add("hostname", Uri.TryCreate(address, UriKind.Absolute, out Uri? uri) ? uri.Host : null);
        Add("description", Meta(page, "og:description") ?? Meta(page, "description") ?? Meta(page, "twitter:description"));
        Add("sitename", Meta(page, "og:site_name") ?? Meta(page, "application-name"));
        string? date = Meta(page, "article:published_time") ?? Meta(page, "date") ?? data?.StringOrNull("datePublished") ?? page.QuerySelector("time[datetime]")?.GetAttribute("datetime");
        Add("date", date is { Length: > DateLength } ? date[..DateLength] : date);
        Add("categories", Meta(page, "article:section"));
        return text.Length == 0 ? "" : $"---\n{text}---\n";

        void Add(string name, string? value)
        {
            string line = string.Join(' ', (value ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
            if (line.Length > 0)
            {
                text.Append(name).Append(": ").Append(line).Append('\n');
            }
        }
    }

    private static string? Meta(IHtmlDocument page, string name)
    {
        foreach (IElement element in page.QuerySelectorAll("meta"))
        {
            if (string.Equals(element.GetAttribute("property") ?? element.GetAttribute("name"), name, StringComparison.OrdinalIgnoreCase)
                && element.GetAttribute("content") is { Length: > 0 } content)
            {
                return content;
            }
        }

        return null;
    }

    private static JsonElement? Data(IHtmlDocument page)
    {
        foreach (IElement script in page.QuerySelectorAll("script[type='application/ld+json']"))
        {
            if (LenientJson.TryParse(script.TextContent, out JsonElement value))
            {
                return value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? value[0] : value;
            }
        }

        return null;
    }

    private static string? Author(JsonElement? data)
    {
        if (data is not JsonElement found || !found.TryMember("author", out JsonElement author))
        {
            return null;
        }

        if (author.ValueKind == JsonValueKind.Array && author.GetArrayLength() > 0)
        {
            author = author[0];
        }

        return author.ValueKind == JsonValueKind.String ? author.ReadString() : author.StringOrNull("name");
    }
}
