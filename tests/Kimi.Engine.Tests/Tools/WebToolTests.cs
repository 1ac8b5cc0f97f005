using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Tools.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using static Kimi.Engine.Tests.Tools.ResultAsserts;

namespace Kimi.Engine.Tests.Tools;

public sealed class WebToolTests : IAsyncLifetime
{
    private readonly ToolBench _bench = new();
    private readonly List<(string Method, string Path, IHeaderDictionary Headers, string Body)> _requests = [];
    private WebApplication? _server;
    private RequestDelegate _answer = static context => context.Response.WriteAsync("");

    private string Url => _server!.Urls.First();

    public async ValueTask InitializeAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(async context =>
        {
            using StreamReader reader = new(context.Request.Body);
            // The server uses its header collections again.
            HeaderDictionary headers = new(context.Request.Headers.ToDictionary(static header => header.Key, static header => header.Value, StringComparer.OrdinalIgnoreCase));
            _requests.Add((context.Request.Method, context.Request.Path, headers, await reader.ReadToEndAsync()));
            await _answer(context);
        });
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _server!.DisposeAsync();
        _bench.Dispose();
    }

    private void Answer(string body, string type = "text/html", int status = 200) => _answer = context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = type;
        return context.Response.WriteAsync(body);
    };

    private Task<ToolReturnValue> Fetch(string? url = null) => _bench.Call(new FetchUrlTool(_bench.Services), Json(("url", url ?? $"{Url}/page")));

    private Task<ToolReturnValue> Search(string arguments = "{\"query\":\"q\"}") => _bench.Call(new SearchWebTool(_bench.Services), arguments);

    private void Configure(string key = "k") => _bench.Config = new KimiConfig
    {
        Services = new ServicesConfig
        {
            MoonshotSearch = new ServiceConfig { BaseUrl = $"{Url}/search", ApiKey = new Secret(key), CustomHeaders = new Dictionary<string, string> { ["X-Own"] = "1", ["x-msh-tool-call-id"] = "own" } },
            MoonshotFetch = new ServiceConfig { BaseUrl = $"{Url}/fetch", ApiKey = new Secret(key) },
        },
    };

    [Fact]
    public async Task The_key_of_a_sign_in_comes_before_the_configured_one()
    {
        Configure("configured");
        OAuthReference reference = new("file", "oauth/web");
        _bench.Config = _bench.Config with
        {
            Services = new ServicesConfig
            {
                MoonshotSearch = _bench.Config.Services.MoonshotSearch! with { OAuth = reference },
                MoonshotFetch = _bench.Config.Services.MoonshotFetch! with { OAuth = reference, ApiKey = new Secret("") },
            },
        };
        Answer("{\"search_results\":[]}", "application/json");
        await Search();
        await Fetch(); // without any key the page itself is asked for
        _bench.Folder.Write("share/credentials/web.json", "{\"access_token\":\"first\"}");
        await Search();
        _bench.Folder.Write("share/credentials/web.json", "{\"access_token\":\"second\"}");
        await Search();
        await Fetch();
        Assert.Equal(
            [("/search", "Bearer configured"), ("/page", ""), ("/search", "Bearer first"), ("/search", "Bearer second"), ("/fetch", "Bearer second")],
            _requests.Select(static request => (request.Path, request.Headers.Authorization.ToString())));
    }

    [Fact]
    public async Task Plain_text_comes_as_it_is()
    {
        Answer("a <b> c\n", "text/plain; charset=utf-8");
        (await Fetch()).IsOk("a <b> c\n", "The returned content is the full content of the page.");
        Assert.Contains("Chrome/91.0.4472.124", _requests[0].Headers.UserAgent.ToString(), StringComparison.Ordinal);
        Answer("# m", "text/markdown");
        (await Fetch()).IsOk("# m", "The returned content is the full content of the page.");
    }

    [Fact]
    public async Task A_page_is_reduced_to_its_text()
    {
        Answer($$"""
            <html><head><title>Title</title><meta name="author" content="An Author"><meta property="og:site_name" content="Site"><meta name="description" content="About  it">
            <meta property="article:published_time" content="2024-05-06T07:08:09Z"><meta property="article:section" content="News"><script>var x = 1;</script></head>
            <body><nav>Home | About</nav><header>Banner</header>
            <article><h1>Head line</h1><p>First   paragraph with <b>bold</b> text<br>and a break.</p><ul><li>one</li><li>two</li></ul>
            <table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr></table><pre>code
              indented</pre><div class="comments"><p>A comment.</p></div></article>
            <aside>Related</aside><footer>Imprint</footer></body></html>
            """);
        ToolReturnValue result = await Fetch();
        result.IsOk(
            $"""
            ---
            title: Title
            author: An Author
            url: {Url}/page
            hostname: 127.0.0.1
            description: About it
            sitename: Site
            date: 2024-05-06
            categories: News
            ---
            Head line
            First paragraph with bold text
            and a break.
            - one
            - two
            A | B
            1 | 2
            code
              indented
            A comment.
            """.ReplaceLineEndings("\n"),
            "The returned content is the main text content extracted from the page.");
    }

    [Theory]
    [InlineData(404)]
    [InlineData(500)]
    public async Task An_error_status(int status)
    {
        Answer("no", status: status);
        (await Fetch()).IsError($"Failed to fetch URL. Status: {status}. This may indicate the page is not accessible or the server is down.", $"HTTP {status} error");
    }

    [Fact]
    public async Task Pages_without_text()
    {
        Answer("");
        ToolReturnValue empty = await Fetch();
        empty.IsOk("", "The response body is empty.");
        Assert.Equal("Empty response body", empty.Brief);
        Answer("<html><body><script>1</script></body></html>");
        (await Fetch()).StartsError("Failed to extract meaningful content from the page.", "No content extracted");
    }

    [Fact]
    public async Task Addresses_that_lead_nowhere()
    {
        (await Fetch("http://127.0.0.1:1/")).StartsError("Failed to fetch URL due to network error: ", "Network error");
        (await Fetch("nonsense")).StartsError("Failed to fetch URL due to network error: ", "Network error");
        (await Fetch("file:///etc/passwd")).StartsError("Failed to fetch URL due to network error: ", "Network error");
    }

    [Fact]
    public async Task Another_encoding_is_understood()
    {
        _answer = static async context =>
        {
            context.Response.ContentType = "text/html; charset=iso-8859-1";
            await context.Response.Body.WriteAsync(Encoding.Latin1.GetBytes("<html><body><p>Größe</p></body></html>"));
        };
        Assert.EndsWith("\nGröße", (await Fetch()).OutputText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_fetch_service_comes_first()
    {
        Configure();
        Answer("# From the service", "text/markdown");
        (await Fetch("http://example.invalid/x")).IsOk("# From the service", "The returned content is the main content extracted from the page.");
        Assert.Equal(("POST", "/fetch", "{\"url\":\"http://example.invalid/x\"}"), (_requests[0].Method, _requests[0].Path, _requests[0].Body));
        Assert.Equal(("text/markdown", "Bearer k", "c1"), (_requests[0].Headers.Accept.ToString(), _requests[0].Headers.Authorization.ToString(), _requests[0].Headers["X-Msh-Tool-Call-Id"].ToString()));
    }

    [Fact]
    public async Task A_service_that_fails_is_passed_over()
    {
        Configure();
        _answer = static context =>
        {
            context.Response.StatusCode = context.Request.Path == "/fetch" ? 503 : 200;
            context.Response.ContentType = "text/plain";
            return context.Response.WriteAsync("direct");
        };
        (await Fetch()).IsOk("direct", "The returned content is the full content of the page.");
        Assert.Equal(["/fetch", "/page"], _requests.Select(static request => request.Path));
    }

    [Fact]
    public async Task Search_results_are_listed()
    {
        Configure();
        Answer("{\"search_results\":[{\"site_name\":\"s\",\"title\":\"T1\",\"url\":\"http://1\",\"snippet\":\"S1\",\"content\":\"C1\",\"date\":\"2024\"},{\"title\":\"T2\",\"url\":\"http://2\",\"snippet\":\"S2\"}]}", "application/json");
        (await Search("{\"query\":\"q\",\"limit\":7,\"include_content\":true}")).IsOk(
            "Title: T1\nDate: 2024\nURL: http://1\nSummary: S1\n\nC1\n\n---\n\nTitle: T2\nDate: \nURL: http://2\nSummary: S2\n\n", "");
        Assert.Equal("{\"text_query\":\"q\",\"limit\":7,\"enable_page_crawling\":true,\"timeout_seconds\":30}", _requests[0].Body);
        Assert.Equal(("Bearer k", "own", "1"), (_requests[0].Headers.Authorization.ToString(), _requests[0].Headers["X-Msh-Tool-Call-Id"].ToString(), _requests[0].Headers["X-Own"].ToString()));
    }

    [Fact]
    public async Task Searches_that_fail()
    {
        Configure();
        Answer("no", status: 500);
        (await Search()).StartsError("Failed to search. Status: 500.", "Failed to search");
        Answer("{}", "application/json");
        (await Search()).StartsError("Failed to parse search results. Error: ", "Failed to parse search results");
        Answer("nonsense", "application/json");
        (await Search()).StartsError("Failed to parse search results. Error: ", "Failed to parse search results");
        (await Search("{\"query\":\"q\",\"limit\":21}")).IsInvalid("limit");
        Configure("");
        (await Search()).StartsError("Search service is not configured.", "Search service not configured");
        _bench.Config = new KimiConfig { Services = new ServicesConfig { MoonshotSearch = new ServiceConfig { BaseUrl = "http://127.0.0.1:1", ApiKey = new Secret("k") } } };
        (await Search()).StartsError("Search request failed: ", "Search request failed");
    }
}
