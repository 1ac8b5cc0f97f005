using Kimi.Engine.Chat;
using Kimi.Engine.Mcp;
using static Kimi.Engine.Tests.Mcp.McpTestTools;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpSearchOutputTests
{
    private const string Schema = """{"$schema":"http://json-schema.org/draft-07/schema#","type":"object","properties":{"n":{"type":"number","default":1.50}},"required":["n"]}""";
    private const string Shown = """{"type":"object","properties":{"n":{"type":"number","default":1.50}},"required":["n"]}""";

    private readonly McpShownSchemas _shown = new();

    private string Search(McpCatalog catalog, string query, McpSettings? settings = null) =>
        new McpSearchOutput(settings ?? new McpSettings(), _shown).Search(catalog, query);

    [Fact]
    public void Shows_name_description_and_schema_once()
    {
        McpCatalog catalog = Catalog(Tool("s", "add_number", "Adds\n\n a \u0007 number", Schema));

        string first = Search(catalog, "number");
        string second = Search(catalog, "number");

        Assert.Equal($"mcp__s__add_number: Adds a number\narguments: {Shown}", first);
        Assert.Equal("mcp__s__add_number (schema shown earlier)", second);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("{}")]
    [InlineData("""{"type":"object","properties":{},"additionalProperties":false}""")]
    [InlineData("""{"type":"object","required":[]}""")]
    public void Empty_schemas_are_said_in_words(string? schema) =>
        Assert.Equal("mcp__s__ping: Pings\n(no arguments)", Search(Catalog(Tool("s", "ping", "Pings", schema)), "ping"));

    [Theory]
    [InlineData("""{"anyOf":[{"required":["a"]}]}""")]
    [InlineData("""{"type":"object","additionalProperties":{"type":"string"}}""")]
    [InlineData("""{"type":"object","required":["a"]}""")]
    public void Other_schemas_are_not_empty(string schema) =>
        Assert.Contains("arguments: {", Search(Catalog(Tool("s", "ping", "Pings", schema)), "ping"), StringComparison.Ordinal);

    [Fact]
    public void Changed_schema_is_shown_again()
    {
        Search(Catalog(Tool("s", "x", "", Schema)), "x");

        Assert.Contains("integer", Search(Catalog(Tool("s", "x", "", """{"properties":{"n":{"type":"integer"}}}""")), "x"), StringComparison.Ordinal);
    }

    [Fact]
    public void Broad_query_is_capped_and_says_how_many_more()
    {
        string text = Search(new McpCatalog([new McpServerTools("s", McpServerState.Connected, Many(100).Select(t => new McpTool("s", t.Name, t.Description, t.Schema)).ToList())], 300), "s");

        Assert.Equal(5, text.Split("\n\n").Count(block => block.StartsWith("mcp__", StringComparison.Ordinal)));
        Assert.EndsWith("95 more match; refine the query", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_descriptions_are_cut()
    {
        string text = Search(Catalog(Tool("s", "x", new string('y', 500))), "x", new McpSettings(DescriptionMaxChars: 10));

        Assert.Equal("mcp__s__x: yyyyyyyyy…\n(no arguments)", text);
    }

    [Fact]
    public void Schema_that_does_not_fit_is_outlined_and_not_counted_as_shown()
    {
        string large = """{"type":"object","properties":{"a":{"type":"string","description":"%"},"b":{}}}""".Replace("%", new string('d', 20_000), StringComparison.Ordinal);
        McpCatalog catalog = Catalog(Tool("s", "big", "Big", large));

        string text = Search(catalog, "big");

        Assert.InRange(text.Length, 1, 12_000);
        Assert.Contains("a string, b any", text, StringComparison.Ordinal);
        Assert.Contains("too large", text, StringComparison.Ordinal);
        Assert.Equal(text, Search(catalog, "big"));
    }

    [Fact]
    public void Whole_result_is_bounded()
    {
        string large = """{"type":"object","properties":{"a":{"type":"string","description":"%"}}}""".Replace("%", new string('d', 900), StringComparison.Ordinal);
        McpTool[] tools = [.. Enumerable.Range(0, 50).Select(i => Tool("s", $"tool_{i}", new string('e', 250), large))];

        string text = Search(Catalog(tools), "tool", new McpSettings(ResultMaxChars: 3000, SearchResultCap: 50));

        Assert.InRange(text.Length, 500, 3300);
    }

    [Fact]
    public void No_match_names_the_nearest_and_what_is_missing()
    {
        var catalog = new McpCatalog(
            [new McpServerTools("s", McpServerState.Connected, [Tool("s", "export_report")]), new McpServerTools("gone", McpServerState.Failed, [])], 300);

        string text = Search(catalog, "exprt_reprt");

        Assert.Contains("mcp__s__export_report", text, StringComparison.Ordinal);
        Assert.Contains("gone (failed)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Tools_of_a_lost_server_are_marked()
    {
        var catalog = new McpCatalog([new McpServerTools("s", McpServerState.Failed, [Tool("s", "x")])], 300);

        Assert.StartsWith("mcp__s__x [unavailable now: server failed]", Search(catalog, "x"), StringComparison.Ordinal);
    }

    [Fact]
    public void Rewritten_history_keeps_what_it_still_shows()
    {
        McpCatalog catalog = Catalog(Tool("s", "one", "", Schema), Tool("s", "two", "", Schema));
        string one = Search(catalog, "one");
        Search(catalog, "two");

        _shown.Retain([new Message(Role.Tool, one), new Message(Role.User, "mcp__s__two" + Shown)]);

        Assert.Contains("schema shown earlier", Search(catalog, "one"), StringComparison.Ordinal);
        Assert.DoesNotContain("schema shown earlier", Search(catalog, "two"), StringComparison.Ordinal);
    }
}
