using Kimi.Engine.Skills.Plugins;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Skills.Plugins;

public sealed class PluginSourceTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Theory]
    [InlineData("https://h.example/o/r.git", "https://h.example/o/r.git", null, "")]
    [InlineData("https://h.example/o/r.git/sub/dir", "https://h.example/o/r.git", null, "sub/dir")]
    [InlineData("git@github.com:o/r.git", "git@github.com:o/r.git", null, "")]
    [InlineData("git@github.com:o/r.git/sub", "git@github.com:o/r.git", null, "sub")]
    [InlineData("ssh://git@h.example/o/r.git", "ssh://git@h.example/o/r.git", null, "")]
    [InlineData("https://github.com/o/r", "https://github.com/o/r.git", null, "")]
    [InlineData("https://github.com/o/r/", "https://github.com/o/r.git", null, "")]
    [InlineData("https://github.com/o/r/sub/dir", "https://github.com/o/r.git", null, "sub/dir")]
    [InlineData("https://github.com/o/r/tree/dev", "https://github.com/o/r.git", "dev", "")]
    [InlineData("https://github.com/o/r/tree/dev/sub", "https://github.com/o/r.git", "dev", "sub")]
    [InlineData("https://gitlab.com/o/r/-/tree/dev/sub", "https://gitlab.com/o/r.git", "dev", "sub")]
    [InlineData("https://github.com/o/my.github.io.git", "https://github.com/o/my.github.io.git", null, "")]
    public void Git(string target, string url, string? branch, string directory) =>
        Assert.Equal(new PluginSource(PluginSourceKind.Git, url, branch, directory), PluginSource.Parse(target));

    [Theory]
    [InlineData("https://h.example/p.zip")]
    [InlineData("http://h.example/a/P.ZIP?token=1")]
    [InlineData("https://github.com/o/r/archive/main.zip")]
    public void ZipUrl(string target) => Assert.Equal(new PluginSource(PluginSourceKind.ZipUrl, target), PluginSource.Parse(target));

    [Fact]
    public void Local()
    {
        string zip = _dir.Write("p.zip", "x");
        Assert.Equal(new PluginSource(PluginSourceKind.ZipFile, zip), PluginSource.Parse(zip));
        Assert.Equal(new PluginSource(PluginSourceKind.Directory, _dir.Path), PluginSource.Parse(_dir.Path));
    }

    [Theory]
    [InlineData("nowhere")]
    [InlineData("nowhere.zip")]
    [InlineData("https://h.example/o/r")]
    [InlineData("https://github.com/only-owner")]
    [InlineData("ext::sh -c touch x .git")]
    [InlineData("--upload-pack=x.git")]
    [InlineData("")]
    public void Nothing(string target) => Assert.Throws<PluginException>(() => PluginSource.Parse(target));
}
