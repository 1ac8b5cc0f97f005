using System.Globalization;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;

namespace Kimi.Engine.Tools.Web;

/// <summary><c>FetchURL</c>: the main text of a page.</summary>
internal sealed class FetchUrlTool(ToolServices services) : Tool
{
    private const string Browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.124 Safari/537.36";

    private static readonly TimeSpan s_read = TimeSpan.FromSeconds(60);

    private static readonly byte[] s_schema = """
        {"properties":{"url":{"description":"The address.","type":"string"}},"required":["url"],"type":"object"}
        """u8.ToArray();

    public override ToolDefinition Definition { get; } = new(
        "FetchURL",
        "Fetch a web page and return its main text.",
        s_schema);

    public override bool IsReadOnly => true;

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string url = read.Text("url");
        read.Check();
        return services.Config.Services.MoonshotFetch is ServiceConfig service
            && await ServiceAsync(service, url, context, cancellationToken).ConfigureAwait(false) is { } served
                ? served
                : await GetAsync(url, cancellationToken).ConfigureAwait(false);
    }

    // Whatever goes wrong with the service, the page can still be fetched directly.
    private async Task<ToolReturnValue?> ServiceAsync(ServiceConfig service, string url, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (!WebService.HasKey(service, services))
        {
            return null;
        }

        try
        {
            using HttpRequestMessage request = WebService.Request(service, services, context.Call.Id, writer =>
            {
                writer.BeginObject();
                writer.Member("url"u8, url);
                writer.EndObject();
            }, "text/markdown");
            WebAnswer answer = await WebClient.SendAsync(request, s_read, cancellationToken).ConfigureAwait(false);
            if (answer.Status != 200)
            {
                return null;
            }

            ToolResultBuilder builder = new(maxLineLength: null);
            builder.Write(answer.Text);
            return builder.Ok("The returned content is the main content extracted from the page.");
        }
        catch (Exception e) when (e is TimeoutException or HttpRequestException or UriFormatException or InvalidOperationException)
        {
            return null;
        }
    }

    private static async Task<ToolReturnValue> GetAsync(string url, CancellationToken cancellationToken)
    {
        WebAnswer answer;
        try
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https"))
            {
                throw new HttpRequestException($"'{url}' is not an http or https address");
            }

            using HttpRequestMessage request = new(HttpMethod.Get, address);
            request.Headers.TryAddWithoutValidation("User-Agent", Browser);
            answer = await WebClient.SendAsync(request, s_read, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return ToolReturnValue.Error("Failed to fetch URL: request timed out. The server may be slow or out of reach.", "Request timed out");
        }
        catch (Exception e) when (e is HttpRequestException or InvalidOperationException)
        {
            return ToolReturnValue.Error(
                $"Failed to fetch URL due to network error: {e.Message}. This may indicate the URL is invalid or the server is unreachable.", "Network error");
        }

        if (answer.Status >= 400)
        {
            string status = answer.Status.ToString(CultureInfo.InvariantCulture);
            return ToolReturnValue.Error(
                $"Failed to fetch URL. Status: {status}. This may indicate the page is not accessible or the server is down.", $"HTTP {status} error");
        }

        ToolResultBuilder builder = new(maxLineLength: null);
        if (answer.ContentType.StartsWith("text/plain", StringComparison.OrdinalIgnoreCase) || answer.ContentType.StartsWith("text/markdown", StringComparison.OrdinalIgnoreCase))
        {
            builder.Write(answer.Text);
            return builder.Ok("The returned content is the full content of the page.");
        }

        if (answer.Body.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return ToolReturnValue.Ok("", "The response body is empty.", "Empty response body");
        }

        string? text = HtmlText.Extract(answer);
        if (string.IsNullOrEmpty(text))
        {
            return ToolReturnValue.Error(
                "Failed to extract meaningful content from the page. It may need JavaScript, a sign-in, or hold no text; try another page or another way.", "No content extracted");
        }

        builder.Write(text);
        return builder.Ok("The returned content is the main text content extracted from the page.");
    }
}
