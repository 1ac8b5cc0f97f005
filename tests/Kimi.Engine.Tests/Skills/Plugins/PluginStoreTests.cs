using System.IO.Compression;
using System.Text.Json.Nodes;
using Kimi.Engine.Configuration;
using Kimi.Engine.Hosts;
using Kimi.Engine.Skills;
using Kimi.Engine.Skills.Plugins;
using Kimi.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kimi.Engine.Tests.Skills.Plugins;

public sealed class PluginStoreTests : IDisposable
{
    private static readonly Dictionary<string, string> s_values = new() { ["api_key"] = "k1", ["base_url"] = "u1" };

    private readonly TempDirectory _dir = new();
    private readonly PluginStore _store;

    public PluginStoreTests() => _store = new PluginStore(_dir.At("share/plugins"));

    public void Dispose() => _dir.Dispose();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task InstallFromADirectory()
    {
        Assert.Equal("No plugins installed.", _store.DescribeAll());
        WritePlugin("src", "1.0");
        _dir.Write("src/bin/t.sh", "echo hi");
        _dir.Write("src/.git/config", "x");
        _dir.Write("src/SKILL.md", "a skill");
        Plugin plugin = await _store.InstallAsync(_dir.At("src"), s_values, Token);
        Assert.Equal(("demo", "1.0", _dir.At("share/plugins/demo")), (plugin.Name, plugin.Version, plugin.Directory));
        Assert.True(File.Exists(_dir.At("share/plugins/demo/bin/t.sh")));
        Assert.False(Directory.Exists(_dir.At("share/plugins/demo/.git")));
        JsonNode manifest = JsonNode.Parse(File.ReadAllText(_dir.At("share/plugins/demo/plugin.json")))!;
        Assert.Equal("kimi-code", (string?)manifest["runtime"]!["host"]);
        Assert.Equal("1.49.0", (string?)manifest["runtime"]!["host_version"]);
        JsonNode config = JsonNode.Parse(File.ReadAllText(_dir.At("share/plugins/demo/config.json")))!;
        Assert.Equal("""{"keep":1,"auth":{"key":"k1"},"url":"u1"}""", config.ToJsonString());
        Assert.DoesNotContain("k1", File.ReadAllText(_dir.At("src/config.json")), StringComparison.Ordinal);
        Assert.Equal("demo v1.0 - shows things", _store.DescribeAll());
        Assert.Contains("Tool: t - runs", _store.Describe("demo"), StringComparison.Ordinal);
        Assert.Equal(["demo"], Directory.GetFileSystemEntries(_dir.At("share/plugins")).Select(Path.GetFileName));

        SkillCatalog skills = SkillCatalog.Load([new SkillRoot(_dir.At("share/plugins"), SkillScope.Extra)]);
        Assert.Equal("demo", Assert.Single(skills.Skills).Name);
    }

    [Fact]
    public async Task UpgradeReplaces()
    {
        WritePlugin("one", "1.0");
        _dir.Write("one/old.txt", "x");
        WritePlugin("two", "2.0");
        await _store.InstallAsync(_dir.At("one"), s_values, Token);
        await _store.InstallAsync(_dir.At("two"), s_values, Token);
        Assert.Equal("2.0", _store.Get("demo").Version);
        Assert.False(File.Exists(_dir.At("share/plugins/demo/old.txt")));
    }

