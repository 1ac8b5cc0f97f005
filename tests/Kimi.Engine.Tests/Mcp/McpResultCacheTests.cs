using Kimi.Engine.Chat;
using Kimi.Engine.Mcp;
using static Kimi.Engine.Tests.Mcp.McpTestTools;

namespace Kimi.Engine.Tests.Mcp;

public sealed class McpResultCacheTests
{
    private readonly ManualClock _clock = new();
    private int _dispatched;

    private static readonly McpTool s_reader = Tool("s", "read", readOnly: true);

    private McpResultCache Cache(int seconds = 60) => new(TimeSpan.FromSeconds(seconds), _clock);

    private Task<McpCached> Call(McpResultCache cache, McpTool tool, string arguments = "{}", ToolReturnValue? result = null) =>
        cache.GetAsync(
            tool,
            Json(arguments),
            () =>
            {
                _dispatched++;
                return Task.FromResult(result ?? ToolReturnValue.Ok("r" + _dispatched));
            },
            TestContext.Current.CancellationToken);

    [Fact]
    public async Task Off_unless_a_time_is_set()
    {
        McpResultCache cache = Cache(0);

        await Call(cache, s_reader);
        await Call(cache, s_reader);

        Assert.Equal(2, _dispatched);
    }

    [Fact]
    public async Task Repeats_are_answered_until_the_time_is_over()
    {
        McpResultCache cache = Cache();
        await Call(cache, s_reader, """{"a":1,"b":2}""");
        _clock.Advance(TimeSpan.FromSeconds(59));

        McpCached hit = await Call(cache, s_reader, """{"b":2, "a":1}""");

        Assert.Equal("r1", hit.Result.OutputText);
        Assert.Equal(59, hit.Age!.Value.TotalSeconds);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null((await Call(cache, s_reader, """{"a":1,"b":2}""")).Age);
        Assert.Equal(2, _dispatched);
    }

    [Fact]
    public async Task Only_read_only_tools_and_successes()
    {
        McpResultCache cache = Cache();

        foreach (McpTool tool in new[] { Tool("s", "a"), Tool("s", "b", readOnly: true, destructive: true) })
        {
            await Call(cache, tool);
            await Call(cache, tool);
        }

        await Call(cache, s_reader, result: ToolReturnValue.Error("no", ""));
        await Call(cache, s_reader, result: ToolReturnValue.Error("no", ""));

        Assert.Equal(6, _dispatched);
    }

    [Fact]
    public async Task Other_arguments_schema_or_server_change_miss()
    {
        McpResultCache cache = Cache();
        await Call(cache, s_reader);

        await Call(cache, s_reader, """{"x":1}""");
        await Call(cache, Tool("s", "read", schema: """{"properties":{"x":{}}}""", readOnly: true));
        cache.Invalidate("other");
        Assert.NotNull((await Call(cache, s_reader)).Age);
        cache.Invalidate("s");
        Assert.Null((await Call(cache, s_reader)).Age);

        Assert.Equal(4, _dispatched);
    }

    [Fact]
    public async Task Oldest_of_64_makes_room()
    {
        McpResultCache cache = Cache();
        for (int i = 0; i < 65; i++)
        {
            await Call(cache, s_reader, $"{{\"i\":{i}}}");
        }

        Assert.NotNull((await Call(cache, s_reader, """{"i":1}""")).Age);
        Assert.Null((await Call(cache, s_reader, """{"i":0}""")).Age);
    }

    [Fact]
    public async Task Equal_calls_at_once_share_a_dispatch_and_survive_its_failure()
    {
        McpResultCache cache = Cache();
        var gate = new TaskCompletionSource<ToolReturnValue>();
        Task<McpCached> first = cache.GetAsync(s_reader, Json("{}"), () => gate.Task, TestContext.Current.CancellationToken);
        Task<McpCached> second = Call(cache, s_reader);
        Assert.Equal(0, _dispatched);

        gate.SetException(new OperationCanceledException());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal("r1", (await second).Result.OutputText);
    }

    private sealed class ManualClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _ticks;

        public void Advance(TimeSpan by) => _ticks += by.Ticks;
    }
}
