using Kimi.Engine.Mcp;
using static Kimi.Engine.Tests.Mcp.McpTestTools;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpNamesTests
{
    private static readonly McpCatalog s_catalog = Catalog(
        Tool("fs", "read_file"), Tool("fs", "copy"), Tool("git", "copy"), Tool("git", "log__all"), Tool("git__x", "log"), Tool("Fs", "Move"));

    [Theory]
    [InlineData("mcp__fs__read_file", "mcp__fs__read_file")]
    [InlineData("  mcp__fs__read_file\n", "mcp__fs__read_file")]
    [InlineData("fs__read_file", "mcp__fs__read_file")]
    [InlineData("fs.read_file", "mcp__fs__read_file")]
    [InlineData("fs/read_file", "mcp__fs__read_file")]
    [InlineData("read_file", "mcp__fs__read_file")]
    [InlineData("git.copy", "mcp__git__copy")]
    [InlineData("log__all", "mcp__git__log__all")]
    [InlineData("git__x__log", "mcp__git__x__log")]
    [InlineData("READ_FILE", "mcp__fs__read_file")]
    [InlineData("MCP__FS__READ_FILE", "mcp__fs__read_file")]
    [InlineData("move", "mcp__Fs__Move")]
    [InlineData("FS.move", "mcp__Fs__Move")]
    public void Resolves(string name, string expected) => Assert.Equal(expected, McpNames.Resolve(s_catalog, name).Tool?.FullName);

    [Theory]
    [InlineData("copy")]
    [InlineData("COPY")]
    public void Ambiguous_names_are_never_guessed(string name)
    {
        McpNameResolution found = McpNames.Resolve(s_catalog, name);

        Assert.Null(found.Tool);
        Assert.Equal(["mcp__fs__copy", "mcp__git__copy"], found.Candidates.Select(tool => tool.FullName));
    }

    [Theory]
    [InlineData("raed_file", "mcp__fs__read_file")]
    [InlineData("mcp__fs__reed_file", "mcp__fs__read_file")]
    [InlineData("show the log please", "mcp__git__x__log")]
    public void Typos_get_suggestions(string name, string expected)
    {
        McpNameResolution found = McpNames.Resolve(s_catalog, name);

        Assert.Null(found.Tool);
        Assert.Contains(expected, found.Suggestions.Select(tool => tool.FullName));
        Assert.InRange(found.Suggestions.Count, 1, 3);
    }

    [Fact]
    public void Equal_full_names_get_numbers()
    {
        var logged = new List<string>();
        var catalog = new McpCatalog(
            [
                new McpServerTools("a", McpServerState.Connected, [Tool("a", "b__c")]),
                new McpServerTools("a__b", McpServerState.Connected, [Tool("a__b", "c")]),
            ],
            300,
            null,
            logged.Add);

        Assert.Equal("b__c", catalog.Find("mcp__a__b__c")?.Name);
        Assert.Equal("c", catalog.Find("mcp__a__b__c~2")?.Name);
        Assert.Single(logged);
    }

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("same", "SAME", 0)]
    [InlineData("", "abc", 3)]
    [InlineData("abcdef", "z", 5)]
    public void Distances(string left, string right, int expected) => Assert.Equal(expected, EditDistance.Between(left, right, 4) is 5 ? 5 : EditDistance.Between(left, right, 4));
}