    [Fact]
    public async Task AFailedUpgradeLeavesTheOldVersion()
    {
        WritePlugin("one", "1.0");
        WritePlugin("two", "2.0");
        await _store.InstallAsync(_dir.At("one"), s_values, Token);
        File.Delete(_dir.At("two/config.json"));
        PluginException e = await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(_dir.At("two"), s_values, Token));
        Assert.Equal($"Config file not found: {_dir.At("two/config.json")}", e.Message);
        Assert.Equal("1.0", _store.Get("demo").Version);
        Assert.Equal(["demo"], Directory.GetFileSystemEntries(_dir.At("share/plugins")).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("../outside.json")]
    [InlineData("a/../../outside.json")]
    [InlineData("/etc/hostname")]
    public async Task ConfigFileMustStayInside(string file)
    {
        _dir.Write("outside.json", "{}");
        _dir.Write("src/plugin.json", $$$"""{"name": "demo", "version": "1", "config_file": "{{{file}}}", "inject": {"a": "api_key"}}""");
        Assert.Equal(
            $"config_file escapes plugin directory: {file}",
            (await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(_dir.At("src"), s_values, Token))).Message);
    }

    [Fact]
    public async Task MissingHostValue()
    {
        WritePlugin("src", "1.0");
        Assert.Equal(
            "Host does not provide required inject key 'api_key'",
            (await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(_dir.At("src"), new Dictionary<string, string>(), Token))).Message);
    }

    [Theory]
    [InlineData("../x")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    public async Task InvalidNames(string name)
    {
        _dir.Write("src/plugin.json", $$"""{"name": "{{name}}", "version": "1"}""");
        string message = $"Invalid plugin name: {name}";
        Assert.Equal(message, (await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(_dir.At("src"), s_values, Token))).Message);
        Assert.Equal(message, Assert.Throws<PluginException>(() => _store.Remove(name)).Message);
        Assert.Equal(message, Assert.Throws<PluginException>(() => _store.Get(name)).Message);
    }

    [Fact]
    public async Task RemoveAndUnknownNames()
    {
        WritePlugin("src", "1.0");
        await _store.InstallAsync(_dir.At("src"), s_values, Token);
        _store.Remove("demo");
        Assert.False(Directory.Exists(_dir.At("share/plugins/demo")));
        string message = $"Plugin 'demo' not found in {_dir.At("share/plugins")}";
        Assert.Equal(message, Assert.Throws<PluginException>(() => _store.Remove("demo")).Message);
        Assert.Equal(message, Assert.Throws<PluginException>(() => _store.Get("demo")).Message);
    }

    [Fact]
    public async Task LinksOutOfThePluginStayBehind()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making links needs a privilege on Windows");
        WritePlugin("src", "1.0");
        string secret = _dir.Write("secret.txt", "secret");
        File.CreateSymbolicLink(_dir.At("src/leak"), secret);
        File.CreateSymbolicLink(_dir.At("src/alias"), "config.json");
        Directory.CreateSymbolicLink(_dir.At("src/loop"), _dir.At("src"));
        await _store.InstallAsync(_dir.At("src"), s_values, Token);
        Assert.False(Path.Exists(_dir.At("share/plugins/demo/leak")));
        Assert.False(Path.Exists(_dir.At("share/plugins/demo/loop")));
        Assert.True(File.Exists(_dir.At("share/plugins/demo/alias")));
    }

    [Fact]
    public async Task InstallingTheDirectoryAboveIsRefused()
    {
        _dir.Write("plugin.json", """{"name": "demo", "version": "1"}""");
        await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(_dir.Path, s_values, Token));
        Assert.Empty(_store.List());
    }

    [Theory]
    [InlineData("")]
    [InlineData("repo-main/")]
    public async Task InstallFromAZip(string prefix)
    {
        string zip = MakeZip("p.zip", (prefix + "plugin.json", """{"name": "demo", "version": "3"}"""), (prefix + "sub/a.txt", "a"));
        Assert.Equal("3", (await _store.InstallAsync(zip, s_values, Token)).Version);
        Assert.Equal("a", File.ReadAllText(_dir.At("share/plugins/demo/sub/a.txt")));
    }

    [Theory]
    [InlineData("../evil.txt")]
    [InlineData("a/../../evil.txt")]
    [InlineData("/evil.txt")]
    [InlineData("..\\evil.txt")]
    public async Task EscapingZipEntriesAreRefused(string name)
    {
        string zip = MakeZip("p.zip", ("plugin.json", """{"name": "demo", "version": "3"}"""), (name, "x"));
        Assert.Equal(
            $"Zip entry escapes target directory: {name}",
            (await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(zip, s_values, Token))).Message);
        Assert.Empty(_store.List());
    }

    [Fact]
    public async Task ABrokenZip() =>
        await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(_dir.Write("p.zip", "no zip"), s_values, Token));

    [Fact]
    public async Task InstallFromAUrl()
    {
        string zip = MakeZip("p.zip", ("plugin.json", """{"name": "demo", "version": "4"}"""));
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication app = builder.Build();
        app.MapGet("/p.zip", () => Results.File(zip));
        await app.StartAsync(Token);
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Assert.Equal("4", (await _store.InstallAsync(address + "/p.zip", s_values, Token)).Version);
        PluginException e = await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(address + "/none.zip", s_values, Token));
        Assert.StartsWith($"Failed to download {address}/none.zip: ", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task InstallFromGit()
    {
        Assert.SkipWhen(LocalHost.FindProgram("git") is null, "git is not installed");
        _dir.Write("r.git/one/plugin.json", """{"name": "demo", "version": "5"}""");
        _dir.Write("r.git/two/plugin.json", """{"name": "other", "version": "6"}""");
        _dir.Make("r.git/none");
        foreach (string[] arguments in (string[][])
            [
                ["init", "-b", "trunk"], ["add", "."], ["-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-m", "x"],
            ])
        {
            CommandResult result = await CommandRunner.RunAsync(
                new LocalHost(),
                new HostCommand { FileName = "git", Arguments = arguments, WorkingDirectory = _dir.At("r.git") },
                TimeSpan.FromSeconds(30), 10_000, Token);
            Assert.True(result.ExitCode == 0, result.Error);
        }

        string url = new Uri(_dir.At("r.git")).AbsoluteUri;
        Assert.Equal("5", (await _store.InstallAsync(url + "/one", s_values, Token)).Version);
        Assert.Equal("6", (await _store.InstallAsync(url + "/tree/trunk/two", s_values, Token)).Version);
        Assert.Equal(
            $"No plugin.json found in {url}. Available plugins: one, two",
            (await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(url, s_values, Token))).Message);
        await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(url + "/../../x", s_values, Token));
        await Assert.ThrowsAsync<PluginException>(() => _store.InstallAsync(url + "/tree/gone", s_values, Token));
    }

    [Fact]
    public async Task RefreshWritesCurrentValues()
    {
        WritePlugin("src", "1.0");
        await _store.InstallAsync(_dir.At("src"), s_values, Token);
        string config = _dir.At("share/plugins/demo/config.json");
        DateTime before = File.GetLastWriteTimeUtc(config);
        _store.RefreshInjected(new Dictionary<string, string> { ["api_key"] = "", ["base_url"] = "u2" });
        _store.RefreshInjected(s_values);
        Assert.Equal(before, File.GetLastWriteTimeUtc(config));
        _store.RefreshInjected(new Dictionary<string, string> { ["api_key"] = "k2", ["base_url"] = "u2" });
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(config));
        }

        Assert.Equal("""{"keep":1,"auth":{"key":"k2"},"url":"u2"}""", JsonNode.Parse(await File.ReadAllTextAsync(config, Token))!.ToJsonString());
    }

    [Fact]
    public void ListSkipsTheInvalid()
    {
        _dir.Write("share/plugins/b/plugin.json", """{"name": "b", "version": "1"}""");
        _dir.Write("share/plugins/a/plugin.json", """{"name": "a", "version": "1", "description": "x"}""");
        _dir.Write("share/plugins/bad/plugin.json", "{");
        _dir.Make("share/plugins/empty");
        _dir.Write("share/plugins/.old-1/plugin.json", """{"name": "c", "version": "1"}""");
        var log = new List<string>();
        Assert.Equal(["a", "b"], _store.List(log.Add).Select(p => p.Name));
        Assert.Single(log);
        Assert.Equal("a v1 - x\nb v1", _store.DescribeAll());
    }

    [Fact]
    public void HostValuesComeFromTheDefaultModelsProvider()
    {
        var config = new KimiConfig
        {
            DefaultModel = "m",
            Models = new Dictionary<string, ModelConfig> { ["m"] = new() { Provider = "p", Model = "x", MaxContextSize = 1 } },
            Providers = new Dictionary<string, ProviderConfig> { ["p"] = new() { Type = ProviderType.Kimi, BaseUrl = "u", ApiKey = new Secret("k") } },
        };
        Assert.Equal(new Dictionary<string, string> { ["api_key"] = "k", ["base_url"] = "u" }, PluginStore.HostValues(config));
        Assert.Empty(PluginStore.HostValues(new KimiConfig()));
    }

    private void WritePlugin(string directory, string version)
    {
        _dir.Write(directory + "/plugin.json", $$"""
            {"name": "demo", "version": "{{version}}", "description": "shows things", "config_file": "config.json",
             "inject": {"auth.key": "api_key", "url": "base_url"},
             "tools": [{"name": "t", "description": "runs", "command": ["sh", "bin/t.sh"]}]}
            """);
        _dir.Write(directory + "/config.json", """{"keep": 1, "auth": "none"}""");
    }

    private string MakeZip(string name, params (string Name, string Text)[] entries)
    {
        string path = _dir.At(name);
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string entryName, string text) in entries)
        {
            using var writer = new StreamWriter(zip.CreateEntry(entryName).Open());
            writer.Write(text);
        }

        return path;
    }
}
