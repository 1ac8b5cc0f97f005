using System.Globalization;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Text;

namespace Kimi.Engine.Mcp;

/// <summary>The text of a search result: name, description and schema, each schema once as long as the context holds it.</summary>
internal sealed class McpSearchOutput(McpSettings settings, McpShownSchemas shown)
{
    private const int MaxProperties = 60;
    private const int MinRoom = 200;
    private const int MaxUnavailable = 10;

    /// <summary>Searches and writes the result.</summary>
    public string Search(McpCatalog catalog, string query)
    {
        McpSearchHits hits = catalog.Index.Search(query, settings.SearchResultCap);
        return hits.Total == 0 ? NoMatch(catalog, query) : Matches(catalog, hits);
    }

    /// <summary>The argument schema of a tool for an error message; counts as shown when it is whole.</summary>
    public string Schema(McpTool tool, int room)
    {
        if (tool.TakesNoArguments)
        {
            return "(no arguments)";
        }

        if (Fits(tool.SchemaText, room))
        {
            shown.Add(tool);
            return "arguments: " + tool.SchemaText;
        }

        return Outline(tool);
    }

    private string Matches(McpCatalog catalog, McpSearchHits hits)
    {
        var text = new StringBuilder();
        int limit = settings.ResultMaxChars == 0 ? McpResultShaper.HardLimit : settings.ResultMaxChars;
        int printed = 0;
        foreach (McpTool tool in hits.Tools)
        {
            string head = Head(catalog, tool);
            if (printed > 0 && text.Length + head.Length + MinRoom > limit)
            {
                break;
            }

            printed++;
            text.Append(text.Length == 0 ? "" : "\n\n").Append(head);
            if (!tool.TakesNoArguments && shown.Contains(tool))
            {
                text.Append(" (schema shown earlier)");
                continue;
            }

            string description = McpText.OneLine(tool.Description, settings.DescriptionMaxChars);
            if (description.Length > 0 && text.Length + description.Length < limit)
            {
                text.Append(": ").Append(description);
            }

            // Room for the schemas is shared in order: what is left after the names of the others.
            int room = limit - text.Length - (MinRoom / 2 * (hits.Tools.Count - printed));
            text.Append('\n').Append(Schema(tool, room));
        }

        int more = hits.Total - printed;
        if (more > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n\n{more} more match; refine the query");
        }

        return text.ToString();
    }

    private static string Head(McpCatalog catalog, McpTool tool)
    {
        McpServerState state = catalog.StateOf(tool);
        string name = McpText.OneLine(tool.FullName, 500);
        return state == McpServerState.Connected ? name : $"{name} [unavailable now: server {state.Text()}]";
    }

    private static bool Fits(string schema, int room) => schema.Length <= room || CodePoints.Count(schema) <= room;

    /// <summary>Names and types of the arguments, where the schema itself is too long.</summary>
    private static string Outline(McpTool tool)
    {
        var text = new StringBuilder("arguments (schema too large to show; names and types only): ");
        if (!tool.Schema.TryMember("properties", out JsonElement properties) || properties.ValueKind != JsonValueKind.Object)
        {
            return text.Append("not listed").ToString();
        }

        int count = 0;
        foreach (JsonProperty property in properties.EnumerateObject())
        {
            if (count++ == MaxProperties)
            {
                text.Append(", …");
                break;
            }

            string type = property.Value.StringOrNull("type") ?? "any";
            text.Append(count == 1 ? "" : ", ").Append(McpText.OneLine(property.Name, 60)).Append(' ').Append(McpText.OneLine(type, 20));
        }

        return text.ToString();
    }

    private static string NoMatch(McpCatalog catalog, string query)
    {
        var text = new StringBuilder("No MCP tool matches these keywords.");
        string trimmed = query.Trim();
        List<McpTool> nearest = McpNames.Nearest(catalog, trimmed, Math.Max(6, trimmed.Length));
        if (nearest.Count > 0)
        {
            text.Append(" Nearest names: ").AppendJoin(", ", nearest.Select(tool => McpText.OneLine(tool.FullName, 200))).Append('.');
        }

        List<McpServerTools> unavailable = [.. catalog.Servers.Where(server => server.State != McpServerState.Connected)];
        if (unavailable.Count > 0)
        {
            text.Append(" Servers not available: ")
                .AppendJoin(", ", unavailable.Take(MaxUnavailable).Select(server => $"{McpText.OneLine(server.Name, 64)} ({server.State.Text()})"));
            if (unavailable.Count > MaxUnavailable)
            {
                text.Append(CultureInfo.InvariantCulture, $" and {unavailable.Count - MaxUnavailable} more");
            }

            text.Append('.');
        }

        return text.ToString();
    }
}
