using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools.Web;

/// <summary><c>SearchWeb</c>: asks the search service.</summary>
internal sealed class SearchWebTool(ToolServices services) : Tool
{
    private static readonly TimeSpan s_read = TimeSpan.FromSeconds(90);

    private static readonly byte[] s_schema = """
        {"properties":{"query":{"description":"What to search for.","type":"string"},"limit":{"default":5,"description":"Number of results; more is rarely useful, refine the query instead.","maximum":20,"minimum":1,"type":"integer"},"include_content":{"default":false,"description":"Return the pages' contents too; long.","type":"boolean"}},"required":["query"],"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "SearchWeb",
        "Search the internet for current information: news, documents, releases, papers, how something is done.",
        s_schema);

    public override bool IsReadOnly => true;

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string query = read.Text("query");
        int limit = read.Whole("limit", 5, 1, 20);
        bool withContent = read.Flag("include_content", false);
        read.Check();
        if (services.Config.Services.MoonshotSearch is not ServiceConfig service || !WebService.HasKey(service, services))
        {
            return ToolReturnValue.Error("Search service is not configured. You may want to try other methods to search.", "Search service not configured");
        }

        WebAnswer answer;
        try
        {
            using HttpRequestMessage request = WebService.Request(service, services, context.Call.Id, writer =>
            {
                writer.BeginObject();
                writer.Member("text_query"u8, query);
                writer.Member("limit"u8, limit);
                writer.Member("enable_page_crawling"u8, withContent);
                writer.Member("timeout_seconds"u8, 30);
                writer.EndObject();
            });
            answer = await WebClient.SendAsync(request, s_read, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return ToolReturnValue.Error("Search request timed out. The service may be slow or out of reach; try again later.", "Search request timed out");
        }
        catch (Exception e) when (e is HttpRequestException or UriFormatException or InvalidOperationException)
        {
            return ToolReturnValue.Error($"Search request failed: {e.Message}", "Search request failed");
        }

        if (answer.Status != 200)
        {
            return ToolReturnValue.Error(
                string.Create(CultureInfo.InvariantCulture, $"Failed to search. Status: {answer.Status}. This may indicate that the search service is currently unavailable."), "Failed to search");
        }

        return Results(answer);
    }

    private static ToolReturnValue Results(WebAnswer answer)
    {
        ToolResultBuilder builder = new(maxLineLength: null);
        try
        {
            using JsonDocument document = JsonDocument.Parse(answer.Body);
            JsonElement results = document.RootElement.GetProperty("search_results");
            bool first = true;
            foreach (JsonElement result in results.EnumerateArray())
            {
                if (!first)
                {
                    builder.Write("---\n\n");
                }

                first = false;
                builder.Write($"Title: {Required(result, "title")}\nDate: {result.StringOrNull("date")}\nURL: {Required(result, "url")}\nSummary: {Required(result, "snippet")}\n\n");
                if (result.StringOrNull("content") is { Length: > 0 } content)
                {
                    builder.Write($"{content}\n\n");
                }
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return ToolReturnValue.Error($"Failed to parse search results. Error: {e.Message}", "Failed to parse search results");
        }

        return builder.Ok();
    }

    private static string Required(JsonElement result, string name) => result.StringOrNull(name) ?? throw new FormatException($"a result lacks the member '{name}'");
}
