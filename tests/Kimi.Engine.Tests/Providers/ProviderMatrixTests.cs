using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Providers;

/// <summary>What every provider must be able to do, over real HTTP.</summary>
public sealed class ProviderMatrixTests
{
    private const string Pixel = "data:image/png;base64,iVBORw0KGgo=";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<ProviderType> Types =>
        [ProviderType.Kimi, ProviderType.OpenAILegacy, ProviderType.OpenAIResponses, ProviderType.Anthropic, ProviderType.Gemini, ProviderType.VertexAI];

    public static TheoryData<ProviderType, ProviderType> Pairs
    {
        get
        {
            TheoryData<ProviderType, ProviderType> pairs = [];
            foreach (ProviderType from in Types)
            {
                foreach (ProviderType to in Types)
                {
                    pairs.Add(from, to);
                }
            }

            return pairs;
        }
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Text(ProviderType type)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(Reply.Says("Grüß ", "dich 😀") with { CachedTokens = 8 });

        Collected answer = await ProviderTestBench.AskAsync(bench.Provider(type), ProviderTestBench.Hello, Token);

        Assert.Equal("Grüß dich 😀", answer.Message.ExtractText());
        Assert.Equal(5, answer.Usage!.Output);
        Assert.Equal(8, answer.Usage.InputCacheRead);
        Assert.Equal(type is ProviderType.Gemini or ProviderType.VertexAI ? 20 : 12, answer.Usage.InputOther);
        Assert.Equal(type == ProviderType.OpenAIResponses ? "msg_0" : "cmpl-1", answer.Id);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Thinking(ProviderType type)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(Reply.Says("4") with { Think = "2+2", Signature = "c2ln" });

        Collected answer = await ProviderTestBench.AskAsync(bench.Provider(type, ThinkingChoice.High), ProviderTestBench.Hello, Token);

        ThinkPart think = Assert.Single(answer.Message.Content.OfType<ThinkPart>());
        Assert.Equal("2+2", think.Think);
        Assert.Equal(type is ProviderType.Anthropic or ProviderType.OpenAIResponses ? "c2ln" : null, think.Encrypted);
        string body = bench.Server.Requests.Single().Text;
        Assert.Contains(type switch
        {
            ProviderType.Kimi => """
                "thinking":{"type":"enabled"}
                """.Trim(),
            ProviderType.OpenAILegacy => """
                "reasoning_effort":"high"
                """.Trim(),
            ProviderType.OpenAIResponses => """
                "reasoning":{"effort":"high","summary":"auto"}
                """.Trim(),
            ProviderType.Anthropic => """
                "thinking":{"type":"enabled","budget_tokens":32000}
                """.Trim(),
            _ => """
                "thinkingConfig":{"includeThoughts":true,"thinkingBudget":32000}
                """.Trim(),
        }, body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task One_tool(ProviderType type)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(Reply.Calling(("call_a", "show_map", """{"place":"Oslo"}""")) with { Text = ["Let me look."] }).Answer(Reply.Says("done"));
        IChatProvider provider = bench.Provider(type);
        ToolDefinition[] tools = [new("show_map", "Show.", """{"type":"object","properties":{"place":{"type":"string"}}}""")];
        Message question = new(Role.User, "Hi");

        Collected first = await ProviderTestBench.AskAsync(provider, new ChatRequest { SystemPrompt = "s", Tools = tools, History = [question] }, Token);
        ToolCall call = Assert.Single(first.Message.ToolCalls!);
        Assert.Equal(("Let me look.", "show_map", """{"place":"Oslo"}"""), (first.Message.ExtractText(), call.Name, call.Arguments));
        Message result = new(Role.Tool, [new TextPart("a map of Oslo")], toolCallId: call.Id);
        Collected second = await ProviderTestBench.AskAsync(provider, new ChatRequest { SystemPrompt = "s", Tools = tools, History = [question, first.Message, result] }, Token);

        Assert.Equal("done", second.Message.ExtractText());
        Assert.Null(second.Message.ToolCalls);
        Assert.All(bench.Server.Requests, static request => Assert.Contains("\"description\":\"Show.\"", request.Text, StringComparison.Ordinal));
        string body = bench.Server.Requests[1].Text;
        Assert.True(body.IndexOf("Let me look.", StringComparison.Ordinal) < body.IndexOf("a map of Oslo", StringComparison.Ordinal));
        Assert.Contains("Oslo", body[..body.IndexOf("a map of Oslo", StringComparison.Ordinal)], StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Parallel_tools(ProviderType type)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(Reply.Calling(("call_a", "show_map", """{"place":"Oslo"}"""), ("call_b", "ring_bell", "{}"))).Answer(Reply.Says("done"));
        IChatProvider provider = bench.Provider(type);
        ToolDefinition[] tools = [new("show_map", "Show.", """{"type":"object"}"""), new("ring_bell", "Ring.", """{"type":"object"}""")];
        Message question = new(Role.User, "Hi");

        Collected first = await ProviderTestBench.AskAsync(provider, new ChatRequest { SystemPrompt = "s", Tools = tools, History = [question] }, Token);
        Assert.Equal(["show_map", "ring_bell"], first.Message.ToolCalls!.Select(static call => call.Name));
        Assert.Equal(["""{"place":"Oslo"}""", "{}"], first.Message.ToolCalls!.Select(static call => call.Arguments));
        Message[] results = [.. first.Message.ToolCalls!.Select(static call => new Message(Role.Tool, [new TextPart("out of " + call.Name)], toolCallId: call.Id))];
        Collected second = await ProviderTestBench.AskAsync(provider, new ChatRequest { SystemPrompt = "s", Tools = tools, History = [question, first.Message, .. results] }, Token);

        Assert.Equal("done", second.Message.ExtractText());
        string body = bench.Server.Requests[1].Text;
        Assert.True(body.IndexOf("out of show_map", StringComparison.Ordinal) < body.IndexOf("out of ring_bell", StringComparison.Ordinal));
        Assert.Contains("out of show_map", body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Image(ProviderType type)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();

        await ProviderTestBench.AskAsync(bench.Provider(type), ProviderTestBench.Request(new Message(Role.User, [new TextPart("look"), new ImageUrlPart(Pixel)])), Token);

        Assert.Contains("iVBORw0KGgo=", bench.Server.Requests.Single().Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task A_cut_stream_is_a_connection_error_after_what_came(ProviderType type)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        string whole = Reply.Says("Hi").ToBody(type switch { ProviderType.Anthropic => "/messages", ProviderType.OpenAIResponses => "/responses", ProviderType.Gemini or ProviderType.VertexAI => "GenerateContent", _ => "" });
        int cut = whole.IndexOf("Hi", StringComparison.Ordinal);
        bench.Server.Answer(ModelAnswer.Of(whole[..(whole.IndexOf("\n\n", cut, StringComparison.Ordinal) + 2)]) with { End = AnswerEnd.Cut });
        List<string> texts = [];
        await using ChatAnswer answer = await bench.Provider(type).GenerateAsync(ProviderTestBench.Hello, Token);

        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(async () =>
        {
            await foreach (StreamPart part in answer.ReadAsync(Token))
            {
                texts.Add((part as TextPart)?.Text ?? "");
            }
        });

        Assert.Equal((ProviderErrorKind.Connection, "peer closed connection without sending complete message body (incomplete chunked read)"), (error.Kind, error.Message));
        Assert.Contains("Hi", texts);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Too_many_requests_then_success(ProviderType type)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(ModelAnswer.Error(429)).Answer(Reply.Says("ok"));
        IChatProvider provider = bench.Provider(type);
        if (type is ProviderType.Gemini or ProviderType.VertexAI)
        {
            // No inner retries: the loop's are the only ones.
            ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => ProviderTestBench.AskAsync(provider, ProviderTestBench.Hello, Token));
            Assert.True(error.IsRetryable);
            Assert.StartsWith("Rate limit exceeded: ", error.Message, StringComparison.Ordinal);
        }

        Collected answer = await ProviderTestBench.AskAsync(provider, ProviderTestBench.Hello, Token);

        Assert.Equal("ok", answer.Message.ExtractText());
        Assert.Equal(2, bench.Server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Only_providers_that_can_rebuild_their_connection_do(ProviderType type)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();

        Assert.Equal(
            type is ProviderType.Kimi or ProviderType.OpenAILegacy or ProviderType.OpenAIResponses,
            bench.Provider(type).TryRecover(new ChatProviderException("x", ProviderErrorKind.Connection)));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task A_session_begun_with_one_goes_on_with_another(ProviderType from, ProviderType to)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(Reply.Calling(("Shell:0", "Shell", """{"command":"ls"}""")) with { Think = "hm", Signature = "c2ln", Text = ["I look."] }, Reply.Says("done"));
        Message question = new(Role.User, [new TextPart("look"), new ImageUrlPart(Pixel), new VideoUrlPart("ms://file-1")]);
        Collected first = await ProviderTestBench.AskAsync(bench.Provider(from, ThinkingChoice.High), ProviderTestBench.Request(question), Token);
        Message result = new(Role.Tool, [new TextPart("README.md"), new ImageUrlPart(Pixel)], toolCallId: first.Message.ToolCalls![0].Id);

        Collected second = await ProviderTestBench.AskAsync(bench.Provider(to, ThinkingChoice.High), ProviderTestBench.Request(question, first.Message, result), Token);

        Assert.Equal("done", second.Message.ExtractText());
        using JsonDocument body = JsonDocument.Parse(bench.Server.Requests[1].Body);
        string text = bench.Server.Requests[1].Text;
        Assert.Contains("README.md", text, StringComparison.Ordinal);
        if (to == ProviderType.Anthropic)
        {
            // Ids that its API takes, the same for call and result.
            string id = body.RootElement.GetProperty("messages")[2].GetProperty("content")[0].GetProperty("tool_use_id").GetString()!;
            Assert.All(id, static c => Assert.True(char.IsAsciiLetterOrDigit(c) || c is '_' or '-'));
            Assert.Contains($"\"type\":\"tool_use\",\"id\":\"{id}\"", text, StringComparison.Ordinal);
            Assert.Equal(first.Message.Content.OfType<ThinkPart>().Any(static think => think.Encrypted is not null), text.Contains("\"signature\"", StringComparison.Ordinal));
        }
    }
}
