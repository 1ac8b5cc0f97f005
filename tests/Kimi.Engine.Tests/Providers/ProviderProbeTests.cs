using Kimi.Engine.Configuration;
using Kimi.Engine.Providers;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Providers;

public sealed class ProviderProbeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ProviderType.Kimi, "/v1/models", """{"data":[{"id":"a"},{"id":"b"}]}""")]
    [InlineData(ProviderType.Anthropic, "/v1/models?limit=1000", """{"data":[{"id":"a"},{"id":"b"}]}""")]
    [InlineData(ProviderType.Gemini, "/v1beta/models?pageSize=1000", """{"models":[{"name":"models/a"},{"name":"models/b"}]}""")]
    public async Task Models_are_listed(ProviderType type, string path, string body)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(ModelAnswer.Of(body, contentType: "application/json"));

        Assert.Equal(["a", "b"], await new ProviderProbe(bench.Context).ListModelsAsync(bench.Model(type).Provider, Token));

        Assert.Equal(("GET", path), (bench.Server.Requests.Single().Method, bench.Server.Requests.Single().Path));
    }

    [Fact]
    public async Task A_good_provider_answers()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(Reply.Says("ok"));

        ProbeResult result = await new ProviderProbe(bench.Context).TestAsync(bench.Model(ProviderType.Kimi), Token);

        Assert.Equal((true, "test-model answered: ok"), (result.Succeeded, result.Message));
    }

    [Theory]
    [InlineData(401, """{"error":{"message":"bad key"}}""", "refused the key (401)")]
    [InlineData(404, "<html>nothing</html>", "check the path of base_url")]
    [InlineData(404, """{"error":{"message":"The model `test-model` does not exist"}}""", "has no model 'test-model'")]
    [InlineData(429, """{"error":{"message":"quota"}}""", "limits the rate")]
    [InlineData(200, "<html>hello</html>", "points to a web page")]
    public async Task What_is_wrong_is_said_in_one_sentence(int status, string body, string expected)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        bench.Server.Answer(ModelAnswer.Of(body, status, "text/html"));

        ProbeResult result = await new ProviderProbe(bench.Context).TestAsync(bench.Model(ProviderType.OpenAILegacy), Token);

        Assert.False(result.Succeeded);
        Assert.Contains(expected, result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk-secret", result.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', result.Message);
    }

    [Theory]
    [InlineData("http://127.0.0.1:9/v1", "the connection was refused")]
    [InlineData("http://no-such-host.invalid/v1", "(DNS)")]
    [InlineData("127.0.0.1:9/v1", "is no http or https address")]
    public async Task Failed_connections_are_told_apart(string baseUrl, string expected)
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        ResolvedModel model = bench.Model(ProviderType.Kimi);

        ProbeResult result = await new ProviderProbe(bench.Context).TestAsync(model with { Provider = model.Provider with { BaseUrl = baseUrl } }, Token);

        Assert.Contains(expected, result.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_port_spoken_to_with_TLS_is_recognised()
    {
        await using ProviderTestBench bench = await ProviderTestBench.StartAsync();
        ResolvedModel model = bench.Model(ProviderType.Kimi);

        ProbeResult result = await new ProviderProbe(bench.Context).TestAsync(
            model with { Provider = model.Provider with { BaseUrl = bench.Server.BaseUrl.Replace("http:", "https:", StringComparison.Ordinal) } }, Token);

        Assert.Contains("TLS", result.Message, StringComparison.Ordinal);
    }
}
