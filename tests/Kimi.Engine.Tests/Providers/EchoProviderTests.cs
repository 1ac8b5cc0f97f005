using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Engine.Providers.Echo;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Providers;

public sealed class EchoProviderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void The_example_of_the_grammar()
    {
        EchoScript script = EchoScriptParser.Parse("""
            # a comment
            ECHO
            ```
            id: m-77
            usage: input_other=120 output=9, input_cache_read=30
            think: plan first
            text: "Hello "
              TEXT : world
            image_url: https://example.org/a.png
            audio_url: {"url": "data:audio/mp3;base64,AA", "id": "x"}
            tool_call: {"id": "c1", "name": "ReadFile", "arguments": "{\"path\": \"no"}
            tool_call_part: {"arguments_part": "tes.md\"}"}
            tool_call_part: {"other": 1}
            tool_call_part: [1, 2]
            tool_call: id=c2 function.x=1 name=F extras={"k":1}
            """);

        Assert.Equal("m-77", script.Id);
        Assert.Equal(new TokenUsage(120, 9, 30), script.Usage);
        Assert.Equal<StreamPart>(
            [
                new ThinkPart("plan first"), new TextPart("Hello "), new TextPart("world"), new ImageUrlPart("https://example.org/a.png"),
                new AudioUrlPart("data:audio/mp3;base64,AA", "x"), new ToolCall("c1", "ReadFile", "{\"path\": \"no"), new ToolCallPart("tes.md\"}"),
                new ToolCallPart(null), new ToolCallPart("[1,2]"),
            ],
            script.Parts.Take(9));
        Assert.Equal(("c2", "F", "{\"k\":1}"), script.Parts[9] is ToolCall call ? (call.Id, call.Name, call.Extras?.GetRawText()) : default);
    }

    [Theory]
    [InlineData("text: a\nnonsense", "Invalid echo DSL at line 2: 'nonsense'")]
    [InlineData("\n  foo: 1 ", "Unknown echo DSL kind 'foo' at line 2: '  foo: 1 '")]
    [InlineData("usage: 5", "usage payload must be an object, got 5")]
    [InlineData("usage:", "usage payload cannot be empty.")]
    [InlineData("usage: a", "Invalid token 'a' in usage payload.")]
    [InlineData("usage: input_other=x", "Usage field 'input_other' must be an integer, got 'x'")]
    [InlineData("tool_call: {\"id\":\"a\",\"name\":\"b\",\"arguments\":{}}", "tool_call.arguments must be a string at line 1, got dict")]
    [InlineData("tool_call: id=1 name=X", "tool_call requires string id and name at line 1: 'tool_call: id=1 name=X'")]
    [InlineData("image_url:", "image_url expects url string or object, got None")]
    [InlineData("error:", "Empty error payload at line 1: 'error:'")]
    [InlineData("error: often", "Invalid error spec at line 1: expected status code or 'connection'/'timeout', got 'often'")]
    public void Mistakes_have_their_texts(string script, string expected)
    {
        ChatProviderException error = Assert.Throws<ChatProviderException>(() => EchoScriptParser.Parse(script));

        Assert.Equal((expected, ProviderErrorKind.Other), (error.Message, error.Kind));
    }

    [Theory]
    [InlineData("error: 429", ProviderErrorKind.Status, 429, "Simulated 429 error")]
    [InlineData("error: 500 went wrong", ProviderErrorKind.Status, 500, "went wrong")]
    [InlineData("text: a\nerror: connection", ProviderErrorKind.Connection, null, "Simulated connection error")]
    [InlineData("error: timeout too slow", ProviderErrorKind.Timeout, null, "too slow")]
    public void Errors_are_raised(string script, ProviderErrorKind kind, int? status, string message)
    {
        ChatProviderException error = Assert.Throws<ChatProviderException>(() => EchoScriptParser.Parse(script));

        Assert.Equal((kind, status, message), (error.Kind, error.StatusCode, error.Message));
    }

    [Fact]
    public async Task Echo_reads_the_last_user_message()
    {
        EchoProvider provider = new();

        Collected answer = await ProviderTestBench.AskAsync(provider, ProviderTestBench.Request(new Message(Role.User, [new TextPart("text: a\nte"), new TextPart("xt: b")])), Token);

        Assert.Equal(["a", "b"], answer.Texts);
        await FailsAsync([], "EchoChatProvider requires at least one message in history.");
        await FailsAsync([new Message(Role.Assistant, "text: a")], "EchoChatProvider expects the last history message to be user.");
        await FailsAsync([new Message(Role.User, "id: a")], "EchoChatProvider DSL produced no streamable parts.");

        async Task FailsAsync(Message[] history, string text) =>
            Assert.Equal(text, (await Assert.ThrowsAsync<ChatProviderException>(() => provider.GenerateAsync(ProviderTestBench.Request(history), Token))).Message);
    }

    [Fact]
    public async Task Scripts_are_taken_in_turn_by_all_copies_and_traced()
    {
        using TestDirectories directories = new();
        string file = Path.Combine(directories.Home, "s.json");
        await File.WriteAllTextAsync(file, """["text: one", "error: 429", "text: three"]""", Token);
        List<string> trace = [];
        IChatProvider provider = ProviderFactory.Create(Scripted("~/s.json", ("KIMI_SCRIPTED_ECHO_TRACE", "yes")), Context(directories, trace.Add))!;
        IChatProvider copy = provider.WithThinking(ThinkingEffort.High);

        Assert.Equal(["one"], (await ProviderTestBench.AskAsync(provider, ProviderTestBench.Hello, Token)).Texts);
        await Assert.ThrowsAsync<ChatProviderException>(() => copy.GenerateAsync(ProviderTestBench.Hello, Token));
        Assert.Equal(["three"], (await ProviderTestBench.AskAsync(copy, ProviderTestBench.Hello, Token)).Texts);
        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => provider.GenerateAsync(ProviderTestBench.Hello, Token));

        Assert.Equal("ScriptedEchoChatProvider exhausted at turn 4.", error.Message);
        Assert.Equal("SCRIPTED_ECHO TURN 1: \"text: one\"", trace[0]);
        Assert.Equal(3, trace.Count);
    }

    [Theory]
    [InlineData("[1]", "Scripted echo JSON must be an array of strings.")]
    [InlineData("{}", "Scripted echo JSON must be an array of strings.")]
    [InlineData("  \n---\n ", "Scripted echo file must be a JSON array of strings or a text file split by '\\n---\\n'.")]
    public void Bad_files_have_their_texts(string text, string expected) =>
        Assert.Equal(expected, Assert.Throws<ChatProviderException>(() => ScriptedEchoProvider.ReadScripts(text)).Message);

    [Fact]
    public void Texts_are_split_at_dashes() =>
        Assert.Equal(["text: a", "text: b\ntext: c"], ScriptedEchoProvider.ReadScripts("text: a\n---\n\n---\n text: b\ntext: c\n"));

    [Fact]
    public void A_missing_file_or_variable_has_its_text()
    {
        using TestDirectories directories = new();

        Assert.Equal(
            "KIMI_SCRIPTED_ECHO_SCRIPTS is required for _scripted_echo.",
            Assert.Throws<ChatProviderException>(() => ProviderFactory.Create(Scripted(""), Context(directories, null))).Message);
        Assert.Equal(
            "Scripted echo file not found: /nowhere/s.json",
            Assert.Throws<ChatProviderException>(() => ProviderFactory.Create(Scripted("/nowhere/s.json"), Context(directories, null))).Message);
    }

    private static ResolvedModel Scripted(string path, params (string Name, string Value)[] more) => new()
    {
        Provider = new ProviderConfig { Type = ProviderType.ScriptedEcho, BaseUrl = "", ApiKey = default },
        Model = new ModelConfig { Provider = "p", Model = "scripted_echo", MaxContextSize = 1000 },
        Environment = EnvironmentSource.From(more.Append(("KIMI_SCRIPTED_ECHO_SCRIPTS", path)).ToDictionary(static pair => pair.Item1, static pair => pair.Item2)),
    };

    private static ProviderContext Context(TestDirectories directories, Action<string>? trace)
    {
        ShareDirectory share = new(directories.Share, directories.Home);
        return new ProviderContext { Identity = new ClientIdentity("1.49.0", share), Share = share, Trace = trace };
    }
}
