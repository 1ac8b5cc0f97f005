using Kimi.Engine.Chat;
using Kimi.Engine.Mcp;
using Kimi.Testing.Mcp;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>What goes along when a remote server sends its clients elsewhere.</summary>
public sealed class McpRedirectTests
{
    [Fact]
    public async Task Another_host_gets_the_request_but_no_headers_of_ours()
    {
        await using McpRawHttpServer first = await McpRawHttpServer.StartAsync();
        await using McpRawHttpServer second = await McpRawHttpServer.StartAsync();
        first.MovedTo = second.Url + "/json";
        await using McpSession session = await new McpSession([Server(first)]).LoadAsync();

        ToolReturnValue result = await session.McpCallAsync("huge", """{"bytes":1}""");

        Assert.False(result.IsError, result.Message);
        Assert.All(first.Requests, request => Assert.Contains("X-Own: yes\n", request + "\n", StringComparison.Ordinal));
        Assert.All(first.Requests, request => Assert.Contains("Authorization: Bearer secret\n", request + "\n", StringComparison.Ordinal));
        Assert.NotEmpty(second.Requests);
        Assert.All(second.Requests, request => Assert.DoesNotContain("X-Own", request, StringComparison.OrdinalIgnoreCase));
        Assert.All(second.Requests, request => Assert.DoesNotContain("secret", request, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(307)]
    [InlineData(308)]
    public async Task The_same_host_gets_them(int status)
    {
        await using McpRawHttpServer server = await McpRawHttpServer.StartAsync();
        server.MovedStatus = status;
        await using McpSession session = await new McpSession([Server(server)]).LoadAsync();

        ToolReturnValue result = await session.McpCallAsync("huge", """{"bytes":1}""");

        Assert.False(result.IsError, result.Message);
        Assert.Contains(server.Requests, request => request.StartsWith("/json", StringComparison.Ordinal));
        Assert.All(server.Requests, request => Assert.Contains("Authorization: Bearer secret\n", request + "\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_circle_is_left_and_told()
    {
        await using McpRawHttpServer server = await McpRawHttpServer.StartAsync();
        server.MovedTo = "/moved";
        await using McpSession session = await new McpSession([Server(server)]).LoadAsync();

        Assert.Equal("failed", session.Manager.Status().Servers[0].Status);
        Assert.Contains(session.Log, line => line.Contains("307", StringComparison.Ordinal));
        Assert.InRange(server.Requests.Count, 11, 40);
    }

    private static McpServerConfig Server(McpRawHttpServer server) => McpSession.Http("s", server.Url + "/moved") with
    {
        Headers = new Dictionary<string, string> { ["X-Own"] = "yes" },
        BearerToken = "secret",
    };
}
