using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Anthropic;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Engine.Providers.ExtensionsAI;
using Kimi.Testing;
using Microsoft.Extensions.AI;
using OpenAI;
using OpenAI.Chat;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace Kimi.Engine.Tests.Providers;

/// <summary>The bridge to Microsoft.Extensions.AI, both ways, with the vendors' own clients as counterparts.</summary>
public sealed class BridgeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{ "zoom":1.50, "big":12345678901234567890, "zoom":2 }""")]
    [InlineData("""{"place":""")]
    [InlineData("")]
    [InlineData(null)]
    public void The_raw_arguments_of_a_call_survive_both_ways(string? arguments)
    {
        using JsonDocument extras = JsonDocument.Parse("""{"thought_signature_b64":"QUJD"}""");
        Message message = new(Role.Assistant, [new TextPart("t")], [new ToolCall("c1", "show_map", arguments, extras.RootElement)]);

        Message back = Assert.Single(ExchangeMap.FromChat(ExchangeMap.ToChat(message)));

        Assert.Equal(MessageJson.Write(message), MessageJson.Write(back));
    }

    [Fact]
    public void Raw_arguments_survive_without_the_raw_representation()
    {
        FunctionCallContent content = ExchangeMap.ToContent(new ToolCall("c1", "f", """{ "a":1.50 }"""));
        content.RawRepresentation = null;

        Assert.Equal(new ToolCall("c1", "f", """{ "a":1.50 }"""), ExchangeMap.ToPart(content));
    }

    [Fact]
    public void Invalid_arguments_carry_an_exception_and_no_dictionary()
    {
        FunctionCallContent content = ExchangeMap.ToContent(new ToolCall("c1", "f", "{oops"));

        Assert.Null(content.Arguments);
        Assert.IsAssignableFrom<JsonException>(content.Exception);
    }

    [Fact]
    public void Thinking_and_media_survive_both_ways()
    {
        Message message = new(
            Role.User,
            [new ThinkPart("", null), new ThinkPart("k", "sig"), new ImageUrlPart("data:image/png;base64,AAAA", "i1"), new VideoUrlPart("ms://file-1"), new AudioUrlPart("https://example.org/a"), new TextPart("t")],
            name: "bob", partial: true);

        Message back = Assert.Single(ExchangeMap.FromChat(ExchangeMap.ToChat(message)));

        Assert.Equal(MessageJson.Write(message), MessageJson.Write(back));
    }

    [Fact]
    public void A_tool_message_is_one_result_of_parts()
    {
        Message message = new(Role.Tool, [new TextPart("<system>x</system>"), new TextPart("y")], toolCallId: "c1");

        ChatMessage chat = ExchangeMap.ToChat(message);

        Assert.IsAssignableFrom<IEnumerable<AIContent>>(Assert.IsType<FunctionResultContent>(Assert.Single(chat.Contents)).Result);
        Assert.Equal(MessageJson.Write(message), MessageJson.Write(Assert.Single(ExchangeMap.FromChat(chat))));
    }

    [Fact]
    public void Cached_tokens_are_part_of_the_input_there_and_not_here()
    {
        TokenUsage usage = new(11, 9, 5, 7);

        UsageDetails details = ExchangeMap.ToUsage(usage);

        Assert.Equal((23, 5, 7L), (details.InputTokenCount, details.CachedInputTokenCount, details.AdditionalCounts!["CacheCreationInputTokens"]));
        Assert.Equal(usage, ExchangeMap.FromUsage(details));
    }

    [Fact]
    public async Task The_client_of_the_Anthropic_package_serves_as_a_provider()
    {
        await using ModelServer server = await ModelServer.StartAsync();
        server.Answer(Reply.Calling(("toolu_1", "show_map", """{"zoom":1.50}""")) with { Think = "hm", Signature = "c2ln", Text = ["I look."], CachedTokens = 8 });
        using AnthropicClient anthropic = new() { ApiKey = "k", BaseUrl = server.Url, MaxRetries = 0 };
        ChatClientProvider provider = new(anthropic.AsIChatClient("claude-x", 1000));
        ChatRequest request = new()
        {
            SystemPrompt = "You are a bot.",
            Tools = [new ToolDefinition("show_map", "Show.", """{"type":"object","properties":{"zoom":{"type":"number"}}}""")],
            History = [new Message(Role.User, "Hi")],
        };

        Collected answer = await ProviderTestBench.AskAsync(provider, request, Token);

        Assert.Equal("I look.", answer.Message.ExtractText());
        Assert.Equal(new ThinkPart("hm", "c2ln"), answer.Message.Content.OfType<ThinkPart>().First());
        ToolCall call = Assert.Single(answer.Message.ToolCalls!);
        Assert.Equal(("toolu_1", "show_map", """{"zoom":1.50}"""), (call.Id, call.Name, call.Arguments));
        Assert.Equal((12, 8), (answer.Usage!.InputOther, answer.Usage.InputCacheRead));
        JsonElement body = server.Requests.Single().Json;
        Assert.Contains("You are a bot.", body.GetProperty("system").GetRawText(), StringComparison.Ordinal);
        Assert.Equal("show_map", body.GetProperty("tools")[0].GetProperty("name").GetString());
    }

    [Theory]
    [InlineData(429, true)]
    [InlineData(401, false)]
    public async Task Status_errors_of_a_client_keep_their_status(int status, bool retryable)
    {
        await using ModelServer server = await ModelServer.StartAsync();
        server.Answer(ModelAnswer.Error(status, """{"type":"error","error":{"type":"x","message":"no"}}"""));
        using AnthropicClient anthropic = new() { ApiKey = "k", BaseUrl = server.Url, MaxRetries = 0 };

        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(
            () => ProviderTestBench.AskAsync(new ChatClientProvider(anthropic.AsIChatClient("claude-x", 1000)), ProviderTestBench.Hello, Token));

        Assert.Equal((ProviderErrorKind.Status, status, retryable), (error.Kind, error.StatusCode!.Value, error.IsRetryable));
    }

    [Fact]
    public async Task A_model_of_ours_is_handed_out_as_a_client()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(Reply.Calling(("a", "one", """{"x": 1}"""), ("b", "two", "{}")) with { Think = "hm", Text = ["He", "llo"], CachedTokens = 8 });
        using KimiChatClient client = new(bench.Provider(ProviderType.Kimi));
        ChatOptions options = new()
        {
            Instructions = "Be brief.",
            MaxOutputTokens = 77,
            Reasoning = new ReasoningOptions { Effort = ReasoningEffort.High },
            Tools = [AIFunctionFactory.CreateDeclaration("one", "One.", JsonDocument.Parse("""{"type":"object","properties":{"x":{"enum":[1]}}}""").RootElement)],
        };

        ChatResponse response = await client.GetResponseAsync([new ChatMessage(Microsoft.Extensions.AI.ChatRole.User, "Hi")], options, Token);

        Assert.Equal("Hello", response.Text);
        ChatMessage message = Assert.Single(response.Messages);
        Assert.Equal("hm", message.Contents.OfType<TextReasoningContent>().Single().Text);
        Assert.Equal(["one", "two"], message.Contents.OfType<FunctionCallContent>().Select(static call => call.Name));
        Assert.Equal((20, 8, 5), (response.Usage!.InputTokenCount, response.Usage.CachedInputTokenCount, response.Usage.OutputTokenCount));
        Assert.Equal("cmpl-1", response.ResponseId);
        Assert.Equal(
            """{"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hi"}],"model":"test-model","max_completion_tokens":77,"prompt_cache_key":"session-1","stream":true,"stream_options":{"include_usage":true},"tools":[{"type":"function","function":{"name":"one","description":"One.","parameters":{"type":"object","properties":{"x":{"enum":[1],"type":"integer"}}}}}],"thinking":{"type":"enabled"}}""",
            bench.Server.Requests.Single().Text);
    }

    [Fact]
    public async Task Efforts_beyond_the_exchange_type_survive()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        ChatOptions options = new();
        ExchangeEffort.Set(options, ThinkingEffort.Max);

        Assert.Equal(ReasoningEffort.ExtraHigh, options.Reasoning!.Effort);
        Assert.Equal(ThinkingEffort.Max, ExchangeEffort.Get(options));
    }

    [Fact]
    public async Task A_session_runs_on_a_chat_client()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(Reply.Says("From the client."));
        using KimiChatClient client = new(bench.Provider(ProviderType.OpenAILegacy));
        await using KimiSession session = await KimiSession.OpenAsync(
            new KimiSessionOptions { ChatClient = client, WorkDirectory = bench.Directories.Work, Environment = EnvironmentSource.From(bench.Directories.Environment) }, Token);

        Engine.Turns.TurnOutcome outcome = await session.RunAsync(new UserInput("Hi"), null, Token);

        Assert.Null(outcome.Error);
        Assert.Equal("From the client.", outcome.FinalMessage!.ExtractText());
    }

    [Fact]
    public async Task The_client_of_the_OpenAI_package_understands_the_fake_server()
    {
        await using ModelServer server = await ModelServer.StartAsync();
        server.Answer(Reply.Calling(("a", "one", """{"x":1}""")) with { Text = ["Hello"] });
        ChatClient client = new("m", new ApiKeyCredential("k"), new OpenAIClientOptions { Endpoint = new Uri(server.BaseUrl), RetryPolicy = new ClientRetryPolicy(0) });
        string text = "";
        string arguments = "";

        await foreach (StreamingChatCompletionUpdate update in client.CompleteChatStreamingAsync(["Hi"], cancellationToken: Token))
        {
            text += string.Concat(update.ContentUpdate.Select(static part => part.Text));
            arguments += string.Concat(update.ToolCallUpdates.Select(static call => call.FunctionArgumentsUpdate.ToString()));
        }

        Assert.Equal(("Hello", """{"x":1}"""), (text, arguments));
    }
}
