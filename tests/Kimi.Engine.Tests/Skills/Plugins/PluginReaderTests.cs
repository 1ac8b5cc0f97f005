using Kimi.Engine.Skills.Plugins;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Skills.Plugins;

public sealed class PluginReaderTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Fact]
    public void WholeManifest()
    {
        Plugin plugin = Read("""
            {"name": "p", "version": "1.2", "description": "d", "config_file": "c.json", "future": 1,
             "inject": {"z.key": "api_key", "a": "base_url"},
             "tools": [{"name": "t", "description": "td", "command": ["sh", "t.sh"], "parameters": {"type": "object"}},
                       {"name": "u", "description": "ud", "command": ["u"]}],
             "runtime": {"host": "h", "host_version": "1"}}
            """);
        Assert.Equal(("p", "1.2", "d", "c.json"), (plugin.Name, plugin.Version, plugin.Description, plugin.ConfigFile));
        Assert.Equal([new("z.key", "api_key"), new("a", "base_url")], plugin.Inject);
        Assert.Equal(["t", "u"], plugin.Tools.Select(t => t.Name));
        Assert.Equal(["sh", "t.sh"], plugin.Tools[0].Command);
        Assert.Equal("{\"type\": \"object\"}", plugin.Tools[0].Parameters.GetRawText());
        Assert.Equal("{}", plugin.Tools[1].Parameters.GetRawText());
        Assert.Equal(
            new Dictionary<string, string?> { ["z.key"] = "k" },
            plugin.Environment(new Dictionary<string, string> { ["api_key"] = "k" }));
    }

    [Fact]
    public void SmallestManifest()
    {
        Plugin plugin = Read("""{"name": "p", "version": "1"}""");
        Assert.Equal("", plugin.Description);
        Assert.Null(plugin.ConfigFile);
        Assert.Empty(plugin.Inject);
        Assert.Empty(plugin.Tools);
    }

    [Theory]
    [InlineData("{}", "Missing required field 'name' in {path}")]
    [InlineData("""{"name": "p"}""", "Missing required field 'version' in {path}")]
    [InlineData("""{"name": "p", "version": "1", "inject": {"a": "api_key"}}""", "'inject' requires 'config_file' in {path}")]
    public void ExactErrors(string json, string message) => Assert.Equal(
        message.Replace("{path}", _dir.At("plugin.json"), StringComparison.Ordinal),
        Assert.Throws<PluginException>(() => Read(json)).Message);

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"name": 1, "version": "1"}""")]
    [InlineData("""{"name": "p", "version": 1}""")]
    [InlineData("""{"name": "p", "version": "1", "inject": []}""")]
    [InlineData("""{"name": "p", "version": "1", "tools": {}}""")]
    [InlineData("""{"name": "p", "version": "1", "tools": [{"name": "t", "description": "d"}]}""")]
    [InlineData("""{"name": "p", "version": "1", "tools": [{"name": "t", "description": "d", "command": "sh"}]}""")]
    [InlineData("""{"name": "p", "version": "1", "tools": [{"name": "t", "description": "d", "command": []}]}""")]
    [InlineData("""{"name": "p", "version": "1", "tools": [{"name": "t", "description": "d", "command": ["a"], "parameters": 1}]}""")]
    public void WrongSchema(string json) => Assert.StartsWith(
        $"Invalid plugin.json schema in {_dir.At("plugin.json")}: ", Assert.Throws<PluginException>(() => Read(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void NotJson() => Assert.StartsWith(
        $"Failed to read {_dir.At("plugin.json")}: ", Assert.Throws<PluginException>(() => Read("{")).Message, StringComparison.Ordinal);

    [Fact]
    public void None() => Assert.Equal(
        $"No plugin.json found in {_dir.Path}", Assert.Throws<PluginException>(() => PluginReader.Read(_dir.Path)).Message);

    private Plugin Read(string json)
    {
        _dir.Write("plugin.json", json);
        return PluginReader.Read(_dir.Path);
    }
}
