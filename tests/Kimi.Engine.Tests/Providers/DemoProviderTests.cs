using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Engine.Providers.Demo;
using Kimi.Engine.Turns;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Providers;

public sealed class DemoProviderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_does_real_work_in_the_folder_and_tells_what_came_back()
    {
        using TestDirectories directories = new();
        directories.WriteWork("README.md", "# The orchard\n\nApples.\n");
        directories.WriteWork("src/a.c", "");
        await using KimiSession session = await KimiSession.OpenAsync(
            new KimiSessionOptions { Model = "demo", WorkDirectory = directories.Work, Yolo = true, Environment = EnvironmentSource.From(directories.Environment) }, Token);

        TurnOutcome outcome = await session.RunAsync(new UserInput("list the files"), null, Token);

        Assert.Null(outcome.Error);
        string text = outcome.FinalMessage!.ExtractText();
        Assert.Contains("\"list the files\"", text, StringComparison.Ordinal);
        Assert.Contains("demo model", text, StringComparison.Ordinal);
        Assert.Contains("2 entries: README.md, src", text, StringComparison.Ordinal);
        Assert.Contains("README.md begins with: \"The orchard\"", text, StringComparison.Ordinal);
        Assert.Contains("Hello from the shell.", text, StringComparison.Ordinal);
        Assert.InRange(outcome.StepCount, 3, 4);
        Assert.Equal(["README.md", "src"], Directory.GetFileSystemEntries(directories.Work).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Without_tools_it_answers_at_once_and_in_pieces()
    {
        Collected answer = await ProviderTestBench.AskAsync(new DemoProvider(), ProviderTestBench.Hello, Token);

        Assert.True(answer.Parts.Count > 20);
        Assert.Null(answer.Message.ToolCalls);
        Assert.Contains("demo model", answer.Message.ExtractText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refused_command_is_reported_and_not_repeated()
    {
        ToolDefinition[] tools = [new("Shell", "", """{"type":"object"}""")];
        Message question = new(Role.User, "Hi");
        Collected first = await AskAsync([question]);
        ToolCall call = Assert.Single(first.Message.ToolCalls!);
        Message refusal = new(Role.Tool, [new TextPart("<system>ERROR: The tool call is rejected by the user.</system>")], toolCallId: call.Id);

        Collected second = await AskAsync([question, first.Message, refusal]);

        Assert.Null(second.Message.ToolCalls);
        Assert.Contains("was not run: The tool call is rejected by the user.", second.Message.ExtractText(), StringComparison.Ordinal);

        Task<Collected> AskAsync(Message[] history) =>
            ProviderTestBench.AskAsync(new DemoProvider(), new ChatRequest { SystemPrompt = "", Tools = tools, History = history }, Token);
    }

    [Fact]
    public async Task It_searches_and_calls_a_tool_of_a_server()
    {
        ToolDefinition[] tools = [new("mcp_search", "", """{"type":"object"}"""), new("mcp_call", "", """{"type":"object"}""")];
        List<Message> history = [new Message(Role.User, "what time is it?")];
        Collected search = await AskAsync();
        Assert.Equal("""{"query":"what time is it?"}""", Assert.Single(search.Message.ToolCalls!).Arguments);
        Answer(search, "mcp__clock__now\nTells the time.\n{\"type\":\"object\",\"properties\":{\"zone\":{\"type\":\"string\",\"enum\":[\"UTC\"]}},\"required\":[\"zone\"]}");

        Collected call = await AskAsync();
        Assert.Equal("""{"name":"mcp__clock__now","arguments":{"zone":"UTC"}}""", Assert.Single(call.Message.ToolCalls!).Arguments);
        Answer(call, "12:00");
        Collected end = await AskAsync();

        Assert.Contains("mcp__clock__now answered: \"12:00\"", end.Message.ExtractText(), StringComparison.Ordinal);

        Task<Collected> AskAsync() => ProviderTestBench.AskAsync(new DemoProvider(), new ChatRequest { SystemPrompt = "", Tools = tools, History = history }, Token);

        void Answer(Collected answer, string output)
        {
            history.Add(answer.Message);
            history.Add(new Message(Role.Tool, [new TextPart(output)], toolCallId: answer.Message.ToolCalls![0].Id));
        }
    }
}
