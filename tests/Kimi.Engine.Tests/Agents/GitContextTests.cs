using Kimi.Engine.Agents;
using Kimi.Engine.Hosts;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Agents;

public sealed class GitContextTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Theory]
    [InlineData("https://github.com/owner/repo.git", "https://github.com/owner/repo.git", "owner/repo")]
    [InlineData("https://github.com/owner/repo", "https://github.com/owner/repo", "owner/repo")]
    [InlineData("https://user:secret@github.com/owner/repo.git", "https://github.com/owner/repo.git", "owner/repo")]
    [InlineData("https://token@gitlab.com/group/sub/repo.git", "https://gitlab.com/group/sub/repo.git", "group/sub/repo")]
    [InlineData("git@github.com:owner/repo.git", "git@github.com:owner/repo.git", "owner/repo")]
    [InlineData("secret@github.com:owner/repo.git", "github.com:owner/repo.git", "owner/repo")]
    [InlineData("https://github.com/owner/repo.git?access_token=secret#x", "https://github.com/owner/repo.git", "owner/repo")]
    [InlineData("git@github.com:owner/repo?token=secret", "git@github.com:owner/repo", "owner/repo")]
    [InlineData("ssh://git@bitbucket.org:22/owner/repo.git", "ssh://bitbucket.org:22/owner/repo.git", "owner/repo")]
    [InlineData("https://GITEE.com/o/r", "https://GITEE.com/o/r", "o/r")]
    [InlineData("https://codeberg.org/o/r", "https://codeberg.org/o/r", "o/r")]
    [InlineData("https://git.sr.ht/~o/r", "https://git.sr.ht/~o/r", "~o/r")]
    public void KnownRemotes(string remote, string url, string project) => Assert.Equal((url, project), GitContext.KnownRemote(remote));

    [Theory]
    [InlineData("https://git.internal/o/r.git")]
    [InlineData("https://evilgithub.com/o/r.git")]
    [InlineData("https://github.com.evil.org/o/r.git")]
    [InlineData("https://github.com@evil.org/o/r.git")]
    [InlineData("/srv/git/github.com/r.git")]
    [InlineData("")]
    public void OtherRemotesAreNotNamed(string remote) => Assert.Null(GitContext.KnownRemote(remote));

    [Fact]
    public void WholeBlock()
    {
        string status = string.Concat(Enumerable.Range(1, 22).Select(i => $" M f{i}\n"));
        Assert.Equal(
            "<git-context>\nWorking directory: /w\nRemote: https://github.com/o/r\nProject: o/r\nBranch: main\nDirty files (22):\n"
            + string.Concat(Enumerable.Range(1, 20).Select(i => $"   M f{i}\n"))
            + $"  ... and 2 more\nRecent commits:\n  abc first\n  def {new string('x', 196)}\n</git-context>",
            GitContext.Compose("/w", "https://github.com/o/r\n", "main\n", status, $"abc first\ndef {new string('x', 300)}\n"));
    }

    [Fact]
    public void NothingToSay() => Assert.Null(GitContext.Compose("/w", "https://internal/o/r", "", "", null));

    [Fact]
    public async Task ARealRepository()
    {
        Assert.SkipWhen(LocalHost.FindProgram("git") is null, "git is not installed");
        await GitAsync("init", "-b", "trunk");
        await GitAsync("remote", "add", "origin", "https://u:p@github.com/o/r.git");
        _dir.Write("a", "1");
        await GitAsync("add", "a");
        await GitAsync("-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "-m", "add a");
        _dir.Write("b", "2");
        string? block = await GitContext.DescribeAsync(new LocalHost(), _dir.Path, TestContext.Current.CancellationToken);
        Assert.Matches(
            $"^<git-context>\nWorking directory: {System.Text.RegularExpressions.Regex.Escape(_dir.Path)}\nRemote: https://github\\.com/o/r\\.git\nProject: o/r\nBranch: trunk\n"
            + "Dirty files \\(1\\):\n  \\?\\? b\nRecent commits:\n  [0-9a-f]{4,} add a\n</git-context>$",
            block);
    }

    [Fact]
    public async Task NoRepository() =>
        Assert.Null(await GitContext.DescribeAsync(new LocalHost(), _dir.Path, TestContext.Current.CancellationToken));

    private async Task GitAsync(params string[] arguments)
    {
        CommandResult result = await CommandRunner.RunAsync(
            new LocalHost(),
            new HostCommand { FileName = "git", Arguments = arguments, WorkingDirectory = _dir.Path },
            TimeSpan.FromSeconds(20),
            100_000,
            TestContext.Current.CancellationToken);
        Assert.True(result.ExitCode == 0, result.Error);
    }
}
