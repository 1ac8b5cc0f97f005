using Kimi.Engine.Mcp;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpStatusTextTests
{
    [Fact]
    public void Servers_are_described_for_people()
    {
        Assert.Equal("No MCP servers configured.", McpStatusText.Describe(null));
        Assert.Equal(
            "MCP Servers: 1/3 connected, 2 tools\n  • a\n    • x\n    • y\n  • b (unauthorized - run: kimi mcp auth b)\n  • c (failed)",
            McpStatusText.Describe(new McpStatus(false, 1, 3, 2, [new("a", "connected", ["x", "y"]), new("b", "unauthorized", []), new("c", "failed", [])])));
    }

    [Fact]
    public void Progress_has_a_line_for_each_server_and_a_bound()
    {
        Assert.Equal(
            "MCP Servers: 2/3 connected, 3 tools\n  • a (connected, 2 tools)\n  • b (connected, 1 tool)\n  • c d (connecting)",
            McpStatusText.Progress(new McpStatus(true, 2, 3, 3, [new("a", "connected", ["x", "y"]), new("b", "connected", ["z"]), new("c\u001b\nd", "connecting", [])])));
        string[] many = McpStatusText.Progress(new McpStatus(true, 0, 1000, 0, [.. Enumerable.Range(0, 1000).Select(i => new McpServerStatus($"s{i}", "pending", []))])).Split('\n');
        Assert.Equal(22, many.Length);
        Assert.Equal("  and 980 more", many[^1]);
    }

    [Theory]
    [InlineData("mcp servers connected", "connected", "connected")]
    [InlineData("mcp authorization needed", "connected", "unauthorized")]
    [InlineData("mcp connection failed", "unauthorized", "failed", "connected")]
    public void The_worst_is_said_when_all_is_settled(string text, params string[] states) =>
        Assert.Equal(text, McpStatusText.Settled(new McpStatus(false, 0, states.Length, 0, [.. states.Select(state => new McpServerStatus("s", state, []))])));
}
