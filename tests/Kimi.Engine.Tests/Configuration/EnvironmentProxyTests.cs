using System.Net;
using Kimi.Engine.Configuration;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Configuration;

public sealed class EnvironmentProxyTests
{
    [Fact]
    public async Task Requests_go_through_a_proxy_written_as_socks_and_the_process_keeps_its_variables()
    {
        await using ModelServer server = await ModelServer.StartAsync();
        using SocksServer socks = new();
        EnvironmentSource environment = From(("ALL_PROXY", $"socks://me:se%20cret@{socks.Authority}"));
        using SocketsHttpHandler handler = new() { Proxy = EnvironmentProxy.ForSocks(environment) };
        using HttpClient client = new(handler);

        using HttpResponseMessage answer = await client.GetAsync(new Uri(server.Url), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal($"me:se cret@{new Uri(server.Url).Authority}", Assert.Single(socks.Connections));
        Assert.StartsWith("socks://", environment["ALL_PROXY"], StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_word_the_framework_reads_the_variables() =>
        Assert.Null(EnvironmentProxy.ForSocks(From(("HTTP_PROXY", "http://h:1"), ("ALL_PROXY", "socks5://h:2"))));

    [Theory]
    [InlineData("http://a.example/", "http://plain:3/")]
    [InlineData("https://a.example/", "socks5://s:4/")]
    [InlineData("https://sub.inner.example/", null)]
    [InlineData("https://inner.example/", null)]
    [InlineData("https://notinner.example/", "socks5://s:4/")]
    [InlineData("http://host/", null)]
    [InlineData("ftp://a.example/", null)]
    public void Each_scheme_has_its_proxy_and_exceptions_count(string destination, string? proxy)
    {
        EnvironmentProxy proxies = EnvironmentProxy.ForSocks(From(("http_proxy", "plain:3"), ("ALL_PROXY", "SOCKS://s:4"), ("NO_PROXY", ".inner.example, host")))!;
        Uri uri = new(destination);
        Assert.Equal(proxy, proxies.IsBypassed(uri) ? null : proxies.GetProxy(uri)!.ToString());
    }

    [Fact]
    public void A_star_bypasses_everything() =>
        Assert.True(EnvironmentProxy.ForSocks(From(("ALL_PROXY", "socks://s:4"), ("no_proxy", "*")))!.IsBypassed(new Uri("http://a.example/")));

    [Fact]
    public void A_process_of_our_own_rewrites_its_variables_for_those_it_starts()
    {
        var changed = new List<string>();
        EnvironmentProxy.Rewrite(
            EnvironmentSource.From(new Dictionary<string, string>
            {
                ["ALL_PROXY"] = "socks://h:1",
                ["https_proxy"] = "SOCKS://u@h:2",
                ["HTTP_PROXY"] = "http://h:3",
                ["http_proxy"] = "socks5://h:4",
                ["NO_PROXY"] = "socks://h",
            }),
            (name, value) => changed.Add($"{name}={value}"));
        Assert.Equal(["ALL_PROXY=socks5://h:1", "https_proxy=socks5://u@h:2"], changed);
    }

    private static EnvironmentSource From(params (string Name, string Value)[] variables) =>
        EnvironmentSource.From(variables.ToDictionary(static v => v.Name, static v => v.Value));
}
