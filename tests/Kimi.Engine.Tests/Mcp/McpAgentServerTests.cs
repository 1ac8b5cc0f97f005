using System.IO.Pipelines;
using System.Text.Json;
using Kimi.Engine.Tests.Turns;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Kimi.Engine.Tests.Mcp;

/// <summary>Kimi as a server, asked by a real client.</summary>
public sealed class McpAgentServerTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Other_agents_give_tasks_and_go_on_with_them()
    {
        await using var harness = new SessionHarness("text: Hello from Kimi.", "text: Still here.");
        await using Bench bench = await Bench.StartAsync(harness, _ => new ElicitResult { Action = "accept" });

        Assert.Equal(["kimi_turn", "kimi_close_session"], (await bench.Client.ListToolsAsync(cancellationToken: Stop)).Select(tool => tool.Name));
        CallToolResult first = await bench.CallAsync("kimi_turn", """{"prompt":"hi"}""");
        string id = first.StructuredContent!.Value.GetProperty("session_id").GetString()!;
        CallToolResult second = await bench.CallAsync("kimi_turn", $$"""{"prompt":"more","session_id":"{{id}}"}""");
        CallToolResult closed = await bench.CallAsync("kimi_close_session", $$"""{"session_id":"{{id}}"}""");
        CallToolResult again = await bench.CallAsync("kimi_close_session", $$"""{"session_id":"{{id}}"}""");
        CallToolResult empty = await bench.CallAsync("kimi_turn", """{"prompt":" "}""");

        Assert.Equal("Hello from Kimi.", Text(first));
        Assert.Equal("Still here.", Text(second));
        Assert.Equal(id, second.StructuredContent!.Value.GetProperty("session_id").GetString());
        Assert.Equal("Closed.", Text(closed));
        Assert.True(again.IsError);
        Assert.True(empty.IsError);
    }

    [Theory]
    [InlineData("accept", true)]
    [InlineData("decline", false)]
    [InlineData(null, false)]
    public async Task Permission_is_the_clients_to_give(string? action, bool written)
    {
        await using var harness = new SessionHarness(
            SessionHarness.ToolCall("c1", "WriteFile", """{"path":"made.txt","content":"x"}"""), "text: Done.");
        await using Bench bench = await Bench.StartAsync(harness, action is null ? null : _ => new ElicitResult { Action = action });

        await bench.CallAsync("kimi_turn", """{"prompt":"write"}""");

        Assert.Equal(written, File.Exists(Path.Combine(harness.Work, "made.txt")));
        Assert.Equal(action is not null, bench.Asked.Exists(message => message.StartsWith("Kimi asks for permission: ", StringComparison.Ordinal)));
    }

    private static string Text(CallToolResult result) => ((TextContentBlock)result.Content[0]).Text;

    private sealed class Bench : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ending = new();
        private Task _serving = Task.CompletedTask;

        public List<string> Asked { get; } = [];

        public required McpClient Client { get; set; }

        public static async Task<Bench> StartAsync(SessionHarness harness, Func<ElicitRequestParams, ElicitResult>? elicit)
        {
            // The harness writes the configuration when it opens; that session itself is not needed.
            await harness.OpenAsync();
            await harness.CloseAsync();
            Pipe toServer = new();
            Pipe toClient = new();
            var bench = new Bench { Client = null! };
            bench._serving = McpAgentServer.RunAsync(
                () => new KimiSessionOptions { WorkDirectory = harness.Work, ConfigText = harness.Options.ConfigText, Environment = harness.Options.Environment },
                toServer.Reader.AsStream(), toClient.Writer.AsStream(), bench._ending.Token);
            bench.Client = await McpClient.CreateAsync(
                new StreamClientTransport(toServer.Writer.AsStream(), toClient.Reader.AsStream()),
                new McpClientOptions
                {
                    Handlers = new McpClientHandlers
                    {
                        ElicitationHandler = elicit is null ? null : (request, _) =>
                        {
                            bench.Asked.Add(request!.Message);
                            return new ValueTask<ElicitResult>(elicit(request));
                        },
                    },
                },
                cancellationToken: Stop);
            return bench;
        }

        public async Task<CallToolResult> CallAsync(string tool, string arguments)
        {
            using JsonDocument document = JsonDocument.Parse(arguments);
            return await Client.CallToolAsync(
                new CallToolRequestParams { Name = tool, Arguments = document.RootElement.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.Clone()) }, Stop);
        }

        public async ValueTask DisposeAsync()
        {
            await Client.DisposeAsync();
            await _ending.CancelAsync();
            await _serving.WaitAsync(TimeSpan.FromSeconds(20), CancellationToken.None);
            _ending.Dispose();
        }
    }
}
