using System.Text;
using Kimi.Engine.Agents;
using Kimi.Engine.Skills;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Agents;

public sealed class AgentsMarkdownTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Fact]
    public void NoneIsNull() => Assert.Null(Load(""));

    [Fact]
    public void RootToLeafWithAnnotations()
    {
        _dir.Make("p/.git");
        _dir.Write("AGENTS.md", "above the project");
        string brand = _dir.Write("p/.kimi/AGENTS.md", "\n brand \n");
        string root = _dir.Write("p/AGENTS.md", "root");
        string lower = _dir.Write("p/a/agents.md", "lower");
        string leaf = _dir.Write("p/a/b/AGENTS.md", "leaf");
        Assert.Equal(
            $"<!-- From: {brand} -->\nbrand\n\n<!-- From: {root} -->\nroot\n\n<!-- From: {lower} -->\nlower\n\n<!-- From: {leaf} -->\nleaf",
            Load("p/a/b"));
    }

    [Fact]
    public void GitMayBeAFile()
    {
        _dir.Write("p/.git", "gitdir: elsewhere");
        string root = _dir.Write("p/AGENTS.md", "root");
        _dir.Make("p/sub");
        Assert.Equal($"<!-- From: {root} -->\nroot", Load("p/sub"));
    }

    [Fact]
    public void WithoutAProjectOnlyTheWorkDirCounts()
    {
        _dir.Write("AGENTS.md", "above");
        _dir.Make("w");
        Assert.Null(Load("w"));
    }

    [Fact]
    public void UpperCaseHidesLowerCaseEvenWhenBlank()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs a case-sensitive file system");
        _dir.Write("AGENTS.md", " \n ");
        _dir.Write("agents.md", "lower");
        Assert.Null(Load(""));
    }

    [Fact]
    public void BudgetServesTheLeafFirst()
    {
        _dir.Make(".git");
        string root = _dir.Write("AGENTS.md", new string('r', 40_000));
        string leaf = _dir.Write("a/AGENTS.md", new string('l', 20_000));
        string merged = Load("a")!;
        Assert.Equal(32_768, Encoding.UTF8.GetByteCount(merged));
        int rootBytes = 32_768 - 20_000 - $"<!-- From: {root} -->\n<!-- From: {leaf} -->\n\n\n".Length;
        Assert.Equal($"<!-- From: {root} -->\n{new string('r', rootBytes)}\n\n<!-- From: {leaf} -->\n{new string('l', 20_000)}", merged);
    }

    [Fact]
    public void AFileWithoutBudgetVanishes()
    {
        _dir.Make(".git");
        _dir.Write("AGENTS.md", "root");
        string leaf = _dir.Write("a/AGENTS.md", new string('l', 40_000));
        string merged = Load("a")!;
        Assert.StartsWith($"<!-- From: {leaf} -->\nlll", merged, StringComparison.Ordinal);
        Assert.Equal(32_768, merged.Length);
    }

    [Fact]
    public void TheCutKeepsWholeCharacters()
    {
        string path = _dir.Write("AGENTS.md", string.Concat(Enumerable.Repeat("é😀", 10_000)));
        string merged = Load("")!;
        Assert.InRange(Encoding.UTF8.GetByteCount(merged), 32_768 - 5, 32_768);
        Assert.DoesNotContain('\uFFFD', merged);
        Assert.StartsWith($"<!-- From: {path} -->\né😀é", merged, StringComparison.Ordinal);
    }

    [Fact]
    public void ADirectoryOfThatNameIsIgnored()
    {
        _dir.Make(".kimi/AGENTS.md");
        Assert.Null(Load(""));
    }

    [Fact]
    public void InvalidUtf8NeverFails()
    {
        File.WriteAllBytes(_dir.At("AGENTS.md"), [0x61, 0xFF, 0x62]);
        Assert.EndsWith("a\uFFFDb", Load(""), StringComparison.Ordinal);
    }

    private string? Load(string workDir)
    {
        string path = _dir.At(workDir);
        return AgentsMarkdown.Load(path, ProjectRoot.Find(path));
    }
}
