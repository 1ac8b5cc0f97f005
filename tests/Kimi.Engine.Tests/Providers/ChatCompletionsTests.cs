using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Providers;

public sealed class ChatCompletionsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kimi_sends_the_specified_body_and_headers()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(Reply.Says("Hel", "lo") with { CachedTokens = 8 });
        IChatProvider provider = bench.Provider(ProviderType.Kimi, ThinkingChoice.Off);

        Collected answer = await ProviderTestBench.AskAsync(provider, ProviderTestBench.Hello, Token);

        Assert.Equal(["Hel", "lo"], answer.Texts);
        Assert.Equal("cmpl-1", answer.Id);
        Assert.Equal(new TokenUsage(12, 5, 8), answer.Usage);
        RecordedRequest request = Assert.Single(bench.Server.Requests);
        Assert.Equal(
            """{"messages":[{"role":"system","content":"You are a bot."},{"role":"user","content":"Hi"}],"model":"test-model","prompt_cache_key":"session-1","stream":true,"stream_options":{"include_usage":true},"tools":[],"thinking":{"type":"disabled"}}""",
            request.Text);
        Assert.Equal("/v1/chat/completions", request.Path);
        Assert.Equal("Bearer sk-secret", request.Header("Authorization"));
        Assert.Equal("KimiCLI/1.49.0", request.Header("User-Agent"));
        Assert.Equal("kimi_cli", request.Header("X-Msh-Platform"));
        Assert.Equal("1.49.0", request.Header("X-Msh-Version"));
        Assert.Equal(File.ReadAllText(Path.Combine(bench.Directories.Share, "device_id")), request.Header("X-Msh-Device-Id"));
        Assert.Equal("gzip, deflate", request.Header("Accept-Encoding"));
        Assert.Equal("application/json", request.Header("Content-Type"));
        Assert.Equal("0", request.Header("x-stainless-retry-count"));
        Assert.Equal(request.Body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), request.Header("Content-Length"));
    }

    [Fact]
    public async Task Openai_legacy_sends_an_explicit_null_effort_and_no_identity()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        IChatProvider provider = bench.Provider(ProviderType.OpenAILegacy, ThinkingChoice.Off);

        await ProviderTestBench.AskAsync(provider, ProviderTestBench.Hello, Token);

        RecordedRequest request = Assert.Single(bench.Server.Requests);
        Assert.Equal(
            """{"messages":[{"role":"system","content":"You are a bot."},{"role":"user","content":"Hi"}],"model":"test-model","reasoning_effort":null,"stream":true,"stream_options":{"include_usage":true},"tools":[]}""",
            request.Text);
        Assert.Null(request.Header("X-Msh-Platform"));
    }

    [Fact]
    public async Task The_trace_id_is_there_before_the_first_part()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(ModelAnswer.Of("") with { Headers = [new("x-trace-id", "t-1")], End = AnswerEnd.Hang });

        await using ChatAnswer answer = await bench.Provider(ProviderType.Kimi).GenerateAsync(ProviderTestBench.Hello, Token);

        Assert.Equal("t-1", answer.TraceId);
    }

    [Fact]
    public async Task Interleaved_calls_are_put_together_by_index()
    {
        Collected answer = await StreamAsync(
            Delta("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"one","arguments":""}}]}"""),
            Delta("""{"tool_calls":[{"index":1,"id":"b","function":{"name":"two","arguments":""}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"{\"x\":"}}]}"""),
            Delta("""{"tool_calls":[{"index":1,"function":{"arguments":"{\"y\":"}}]}"""),
            Delta("""{"content":"between"}"""),
            Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"1}"}}]}"""),
            Delta("""{"tool_calls":[{"index":1,"function":{"arguments":"2}"}}]}"""));

        Assert.Equal([new ToolCall("a", "one", """{"x":1}"""), new ToolCall("b", "two", """{"y":2}""")], answer.Message.ToolCalls);
        Assert.Equal("between", answer.Message.ExtractText());
    }

    [Fact]
    public async Task Well_formed_calls_pass_piece_by_piece()
    {
        Collected answer = await StreamAsync(
            Delta("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"one","arguments":""}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"function":{"arguments":"{}"}}]}"""),
            Delta("""{"tool_calls":[{"index":1,"id":"b","function":{"name":"two","arguments":"{}"}}]}"""));

        Assert.Equal<StreamPart>([new ToolCall("a", "one", ""), new ToolCallPart("{}"), new ToolCall("b", "two", "{}")], answer.Parts);
    }

    [Fact]
    public async Task A_name_repeated_in_every_piece_is_one_call_and_an_early_id_is_kept()
    {
        Collected answer = await StreamAsync(
            Delta("""{"tool_calls":[{"index":0,"id":"a","function":{}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"function":{"name":"one"}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"one","arguments":"{\"p\":"}}]}"""),
            Delta("""{"reasoning_content":"","tool_calls":[{"index":0,"id":"a","function":{"name":"one","arguments":"1}"}}]}"""));

        Assert.Equal([new ToolCall("a", "one", """{"p":1}""")], answer.Message.ToolCalls);
    }

    [Fact]
    public async Task Calls_all_numbered_zero_stay_apart_by_their_ids()
    {
        Collected answer = await StreamAsync(
            Delta("""{"tool_calls":[{"index":0,"id":"a","function":{"name":"one","arguments":"{}"}}]}"""),
            Delta("""{"tool_calls":[{"index":0,"id":"b","function":{"name":"one","arguments":"{}"}}]}"""));

        Assert.Equal([new ToolCall("a", "one", "{}"), new ToolCall("b", "one", "{}")], answer.Message.ToolCalls);
    }

    [Fact]
    public async Task A_lone_surrogate_becomes_a_replacement_character()
    {
        Collected answer = await StreamAsync(Delta("""{"content":"a\ud83db"}"""));

        Assert.Equal("a\uFFFDb", answer.Message.ExtractText());
    }

    [Theory]
    [InlineData("""{oops""")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("""{"choices":[{"delta":{"content":[1]}}]}""")]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"n","arguments":{}}}]}}]}""")]
    [InlineData("""{"choices":{}}""")]
    public async Task Malformed_events_are_plain_errors(string data)
    {
        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => StreamAsync(Delta("""{"content":"Hi"}"""), data));

        Assert.Equal(ProviderErrorKind.Other, error.Kind);
        Assert.False(error.IsRetryable);
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":null}]}""")]
    [InlineData("""{"choices":[{}]}""")]
    [InlineData("""{"choices":null}""")]
    [InlineData("""{"error":null,"usage":{}}""")]
    [InlineData("""{"what":{"is":["this"]}}""")]
    public async Task What_is_null_or_unknown_is_empty(string data)
    {
        Collected answer = await StreamAsync(data, Delta("""{"content":"Hi"}"""));

        Assert.Equal("Hi", answer.Message.ExtractText());
    }

    [Theory]
    [InlineData("""{"error":{"message":"boom 429 timeout"}}""", "Error: boom 429 timeout")]
    [InlineData("""{"error":"text"}""", "Error: An error occurred during streaming")]
    [InlineData("""{"error":{"code":1}}""", "Error: An error occurred during streaming")]
    public async Task An_error_in_the_stream_is_a_plain_error(string data, string expected)
    {
        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => StreamAsync(data));

        Assert.Equal(expected, error.Message);
        Assert.False(error.IsRetryable);
    }

    [Fact]
    public async Task A_status_error_names_the_body_as_a_literal_and_never_the_key()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(ModelAnswer.Error(401, """{"error":{"message":"it's \"bad\"","code":null,"n":1.0,"b":true}}""", ("x-request-id", "r-1"), ("x-trace-id", "t-1")));

        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(
            () => ProviderTestBench.AskAsync(bench.Provider(ProviderType.Kimi), ProviderTestBench.Hello, Token));

        Assert.Equal("""Error code: 401 - {'error': {'message': 'it\'s "bad"', 'code': None, 'n': 1.0, 'b': True}}""", error.Message);
        Assert.Equal((401, "r-1", "t-1"), (error.StatusCode, error.RequestId, error.TraceId));
        Assert.DoesNotContain("sk-secret", error.ToString(), StringComparison.Ordinal);
        Assert.Single(bench.Server.Requests);
    }

    [Fact]
    public async Task Inner_retries_are_counted_in_a_header_and_wait_as_specified()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(ModelAnswer.Error(503), ModelAnswer.Error(429, headers: ("retry-after-ms", "150"))).Answer(Reply.Says("ok"));

        Collected answer = await ProviderTestBench.AskAsync(bench.Provider(ProviderType.Kimi), ProviderTestBench.Hello, Token);

        Assert.Equal("ok", answer.Message.ExtractText());
        Assert.Equal(["0", "1", "2"], bench.Server.Requests.Select(static request => request.Header("x-stainless-retry-count")));
        TimeSpan[] waits = [.. bench.Time.Waits.Where(static wait => wait < TimeSpan.FromSeconds(60))];
        Assert.InRange(waits[0].TotalSeconds, 0.375, 0.5);
        Assert.Equal(150, waits[1].TotalMilliseconds);
    }

    [Theory]
    [InlineData(400, "true", 3)]
    [InlineData(503, "false", 1)]
    [InlineData(404, null, 1)]
    [InlineData(529, null, 3)]
    public async Task The_server_may_overrule_the_status(int status, string? header, int requests)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(header is null ? ModelAnswer.Error(status) : ModelAnswer.Error(status, headers: ("x-should-retry", header)));

        await Assert.ThrowsAsync<ChatProviderException>(() => ProviderTestBench.AskAsync(bench.Provider(ProviderType.Kimi), ProviderTestBench.Hello, Token));

        Assert.Equal(requests, bench.Server.Requests.Count);
    }

    [Fact]
    public async Task A_silent_stream_times_out()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        ManualTimeProvider clock = new();
        bench.Transport = new Kimi.Engine.Providers.Http.HttpTransport(time: clock);
        bench.Server.Answer(ModelAnswer.Events(Delta("""{"content":"Hi"}""")) with { End = AnswerEnd.Hang });
        await using ChatAnswer answer = await bench.Provider(ProviderType.Kimi).GenerateAsync(ProviderTestBench.Hello, Token);
        await using IAsyncEnumerator<StreamPart> parts = answer.ReadAsync(Token).GetAsyncEnumerator(Token);
        Assert.True(await parts.MoveNextAsync());

        Task<bool> next = parts.MoveNextAsync().AsTask();
        clock.Advance(TimeSpan.FromSeconds(601));
        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => next);

        Assert.Equal((ProviderErrorKind.Timeout, "Request timed out."), (error.Kind, error.Message));
    }

    [Fact]
    public async Task Cancelling_is_no_provider_error()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(ModelAnswer.Events(Delta("""{"content":"Hi"}""")) with { End = AnswerEnd.Hang });
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(Token);
        await using ChatAnswer answer = await bench.Provider(ProviderType.Kimi).GenerateAsync(ProviderTestBench.Hello, cancel.Token);
        await using IAsyncEnumerator<StreamPart> parts = answer.ReadAsync(cancel.Token).GetAsyncEnumerator(cancel.Token);
        Assert.True(await parts.MoveNextAsync());

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => parts.MoveNextAsync().AsTask());
    }

    [Fact]
    public async Task Another_host_gets_no_credentials_after_a_redirect()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        await using ModelServer other = await ModelServer.StartAsync();
        bench.Server.Answer(ModelAnswer.Of("", 307, null) with { Headers = [new("Location", other.Url + "/moved")] });
        other.Answer(Reply.Says("ok"));

        ResolvedModel model = bench.Model(ProviderType.Kimi);
        model = model with { Provider = model.Provider with { CustomHeaders = new Dictionary<string, string> { ["X-Auth-Token"] = "t", ["X-Team"] = "blue" } } };
        await ProviderTestBench.AskAsync(ProviderFactory.Create(model, bench.Context)!, ProviderTestBench.Hello, Token);

        RecordedRequest moved = Assert.Single(other.Requests);
        Assert.Equal(("POST", "/moved"), (moved.Method, moved.Path));
        Assert.Null(moved.Header("Authorization"));
        Assert.Null(moved.Header("X-Auth-Token"));
        Assert.Equal("blue", moved.Header("X-Team"));
        Assert.Equal(bench.Server.Requests[0].Text, moved.Text);
    }

    [Fact]
    public async Task An_event_of_50_megabytes_is_read()
    {
        string big = new('x', 50 << 20);
        Collected answer = await StreamAsync(Delta($$"""{"content":"{{big}}"}"""));

        Assert.Equal(big.Length, answer.Message.ExtractText().Length);
    }

    private static string Delta(string delta) => $$"""{"id":"c","choices":[{"index":0,"delta":{{delta}}}]}""";

    private static async Task<Collected> StreamAsync(params string[] data)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(ModelAnswer.Events([.. data, "[DONE]"]));
        return await ProviderTestBench.AskAsync(bench.Provider(ProviderType.Kimi), ProviderTestBench.Hello, Token);
    }
}
