using Kimi.Engine.Mcp;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpTokensTests
{
    [Theory]
    [InlineData("createBoard", "create board")]
    [InlineData("HTTPServerList", "http server list")]
    [InlineData("read_file-v2.now", "read file v 2 now")]
    [InlineData("get issue #42b", "get issue 42 b")]
    [InlineData("the list of all files in a folder", "list all file folder")]
    [InlineData("queries classes boxes batches dishes quizzes", "query class box batch dish quizz")]
    [InlineData("bus status this is gas ties process ls dogs", "bus status gas tie process ls dog")]
    [InlineData("", "")]
    [InlineData("  --  ", "")]
    [InlineData("Größe ÜBERSICHT", "größe übersicht")]
    [InlineData("日本語 検索", "日本語 検索")]
    [InlineData("\U0001F600smile\U0001F600", "smile")]
    public void Splits_lowers_and_stems(string text, string expected) =>
        Assert.Equal(expected, string.Join(' ', McpTokens.Split(text)));

    [Fact]
    public void Endless_words_are_cut_not_refused() => Assert.Equal(64, Assert.Single(McpTokens.Split(new string('x', 1000))).Length);
}
