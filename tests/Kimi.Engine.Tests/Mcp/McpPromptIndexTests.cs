using Kimi.Engine.Mcp;
using static Kimi.Engine.Tests.Mcp.McpTestTools;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpPromptIndexTests
{
    private static McpServerTools Server(string name, int tools, McpServerState state = McpServerState.Connected, string? hint = null) =>
        new(name, state, [.. Enumerable.Range(0, tools).Select(i => Tool(name, $"secret{i}"))], hint);

    private static string Compose(params McpServerTools[] servers) => McpPromptIndex.Compose(new McpCatalog(servers, 300));

    [Fact]
    public void One_line_a_server_in_order_with_state_and_hint()
    {
        string text = Compose(
            Server("zeta", 1, hint: "Works on boards. Then more."), Server("alpha", 12), Server("broken", 3, McpServerState.Failed), Server("locked", 0, McpServerState.Unauthorized));

        Assert.Contains("mcp_search", text, StringComparison.Ordinal);
        Assert.Contains("mcp_call", text, StringComparison.Ordinal);
        Assert.EndsWith("- zeta: 1 tool. Works on boards.\n- alpha: 12 tools\n- broken: 0 tools, failed\n- locked: 0 tools, unauthorized", text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_without_servers() => Assert.Equal("", Compose());

    [Fact]
    public void Says_when_none_is_connected() =>
        Assert.Contains("No server is connected", Compose(Server("a", 0, McpServerState.Pending)), StringComparison.Ordinal);

    [Fact]
    public void Thousands_of_servers_take_no_more_room()
    {
        string few = Compose([.. Enumerable.Range(0, 21).Select(i => Server($"s{i}", 2))]);
        string many = Compose([.. Enumerable.Range(0, 5000).Select(i => Server($"s{i}" + new string('n', 200), 2, hint: new string('h', 500)))]);

        Assert.EndsWith("- and 1 further server with 2 tools", few, StringComparison.Ordinal);
        Assert.EndsWith("- and 4980 further servers with 9960 tools", many, StringComparison.Ordinal);
        Assert.Equal(few.Split('\n').Length, many.Split('\n').Length);
        Assert.InRange(many.Length, 1, 4000);
    }

    [Fact]
    public void Names_cannot_break_out_of_their_line() =>
        Assert.EndsWith("- a b c: 1 tool", Compose(Server("a\nb\u001b\r c", 1)), StringComparison.Ordinal);
}
