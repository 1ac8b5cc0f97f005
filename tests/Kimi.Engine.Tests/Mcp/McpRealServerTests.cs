using System.Diagnostics;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Mcp;
using Kimi.Testing;
using Kimi.Testing.Mcp;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>Against real processes and real HTTP.</summary>
public sealed class McpRealServerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_process_is_searched_and_called()
    {
        await using McpSession session = await new McpSession([McpSession.Stdio("test", "--tools", "150")]).LoadAsync();

        string found = await session.SearchAsync("sum of numbers add");
        ToolReturnValue sum = await session.McpCallAsync("mcp__test__add_numbers", """{"a":1.5,"b":2}""");

        Assert.StartsWith("mcp__test__add_numbers: Adds two numbers\narguments: {", found, StringComparison.Ordinal);
        Assert.Equal("3.5", McpSession.TextOf(sum));
        Assert.False(sum.IsError);
        Assert.Equal(["mcp:mcp__test__add_numbers"], session.Asked);
        Assert.Equal("Call MCP tool `mcp__test__add_numbers`.", session.Descriptions[0]);
        Assert.Equal(167, session.Manager.Status().Tools);
        Assert.Contains(session.Log, line => line.Contains("a line for the log", StringComparison.Ordinal));
        Assert.Contains("- test: 167 tools. A server for tests.", Refreshed(session), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(McpTransport.Http)]
    [InlineData(McpTransport.Sse)]
    public async Task Remote_servers_are_called(McpTransport transport)
    {
        await using McpHttpServer server = await McpHttpServer.StartAsync();
        McpServerConfig config = McpSession.Http("web", transport == McpTransport.Sse ? server.SseUrl : server.McpUrl, transport);
        config = config with { Headers = new Dictionary<string, string> { ["X-Own"] = "yes" }, BearerToken = "secret" };
        await using McpSession session = await new McpSession([config]).LoadAsync();

        ToolReturnValue result = await session.McpCallAsync("echo", """{"text":"grüße 😀"}""");

        Assert.Equal("grüße 😀", McpSession.TextOf(result));
        Assert.Contains("X-Own: yes", server.Headers);
        Assert.Contains("Authorization: Bearer secret", server.Headers);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Changed_tools_are_listed_anew(bool remote)
    {
        await using McpHttpServer server = await McpHttpServer.StartAsync();
        await using McpSession session = await new McpSession([remote ? McpSession.Http("s", server.McpUrl) : McpSession.Stdio("s")]).LoadAsync();
        string before = Refreshed(session);
        IReadOnlyList<ToolDefinition> definitions = session.Toolset.Definitions;
        Task changed = NextChange(session, manager => manager.Catalog.Find("mcp__s__added") is not null);

        await session.McpCallAsync("change_tools");
        await changed.WaitAsync(TimeSpan.FromSeconds(20), Stop);

        Assert.Contains("mcp__s__added", await session.SearchAsync("added"), StringComparison.Ordinal);
        Assert.Equal(before, session.Manager.IndexBlock);
        Assert.NotEqual(before, Refreshed(session));
        Assert.Same(definitions, session.Toolset.Definitions);
        changed = NextChange(session, manager => manager.Catalog.Find("mcp__s__added") is null);
        await session.McpCallAsync("change_tools");
        await changed.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        ToolReturnValue gone = await session.McpCallAsync("mcp__s__added");
        Assert.True(gone.IsError);
        Assert.Contains("no longer exists", gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_dies_is_brought_back_for_the_next_call()
    {
        await using McpSession session = await new McpSession([McpSession.Stdio("s")]).LoadAsync();
        Task lost = NextChange(session, manager => manager.Status().Connected == 0);

        ToolReturnValue died = await session.McpCallAsync("die");
        await lost.WaitAsync(TimeSpan.FromSeconds(10), Stop);

        Assert.True(died.IsError);
        Assert.Equal("failed", session.Manager.Status().Servers[0].Status);
        Assert.Contains("[unavailable now: server failed]", await session.SearchAsync("echo text"), StringComparison.Ordinal);
        ToolReturnValue[] both = await Task.WhenAll(session.McpCallAsync("ping"), session.McpCallAsync("echo", """{"text":"x"}"""));
        Assert.All(both, result => Assert.False(result.IsError, result.Message));
        Assert.Equal("connected", session.Manager.Status().Servers[0].Status);
    }

    [Fact]
    public async Task Bad_servers_delay_nobody_and_say_why()
    {
        var watch = Stopwatch.StartNew();
        await using var session = new McpSession(
            [
                McpSession.Stdio("silent", "--silent"),
                McpSession.Stdio("exits", "--exit"),
                new McpServerConfig { Name = "missing", Transport = McpTransport.Stdio, Command = "no-such-program-anywhere" },
                McpSession.Http("refused", "http://127.0.0.1:9/mcp"),
                McpSession.Stdio("good"),
            ],
            connectTimeout: TimeSpan.FromSeconds(4));
        Task good = NextChange(session, manager => manager.Catalog.Find("mcp__good__ping") is not null);
        session.Manager.Start();
        await good.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.Equal("pong", McpSession.TextOf(await session.McpCallAsync("mcp__good__ping")));

        await session.LoadAsync();

        Assert.InRange(watch.Elapsed.TotalSeconds, 3, 20);
        Assert.Equal(["failed", "failed", "failed", "failed", "connected"], session.Manager.Status().Servers.Select(server => server.Status));
        Assert.False(session.Manager.Status().Loading);
        ToolReturnValue result = await session.McpCallAsync("mcp__exits__ping");
        Assert.True(result.IsError);
        Assert.Contains("The MCP server 'exits' is not available", result.Message, StringComparison.Ordinal);
        Assert.Contains(session.Log, line => line.Contains("'silent' could not be connected: no answer within 4 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Twenty_processes_start_at_once_and_all_end_with_the_session()
    {
        const int Good = 20;
        using TempDirectory pids = new();
        int[] started;
        await using (var session = new McpSession(
            [
                Raw("deaf", "--pids", pids.Path, "--deaf"),
                Raw("flood", "--pids", pids.Path, "--flood"),
                Raw("dies", "--pids", pids.Path, "--dies"),
                .. Enumerable.Range(0, Good).Select(i => Raw($"s{i}", "--plain", "--pids", pids.Path, "--meets", $"{Good + 3}")),
            ]))
        {
            // None of the twenty answers before all processes run: one after the other they would never be there.
            Task good = NextChange(session, manager => manager.Status().Connected == Good);
            session.Manager.Start();
            await good.WaitAsync(TimeSpan.FromSeconds(60), Stop);
            foreach (int i in new[] { 0, Good - 1 })
            {
                Assert.Equal("first", McpSession.TextOf(await session.McpCallAsync($"mcp__s{i}__twice")));
            }

            Assert.Equal("connecting", session.Manager.Status().Servers[0].Status);
            started = [.. Directory.GetFiles(pids.Path).Select(static file => int.Parse(Path.GetFileName(file), System.Globalization.CultureInfo.InvariantCulture))];
            Assert.Equal(Good + 3, started.Length);
        }

        Assert.DoesNotContain(started, IsRunning);
    }

    [Fact]
    public async Task A_server_that_floods_its_output_is_given_up_soon()
    {
        await using var session = new McpSession([Raw("flood", "--flood")]);

        await session.LoadAsync();

        Assert.Equal("failed", session.Manager.Status().Servers[0].Status);
        Assert.Contains(session.Log, line => line.Contains("a message of more than 64 MB", StringComparison.Ordinal));
        Assert.Equal(10_000, session.Log.Count(line => line.Contains("a line that nobody wants", StringComparison.Ordinal)));
        Assert.Single(session.Log, line => line.Contains("what it writes further is not logged", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_server_too_slow_for_the_first_contact_is_tried_with_more_patience()
    {
        // The first process stands for a server of a newer revision that starts slowly: the first contact is given up.
        using TempDirectory directory = new();
        (string command, string[] arguments) = McpStdioServer.ProgramLine("serve-mcp-raw", "--stalls-once", directory.At("started"));
        await using McpSession session = await new McpSession([new McpServerConfig { Name = "s", Transport = McpTransport.Stdio, Command = command, Arguments = arguments }]).LoadAsync();

        Assert.Equal("connected", session.Manager.Status().Servers[0].Status);
        Assert.Equal("{}", McpSession.TextOf(await session.McpCallAsync("any")));
        Assert.Contains(session.Log, line => line.Contains("'s' is tried again, with more patience", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_call_that_takes_too_long_is_cancelled_at_the_server()
    {
        await using McpHttpServer server = await McpHttpServer.StartAsync();
        await using McpSession session = await new McpSession([McpSession.Http("s", server.McpUrl)], callTimeout: TimeSpan.FromSeconds(1)).LoadAsync();

        ToolReturnValue result = await session.McpCallAsync("slow", """{"ms":60000}""");

        Assert.Equal("Timeout while calling MCP tool `mcp__s__slow`. You may explain to the user that the timeout config is set too low.", result.Message);
        Assert.Equal("Timeout", result.Brief);
        await Eventually.HoldsAsync(() => server.Tools.Cancelled > 0, Stop);

        Assert.Contains("notifications/cancelled", server.Methods);
        Assert.Equal(1, server.Tools.Cancelled);
    }

    [Fact]
    public async Task A_cancelled_turn_cancels_the_call()
    {
        await using McpHttpServer server = await McpHttpServer.StartAsync();
        await using McpSession session = await new McpSession([McpSession.Http("s", server.McpUrl)]).LoadAsync();
        using CancellationTokenSource turn = new();
        Task<ToolReturnValue> call = session.McpCallAsync("slow", """{"ms":60000}""", turn.Token);
        await Eventually.HoldsAsync(() => server.Tools.Calls.Count > 0, Stop);

        await turn.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Eventually.HoldsAsync(() => server.Tools.Cancelled > 0, Stop);

        Assert.Equal(1, server.Tools.Cancelled);
    }

    [Fact]
    public async Task Processes_get_the_safe_variables_and_their_own_only()
    {
        Environment.SetEnvironmentVariable("KIMI_TEST_SECRET_VARIABLE", "x");
        McpServerConfig config = McpSession.Stdio("s") with { Environment = new Dictionary<string, string> { ["OWN_ONE"] = "1" } };
        await using McpSession session = await new McpSession([config]).LoadAsync();

        string[] names = McpSession.TextOf(await session.McpCallAsync("environment")).Split(' ');

        Assert.Contains("OWN_ONE", names);
        Assert.Contains("PATH", names, StringComparer.OrdinalIgnoreCase);
        Assert.DoesNotContain("KIMI_TEST_SECRET_VARIABLE", names);
    }

    [Fact]
    public async Task The_whole_process_tree_ends_with_the_session()
    {
        int child;
        var watch = new Stopwatch();
        {
            await using McpSession session = await new McpSession([McpSession.Stdio("s")]).LoadAsync();
            child = int.Parse(McpSession.TextOf(await session.McpCallAsync("start_child")), System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(IsRunning(child));
            watch.Start();
        }

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), watch.Elapsed.ToString());
        await Eventually.HoldsAsync(() => !IsRunning(child), Stop);

        Assert.False(IsRunning(child));
    }

    [Fact]
    public async Task Elicitation_is_declined()
    {
        await using McpSession session = await new McpSession([McpSession.Stdio("s")]).LoadAsync();

        Assert.Equal("decline", McpSession.TextOf(await session.McpCallAsync("elicit")));
    }

    [Fact]
    public async Task Numbers_and_order_of_arguments_arrive_as_written()
    {
        await using McpSession session = await new McpSession([McpSession.Stdio("s")]).LoadAsync();

        string seen = McpSession.TextOf(await session.McpCallAsync("arguments", """{"z":1.50,"a":123456789012345678901234567890,"m":[1e2]}"""));

        Assert.Equal("""{"z":1.50,"a":123456789012345678901234567890,"m":[1e2]}""", seen);
    }

    [Fact]
    public async Task Results_of_every_kind_are_converted()
    {
        await using McpSession session = await new McpSession([McpSession.Stdio("s")]).LoadAsync();

        ToolReturnValue media = await session.McpCallAsync("media");
        ToolReturnValue failed = await session.McpCallAsync("fail");
        ToolReturnValue refused = await session.McpCallAsync("refuse");
        ToolReturnValue late = await session.McpCallAsync("refuse", """{"message":"the backend timed out"}""");

        Assert.Equal(
            [
                new TextPart("first"), new ImageUrlPart("data:image/png;base64,aW1n"), new AudioUrlPart("data:audio/wav;base64,c25k"), new TextPart("resource text"),
                new VideoUrlPart("data:video/mp4;base64,ZmlsbQ=="), new TextPart("[Unsupported content: Unsupported mime type: application/octet-stream]"),
                new ImageUrlPart("https://example.test/a.png"), new TextPart("[Unsupported content: Unsupported mime type: application/zip]"),
            ],
            media.OutputParts!);
        Assert.Equal("""{"value":[1,2.50]}""", McpSession.TextOf(await session.McpCallAsync("structured")));
        Assert.Equal("", McpSession.TextOf(await session.McpCallAsync("empty")));
        Assert.True(failed.IsError);
        Assert.Equal("Tool returned an error. The output may be error message or incomplete output", failed.Message);
        Assert.Equal("it went wrong", McpSession.TextOf(failed));
        Assert.Equal("", failed.Brief);
        Assert.StartsWith("Error running tool: ", refused.Message, StringComparison.Ordinal);
        Assert.True(refused.IsUnexpected);
        Assert.Equal("Timeout", late.Brief);
    }

    [Fact]
    public async Task Long_results_are_shaped()
    {
        await using McpSession session = await new McpSession([McpSession.Stdio("s")]).LoadAsync();
        string whole = McpTestTools_LongText(170_000);

        string text = McpSession.TextOf(await session.McpCallAsync("long_text", """{"chars":170000}"""));
        string array = McpSession.TextOf(await session.McpCallAsync("long_array", """{"items":5000}"""));

        Assert.InRange(text.Length, 11_000, 12_400);
        Assert.StartsWith(whole[..5000], text, StringComparison.Ordinal);
        Assert.EndsWith(whole[^4000..], text, StringComparison.Ordinal);
        Assert.Contains("of 5000 items shown", array, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Direct_mode_offers_every_tool_under_its_name()
    {
        await using var session = new McpSession([McpSession.Stdio("one"), McpSession.Stdio("two")], McpToolMode.Direct);
        session.Toolset.Add(new NamedTool("ping"));
        await session.LoadAsync();

        ToolReturnValue echo = await session.CallAsync("echo", """{"text":"hi"}""");
        ToolReturnValue bad = await session.CallAsync("echo", """{"text":1}""");
        string text = McpSession.TextOf(await session.CallAsync("long_text", """{"chars":170000}"""));

        Assert.Equal("hi", McpSession.TextOf(echo));
        Assert.StartsWith("Error validating JSON arguments: /text: expected string", bad.Message, StringComparison.Ordinal);
        Assert.Equal(["mcp:echo", "mcp:long_text"], session.Asked);
        Assert.Equal("Call MCP tool `echo`.", session.Descriptions[0]);
        ToolDefinition definition = session.Toolset.Definitions.Single(tool => tool.Name == "echo");

        // The server that was connected last has the name; which one that is depends on the machine.
        Assert.Matches("^This is an MCP \\(Model Context Protocol\\) tool from MCP server `(one|two)`\\.\n\nGives the text back$", definition.Description);
        Assert.IsType<NamedTool>(session.Toolset.Find("ping"));
        Assert.Contains(session.Log, line => line.Contains("'ping'", StringComparison.Ordinal));
        Assert.DoesNotContain(session.Toolset.Definitions, tool => tool.Name is "mcp_search" or "mcp_call");
        Assert.EndsWith("[Output truncated: exceeded 100000 character limit. Use pagination or more specific queries to get remaining content.]", text, StringComparison.Ordinal);
        Assert.Equal("", Refreshed(session));
    }

    [Fact]
    public async Task A_bad_schema_fails_its_server_in_direct_mode_only()
    {
        await using McpSession direct = await new McpSession([McpSession.Stdio("s", "--bad-schema")], McpToolMode.Direct).LoadAsync();
        await using McpSession deferred = await new McpSession([McpSession.Stdio("s", "--bad-schema")]).LoadAsync();

        ToolReturnValue result = await deferred.McpCallAsync("bad", """{"a":1}""");
        await deferred.McpCallAsync("bad", """{"a":1}""");
        ToolReturnValue remote = await deferred.McpCallAsync("remote", """{"a":1}""");

        Assert.Equal("failed", direct.Manager.Status().Servers[0].Status);
        Assert.Empty(direct.Toolset.Definitions);
        Assert.Equal("pong", McpSession.TextOf(result));
        Assert.Equal("pong", McpSession.TextOf(remote));
        Assert.Single(deferred.Log, line => line.Contains("schema of mcp__s__bad is invalid", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unlisted_tools_can_be_called_by_name_in_deferred_mode()
    {
        await using McpSession session = await new McpSession([McpSession.Stdio("s")]).LoadAsync();

        Assert.Equal("hi", McpSession.TextOf(await session.CallAsync("echo", """{"text":"hi"}""")));
        Assert.Equal("hi", McpSession.TextOf(await session.CallAsync("mcp__s__echo", """{"text":"hi"}""")));
        Assert.Equal("Tool `ecko` not found", (await session.CallAsync("ecko")).Message);
        Assert.Equal(["mcp:echo", "mcp:echo"], session.Asked);
        Assert.Equal(["mcp_search", "mcp_call"], session.Toolset.Definitions.Select(tool => tool.Name));
    }

    private static string Refreshed(McpSession session)
    {
        session.Manager.RefreshIndex();
        return session.Manager.IndexBlock;
    }

    private static string McpTestTools_LongText(int chars) => Kimi.Testing.Mcp.McpTestTools.LongText(chars);

    private static Task NextChange(McpSession session, Func<McpManager, bool> condition)
    {
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        session.Manager.Changed += () =>
        {
            if (condition(session.Manager))
            {
                seen.TrySetResult();
            }
        };
        return seen.Task;
    }

    private static McpServerConfig Raw(string name, params string[] options)
    {
        (string command, string[] arguments) = McpStdioServer.ProgramLine(["serve-mcp-raw", .. options]);
        return new McpServerConfig { Name = name, Transport = McpTransport.Stdio, Command = command, Arguments = arguments };
    }

    private static bool IsRunning(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
