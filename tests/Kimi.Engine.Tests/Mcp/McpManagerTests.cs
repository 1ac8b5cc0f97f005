using System.Diagnostics;
using Kimi.Engine.Chat;
using Kimi.Engine.Mcp;
using Kimi.Testing;
using static Kimi.Engine.Tests.Mcp.McpTestTools;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpManagerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Servers_connect_beside_each_other()
    {
        var servers = new FakeServers();
        int waiting = 0;
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        for (int i = 0; i < 20; i++)
        {
            string name = $"s{i}";
            servers.Add(name, async stop =>
            {
                // Nobody gets on before everybody has come here.
                if (Interlocked.Increment(ref waiting) == 20)
                {
                    all.SetResult();
                }

                await all.Task.WaitAsync(stop);
                return new FakeServers.FakeConnection(servers, [Tool(name, "t")]);
            });
        }

        await using McpSession session = servers.Session();
        Assert.All(session.Manager.Status().Servers, server => Assert.Equal("pending", server.Status));
        Assert.True(session.Manager.Status().Loading);

        await session.LoadAsync().WaitAsync(TimeSpan.FromSeconds(20), Stop);

        Assert.Equal(20, session.Manager.Status().Connected);
        Assert.Equal(20, session.Manager.Status().Tools);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"s{i}"), session.Manager.Status().Servers.Select(server => server.Name));
    }

    [Fact]
    public async Task A_connector_that_heeds_no_token_does_not_hold_the_turn()
    {
        var never = new TaskCompletionSource<FakeServers.FakeConnection>();
        FakeServers servers = new FakeServers().Add("deaf", _ => never.Task);
        await using McpSession session = servers.Session(connectTimeout: TimeSpan.FromMilliseconds(100));

        await session.LoadAsync().WaitAsync(TimeSpan.FromSeconds(10), Stop);

        Assert.Equal("failed", session.Manager.Status().Servers[0].Status);
    }

    [Fact]
    public async Task Calls_at_once_share_one_reconnect()
    {
        FakeServers servers = new FakeServers().Add("s", Tool("s", "t"), Tool("s", "u"));
        await using McpSession session = await servers.Session().LoadAsync();
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Manager.Changed += () => lost.TrySetResult();
        servers.Connections["s"].Lose("broken pipe");
        await lost.Task.WaitAsync(Stop);
        Assert.Contains("[unavailable now: server failed]", await session.SearchAsync("t"), StringComparison.Ordinal);
        Assert.Contains(session.Log, line => line.Contains("broken pipe", StringComparison.Ordinal));

        ToolReturnValue[] results = await Task.WhenAll(session.McpCallAsync("t"), session.McpCallAsync("u"));

        Assert.All(results, result => Assert.False(result.IsError));
        Assert.Equal(2, servers.Connected.Count);
    }

    [Fact]
    public async Task A_reconnect_that_fails_is_told()
    {
        int attempts = 0;
        var servers = new FakeServers();
        servers.Add("s", _ => ++attempts == 1 ? Task.FromResult(new FakeServers.FakeConnection(servers, [Tool("s", "t")])) : throw new IOException("no more"));
        await using McpSession session = await servers.Session().LoadAsync();
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Manager.Changed += () => lost.TrySetResult();
        servers.Connections["s"].Lose("gone");
        await lost.Task.WaitAsync(Stop);

        ToolReturnValue result = await session.McpCallAsync("t");

        Assert.Equal("The MCP server 's' is not available: no more.", result.Message);
        Assert.False(result.IsUnexpected);
    }

    [Fact]
    public async Task Many_notices_are_one_listing_and_a_failed_one_keeps_the_tools()
    {
        FakeServers servers = new FakeServers().Add("s", Tool("s", "old"));
        await using McpSession session = await servers.Session().LoadAsync();
        FakeServers.FakeConnection connection = servers.Connections["s"];
        connection.Tools = [Tool("s", "new"), Tool("s", "new"), Tool("s", "more")];
        Task changed = Next(session, () => session.Manager.Catalog.Find("mcp__s__more") is not null);

        for (int i = 0; i < 50; i++)
        {
            connection.ToolsChanged();
        }

        await changed.WaitAsync(TimeSpan.FromSeconds(10), Stop);
        Assert.Equal(2, connection.Lists);
        Assert.Equal(["new", "more"], session.Manager.Status().Servers[0].Tools);
        Assert.Contains(session.Log, line => line.Contains("'new' twice", StringComparison.Ordinal));

        connection.ListFailure = new IOException("not now");
        connection.ToolsChanged();
        await Eventually.HoldsAsync(() => session.Log.Exists(line => line.Contains("not now", StringComparison.Ordinal)), Stop);

        Assert.Equal(["new", "more"], session.Manager.Status().Servers[0].Tools);
    }

    [Fact]
    public async Task Fixed_tools_win_over_others_of_their_name()
    {
        FakeServers servers = new FakeServers().Add("s", Tool("s", "t"));
        await using McpSession session = servers.Session();
        session.Toolset.Add(new NamedTool("mcp_call"));

        session.Manager.Attach(session.Toolset);

        Assert.Equal(McpToolDefinitions.Call, session.Toolset.Find("mcp_call")!.Definition);
        Assert.Contains(session.Log, line => line.Contains("mcp_call gives way", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ending_does_not_wait_for_a_server_that_is_being_connected()
    {
        var never = new TaskCompletionSource<FakeServers.FakeConnection>();
        FakeServers servers = new FakeServers().Add("s", stop => never.Task.WaitAsync(stop));
        McpSession session = servers.Session();
        session.Manager.Start();
        var watch = Stopwatch.StartNew();

        await session.DisposeAsync();

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), watch.Elapsed.ToString());
    }

    [Fact]
    public async Task A_call_before_the_server_is_there_waits_for_it()
    {
        var gate = new TaskCompletionSource();
        var servers = new FakeServers();
        servers.Add("s", async stop =>
        {
            await gate.Task.WaitAsync(stop);
            return new FakeServers.FakeConnection(servers, [Tool("s", "t")]);
        });
        await using McpSession session = servers.Session();
        session.Manager.Start();

        Task<ToolReturnValue> call = session.McpCallAsync("mcp__s__t");
        gate.SetResult();

        Assert.Equal("answer of t", McpSession.TextOf(await call.WaitAsync(TimeSpan.FromSeconds(10), Stop)));
    }

    [Fact]
    public async Task A_call_waits_for_the_tools_of_a_server_that_has_just_connected()
    {
        var servers = new FakeServers().Add("s", Tool("s", "x__y"));
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        servers.Add("s__x", async stop =>
        {
            await gate.Task.WaitAsync(stop);
            return new FakeServers.FakeConnection(servers, [Tool("s__x", "y"), Tool("s__x", "t")]);
        });
        await using McpSession session = servers.Session();
        Task first = Next(session, () => session.Manager.Catalog.Tools.Count == 1);
        session.Manager.Start();
        await first.WaitAsync(TimeSpan.FromSeconds(20), Stop);

        // The line about the two equal names is written while the new tools are put together: the server stands, its tools are not known.
        var call = new TaskCompletionSource<Task<ToolReturnValue>>(TaskCreationOptions.RunContinuationsAsynchronously);
        session.OnLog = _ => call.TrySetResult(session.DispatchAsync("mcp__s__x__t"));
        gate.SetResult();

        Task<ToolReturnValue> running = await call.Task.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal("answer of t", McpSession.TextOf(await running.WaitAsync(TimeSpan.FromSeconds(20), Stop)));
    }

    private static Task Next(McpSession session, Func<bool> condition)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Manager.Changed += () =>
        {
            if (condition())
            {
                seen.TrySetResult();
            }
        };
        return seen.Task;
    }
}
