using Kimi.Engine.Mcp;
using static Kimi.Engine.Tests.Mcp.McpTestTools;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpToolIndexTests
{
    private static readonly McpTool[] s_tools =
    [
        Tool("trello", "create_board", "Creates a board in the workspace"),
        Tool("trello", "archive_card", "Archives a card"),
        Tool("fs", "delete_file", "Deletes one file"),
        Tool("fs", "read_file", "Reads the content of a file"),
        Tool("ops", "list_services", "Lists the services that run"),
        Tool("ops", "restart", "Restarts a service"),
        Tool("mail", "the", "x"),
    ];

    private static string[] Find(string query, int limit = 5) =>
        [.. new McpToolIndex(s_tools, 300).Search(query, limit).Tools.Select(tool => tool.Name)];

    [Theory]
    [InlineData("make a board", "create_board")]
    [InlineData("rm file", "delete_file")]
    [InlineData("enumerate services", "list_services")]
    [InlineData("restart services", "restart")]
    [InlineData("trello", "archive_card")]
    [InlineData("archive_card", "archive_card")]
    [InlineData("mcp__fs__read_file", "read_file")]
    [InlineData("the", "the")]
    public void Best_match_comes_first(string query, string expected) => Assert.Equal(expected, Find(query)[0]);

    [Theory]
    [InlineData("zebra")]
    [InlineData("of a in")]
    [InlineData("")]
    public void Nothing_scores_zero_is_no_match(string query) => Assert.Empty(Find(query));

    [Fact]
    public void Word_itself_beats_its_synonym()
    {
        var index = new McpToolIndex([Tool("s", "remove_x", "one two"), Tool("s", "delete_x", "one two")], 300);

        Assert.Equal(["delete_x", "remove_x"], index.Search("delete", 5).Tools.Select(tool => tool.Name));
        Assert.Equal(["remove_x", "delete_x"], index.Search("remove", 5).Tools.Select(tool => tool.Name));
    }

    [Fact]
    public void Name_counts_more_than_description()
    {
        var index = new McpToolIndex([Tool("s", "alpha", "a banana here"), Tool("s", "banana", "an alpha here")], 300);

        Assert.Equal("banana", index.Search("banana", 1).Tools[0].Name);
    }

    [Fact]
    public void Scores_are_those_of_the_formula()
    {
        // One document holds the term once among few words, the other twice among many: tf and length weigh as BM25 says.
        var index = new McpToolIndex(
            [Tool("s", "p", "kiwi kiwi " + string.Join(' ', Enumerable.Range(0, 60).Select(i => $"word{(char)('a' + (i % 26))}"))), Tool("s", "q", "kiwi")], 1000);

        Assert.Equal(["q", "p"], index.Search("kiwi", 5).Tools.Select(tool => tool.Name));
    }

    [Fact]
    public void Ties_are_in_order_of_the_full_name()
    {
        var index = new McpToolIndex([Tool("b", "same"), Tool("B", "same"), Tool("a", "same")], 300);

        Assert.Equal(["mcp__B__same", "mcp__a__same", "mcp__b__same"], index.Search("same", 5).Tools.Select(tool => tool.FullName));
    }

    [Fact]
    public void Repeated_query_words_count_once()
    {
        var index = new McpToolIndex([Tool("s", "board"), Tool("s", "card_list")], 300);

        Assert.Equal(index.Search("board card list", 5).Tools, index.Search("board board board card list", 5).Tools);
        Assert.Equal("card_list", index.Search("board board board card list", 5).Tools[0].Name);
    }

    [Fact]
    public void Only_the_capped_description_is_indexed()
    {
        var index = new McpToolIndex([Tool("s", "x", new string('z', 300) + " needle")], 300);

        Assert.Equal(0, index.Search("needle", 5).Total);
    }

    [Fact]
    public void Total_counts_what_the_limit_hides()
    {
        McpSearchHits hits = new McpToolIndex(Many(100), 300).Search("workspace", 5);

        Assert.Equal(5, hits.Tools.Count);
        Assert.InRange(hits.Total, 6, 100);
    }

    [Fact]
    public void Same_list_every_time()
    {
        List<McpTool> tools = Many(500);
        var first = new McpToolIndex(tools, 300);
        var second = new McpToolIndex([.. tools.AsEnumerable().Reverse()], 300);

        Assert.Equal(first.Search("list invoices of customers", 50).Tools, second.Search("list invoices of customers", 50).Tools);
    }

    [Fact]
    public void Ten_thousand_tools_are_indexed_and_searched_without_waste()
    {
        List<McpTool> tools = Many(10_000);
        var index = new McpToolIndex(tools, 300);
        index.Search("warm up", 5);
        long before = GC.GetAllocatedBytesForCurrentThread();
        index = new McpToolIndex(tools, 300);
        long build = GC.GetAllocatedBytesForCurrentThread() - before;
        before = GC.GetAllocatedBytesForCurrentThread();
        McpSearchHits hits = index.Search("create an invoice for the customer", 5);
        long search = GC.GetAllocatedBytesForCurrentThread() - before;

        TestContext.Current.TestOutputHelper?.WriteLine($"build {build / 1e6:F1} MB, search {search / 1e3:F0} kB");
        Assert.Equal(5, hits.Tools.Count);
        Assert.True(build <= 80_000_000, $"{build} bytes");
        Assert.True(search <= 1_000_000, $"{search} bytes");
    }
}
