using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Providers;

/// <summary>Gemini and Vertex AI: not recorded, so from the maps of the specification.</summary>
public sealed class GoogleProviderTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_body_follows_the_map()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        ToolCall[] calls = [new("b_1", "b", """{"x":1}"""), new("a_2", "a", null, JsonDocument.Parse("""{"thought_signature_b64":"QUJD"}""").RootElement)];
        ChatRequest request = new()
        {
            SystemPrompt = "",
            Tools = [new ToolDefinition("a", "A.", """{ "type": "object" }""")],
            History =
            [
                new Message(Role.User, [new TextPart("hi"), new ThinkPart("no"), new AudioUrlPart("data:audio/wav;base64,AAAA"), new VideoUrlPart("ms://x")]),
                new Message(Role.Assistant, [new ThinkPart("k", "s"), new TextPart("t")], calls),
                new Message(Role.Tool, [new TextPart("two"), new TextPart("!"), new ImageUrlPart("https://example.org/a.webp")], toolCallId: "a_2"),
                new Message(Role.Tool, [new TextPart("one")], toolCallId: "b_1"),
                new Message(Role.System, "Be brief."),
            ],
        };

        await ProviderTestBench.AskAsync(bench.Provider(ProviderType.Gemini), request, Token);

        RecordedRequest sent = bench.Server.Requests.Single();
        Assert.Equal("/v1beta/models/test-model:streamGenerateContent?alt=sse", sent.Path);
        Assert.Equal("sk-secret", sent.Header("x-goog-api-key"));
        Assert.Equal(
            """{"contents":[{"parts":[{"text":"hi"},{"inlineData":{"data":"AAAA","mimeType":"audio/wav"}}],"role":"user"},"""
            + """{"parts":[{"text":"t"},{"functionCall":{"args":{"x":1},"name":"b"}},{"functionCall":{"args":{},"name":"a"},"thoughtSignature":"QUJD"}],"role":"model"},"""
            + """{"parts":[{"functionResponse":{"name":"b","response":{"output":"one"}}},{"functionResponse":{"name":"a","response":{"output":"two!"},"parts":[{"fileData":{"fileUri":"https://example.org/a.webp","mimeType":"image/webp"}}]}}],"role":"user"},"""
            + """{"parts":[{"text":"<system>Be brief.</system>"}],"role":"user"}],"systemInstruction":{"parts":[{"text":""}],"role":"user"},"tools":[{"functionDeclarations":[{"name":"a","description":"A.","parameters_json_schema":{"type":"object"}}]}]}""",
            sent.Text);
    }

    [Theory]
    [InlineData("gemini-2.5-pro", ThinkingEffort.Off, """{"includeThoughts":false,"thinkingBudget":0}""")]
    [InlineData("gemini-2.5-pro", ThinkingEffort.Low, """{"includeThoughts":true,"thinkingBudget":1024}""")]
    [InlineData("gemini-2.5-pro", ThinkingEffort.Medium, """{"includeThoughts":true,"thinkingBudget":4096}""")]
    [InlineData("gemini-2.5-pro", ThinkingEffort.Max, """{"includeThoughts":true,"thinkingBudget":32000}""")]
    [InlineData("gemini-3-pro", ThinkingEffort.Off, """{"includeThoughts":true}""")]
    [InlineData("gemini-3-pro", ThinkingEffort.Low, """{"includeThoughts":true,"thinkingLevel":"LOW"}""")]
    [InlineData("gemini-3-pro", ThinkingEffort.Medium, """{"includeThoughts":true,"thinkingLevel":"HIGH"}""")]
    public async Task Thinking_goes_by_the_model(string model, ThinkingEffort effort, string expected)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();

        await ProviderTestBench.AskAsync(bench.Provider(ProviderType.Gemini, id: model).WithThinking(effort), ProviderTestBench.Hello, Token);

        Assert.Equal(expected, bench.Server.Requests.Single().Json.GetProperty("generationConfig").GetProperty("thinkingConfig").GetRawText());
    }

    [Theory]
    [InlineData("a", "Missing tool responses for ids: b")]
    [InlineData("a,b,c", "Unexpected tool responses for ids: c")]
    [InlineData("a,b,b", "Duplicate tool response for id: b")]
    public async Task Results_must_fit_the_calls(string ids, string expected)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        Message calls = new(Role.Assistant, [], [new ToolCall("a", "f", "{}"), new ToolCall("b", "f", "{}")]);
        Message[] results = [.. ids.Split(',').Select(static id => new Message(Role.Tool, [new TextPart("x")], toolCallId: id))];

        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(
            () => bench.Provider(ProviderType.Gemini).GenerateAsync(ProviderTestBench.Request([calls, .. results]), Token));

        Assert.Equal(expected, error.Message);
        Assert.Empty(bench.Server.Requests);
    }

    [Fact]
    public async Task Remote_images_are_fetched_once_and_sent_inline()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Handle(request => request.Path == "/a.jpg" ? new ModelAnswer { ContentType = "image/jpeg", Body = new byte[] { 1, 2, 3 } } : null);
        IChatProvider provider = bench.Provider(ProviderType.Gemini);
        ChatRequest request = ProviderTestBench.Request(new Message(Role.User, [new ImageUrlPart(bench.Server.Url + "/a.jpg")]));

        await ProviderTestBench.AskAsync(provider, request, Token);
        await ProviderTestBench.AskAsync(provider, request, Token);

        Assert.Single(bench.Server.Requests, static request => request.Method == "GET");
        Assert.Contains("""{"inlineData":{"data":"AQID","mimeType":"image/jpeg"}}""", bench.Server.Requests[^1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parts_of_the_answer_become_ours()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(ModelAnswer.Events(
            """{"candidates":[{"content":{"parts":[{"text":"why","thought":true},{"text":"Hi"},{"unknown":1}]}}],"responseId":"r1"}""",
            """{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"x":1.50}},"thoughtSignature":"QUJD"},{"functionCall":{"id":"7","name":"g"}},{"functionCall":{}}]}}],"responseId":"r2"}""",
            """{"usageMetadata":{"promptTokenCount":10,"cachedContentTokenCount":4,"candidatesTokenCount":3,"thoughtsTokenCount":99}}"""));

        Collected answer = await ProviderTestBench.AskAsync(bench.Provider(ProviderType.Gemini), ProviderTestBench.Hello, Token);

        Assert.Equal([new ThinkPart("why"), new TextPart("Hi")], answer.Message.Content);
        Assert.Equal(2, answer.Message.ToolCalls!.Count);
        ToolCall first = answer.Message.ToolCalls[0];
        Assert.StartsWith("f_", first.Id, StringComparison.Ordinal);
        Assert.Equal(("f", """{"x":1.50}""", """{"thought_signature_b64":"QUJD"}"""), (first.Name, first.Arguments, first.Extras?.GetRawText()));
        Assert.Equal(new ToolCall("g_7", "g", "{}"), answer.Message.ToolCalls[1]);
        Assert.Equal(new TokenUsage(10, 3, 4), answer.Usage);
        Assert.Equal("r1", answer.Id);
    }

    [Theory]
    [InlineData(401, "Authentication failed: ")]
    [InlineData(403, "Permission denied: ")]
    [InlineData(429, "Rate limit exceeded: ")]
    [InlineData(404, "Error code: 404")]
    [InlineData(503, "Server error: ")]
    public async Task Statuses_have_their_prefixes(int status, string prefix)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(ModelAnswer.Error(status));

        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => bench.Provider(ProviderType.Gemini).GenerateAsync(ProviderTestBench.Hello, Token));

        Assert.Equal(status, error.StatusCode);
        Assert.StartsWith(prefix, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vertex_signs_in_with_a_service_account()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        using RSA key = RSA.Create(2048);
        string file = bench.Directories.WriteShare("sa.json", JsonSerializer.Serialize(new
        {
            type = "service_account",
            project_id = "proj",
            client_email = "a@b",
            private_key_id = "k1",
            private_key = key.ExportPkcs8PrivateKeyPem(),
            token_uri = bench.Server.Url + "/token",
        }));
        bench.Server.Handle(request => request.Path == "/token" ? ModelAnswer.Of("""{"access_token":"tok","expires_in":3600}""", contentType: "application/json") : null);
        IChatProvider provider = Vertex(bench, ("GOOGLE_APPLICATION_CREDENTIALS", file), ("GOOGLE_CLOUD_LOCATION", "europe-west1"));

        await ProviderTestBench.AskAsync(provider, ProviderTestBench.Hello, Token);
        await ProviderTestBench.AskAsync(provider, ProviderTestBench.Hello, Token);

        RecordedRequest exchange = Assert.Single(bench.Server.Requests, static request => request.Path == "/token");
        string[] token = exchange.Text.Split("assertion=")[1].Split('.');
        Assert.True(key.VerifyData(Encoding.ASCII.GetBytes($"{token[0]}.{token[1]}"), Decode(token[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        using JsonDocument claims = JsonDocument.Parse(Decode(token[1]));
        Assert.Equal("a@b", claims.RootElement.GetProperty("iss").GetString());
        Assert.Equal(3600, claims.RootElement.GetProperty("exp").GetInt64() - claims.RootElement.GetProperty("iat").GetInt64());
        RecordedRequest sent = bench.Server.Requests[^1];
        Assert.Equal("/v1beta1/projects/proj/locations/europe-west1/publishers/google/models/test-model:streamGenerateContent?alt=sse", sent.Path);
        Assert.Equal("Bearer tok", sent.Header("Authorization"));
    }

    [Fact]
    public async Task Vertex_signs_in_with_the_metadata_server()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Handle(request => request.Path switch
        {
            "/computeMetadata/v1/project/project-id" => ModelAnswer.Of("proj-2"),
            "/computeMetadata/v1/instance/service-accounts/default/token" => ModelAnswer.Of("""{"access_token":"meta","expires_in":10}"""),
            _ => null,
        });

        await ProviderTestBench.AskAsync(Vertex(bench, ("GCE_METADATA_HOST", new Uri(bench.Server.Url).Authority)), ProviderTestBench.Hello, Token);

        RecordedRequest sent = bench.Server.Requests[^1];
        Assert.StartsWith("/v1beta1/projects/proj-2/locations/global/", sent.Path, StringComparison.Ordinal);
        Assert.Equal("Bearer meta", sent.Header("Authorization"));
        Assert.Equal("Google", bench.Server.Requests[0].Header("Metadata-Flavor"));
    }

    [Fact]
    public async Task Chaos_breaks_requests_and_says_so_in_its_name()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(Reply.Calling(("a", "f", """{"x":1}""")));
        Kimi.Engine.Providers.Chaos.ChaosProvider provider = ProviderFactory.MakeChaos(
            bench.Model(ProviderType.Chaos), bench.Context, new Kimi.Engine.Providers.Chaos.ChaosOptions { ErrorProbability = 0, CorruptToolCallProbability = 1, Seed = 1 });

        Collected answer = await ProviderTestBench.AskAsync(provider, ProviderTestBench.Hello, Token);

        Assert.Equal("chaos(test-model)", provider.ModelName);
        Assert.Equal("""{"x":1""", answer.Message.ToolCalls![0].Arguments);
        Assert.DoesNotContain("prompt_cache_key", bench.Server.Requests.Single().Text, StringComparison.Ordinal);
        Kimi.Engine.Providers.Chaos.ChaosProvider broken = ProviderFactory.MakeChaos(
            bench.Model(ProviderType.Chaos), bench.Context, new Kimi.Engine.Providers.Chaos.ChaosOptions { ErrorProbability = 1, ErrorTypes = [429] });
        ChatProviderException error = await Assert.ThrowsAsync<ChatProviderException>(() => broken.GenerateAsync(ProviderTestBench.Hello, Token));
        Assert.Equal(429, error.StatusCode);
        Assert.Single(bench.Server.Requests);
        Assert.Contains(TimeSpan.FromSeconds(2), bench.Time.Waits);
    }

    private static IChatProvider Vertex(ProviderTestBench bench, params (string Name, string Value)[] environment)
    {
        ResolvedModel model = bench.Model(ProviderType.VertexAI);
        return ProviderFactory.Create(
            model with
            {
                Provider = model.Provider with { ApiKey = default },
                Environment = EnvironmentSource.From(environment.ToDictionary(static pair => pair.Name, static pair => pair.Value)),
            },
            bench.Context)!;
    }

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);
}
