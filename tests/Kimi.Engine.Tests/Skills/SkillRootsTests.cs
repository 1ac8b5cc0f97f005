using Kimi.Engine.Skills;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Skills;

public sealed class SkillRootsTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Fact]
    public void AllRootsInOrder()
    {
        MakeAll();
        Assert.Equal(
            [
                "Project p/.kimi/skills", "Project p/.claude/skills", "Project p/.codex/skills", "Project p/.agents/skills",
                "User h/.kimi/skills", "User h/.claude/skills", "User h/.codex/skills", "User h/.config/agents/skills",
                "Extra p/more", "Extra h/mine", "Extra abs", "Extra share/plugins", "BuiltIn builtin",
            ],
            Find(extra: ["more", "~/mine", "missing", _dir.At("abs")]));
    }

    [Fact]
    public void WithoutMergingOnlyTheFirstBrand()
    {
        MakeAll();
        Directory.Delete(_dir.At("h/.kimi"), recursive: true);
        Assert.Equal(
            [
                "Project p/.kimi/skills", "Project p/.agents/skills",
                "User h/.claude/skills", "User h/.config/agents/skills",
                "Extra share/plugins", "BuiltIn builtin",
            ],
            Find(merge: false));
    }

    [Fact]
    public void GenericUserDirectoryFallsBack()
    {
        MakeAll();
        Directory.Delete(_dir.At("h/.config"), recursive: true);
        Assert.Contains("User h/.agents/skills", Find());
    }

    [Fact]
    public void OverrideReplacesProjectAndUser()
    {
        MakeAll();
        Assert.Equal(
            ["Extra abs", "Extra p/more", "Extra h/mine", "Extra share/plugins", "BuiltIn builtin"],
            Find(extra: ["~/mine"], overrides: [_dir.At("abs"), _dir.At("p/more")]));
    }

    [Fact]
    public void NothingThereIsNothingFound() => Assert.Empty(Find(builtIn: false));

    [Fact]
    public void HomeAsProjectCountsOnce()
    {
        _dir.Make("h/.kimi/skills");
        Assert.Equal(["Project h/.kimi/skills"], Find(project: "h", builtIn: false));
    }

    [Fact]
    public void LinkedDirectoryCountsOnceUnderTheHigherPrecedence()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making links needs a privilege on Windows");
        _dir.Make("shared/skills");
        _dir.Make("p/.kimi");
        _dir.Make("h");
        Directory.CreateSymbolicLink(_dir.At("p/.kimi/skills"), _dir.At("shared/skills"));
        Directory.CreateSymbolicLink(_dir.At("h/.kimi"), _dir.At("shared"));
        Assert.Equal(["Project p/.kimi/skills"], Find(extra: [_dir.At("shared/skills")], builtIn: false));
    }

    [Fact]
    public void LinkLoopIsNoDirectory()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "making links needs a privilege on Windows");
        _dir.Make("p/.kimi");
        Directory.CreateSymbolicLink(_dir.At("p/.kimi/skills"), _dir.At("p/.kimi/skills"));
        Assert.Empty(Find(builtIn: false));
    }

    [Fact]
    public void BuiltInSkillsLieBesideTheEngine()
    {
        string? directory = SkillRoots.BuiltInDirectory();
        Assert.NotNull(directory);
        SkillCatalog catalog = SkillCatalog.Load([new SkillRoot(directory, SkillScope.BuiltIn)]);
        Assert.Equal(["kimi-cli-help", "skill-creator"], catalog.Skills.Select(s => s.Name));
        SkillCatalog fromFiles = SkillCatalog.Load([new SkillRoot(directory, SkillScope.Extra)]);
        Assert.Equal(
            fromFiles.Skills.Select(s => (s.Name, s.Description, s.Directory, s.File, s.Type)),
            catalog.Skills.Select(s => (s.Name, s.Description, s.Directory, s.File, s.Type)));
    }

    private void MakeAll()
    {
        foreach (string root in (string[])["p", "h"])
        {
            foreach (string brand in (string[])[".kimi", ".claude", ".codex", ".agents", ".config/agents"])
            {
                _dir.Make($"{root}/{brand}/skills");
            }
        }

        _dir.Make("p/more");
        _dir.Make("h/mine");
        _dir.Make("abs");
        _dir.Make("share/plugins");
    }

    private IEnumerable<string> Find(
        string project = "p", string[]? extra = null, string[]? overrides = null, bool merge = true, bool builtIn = true) =>
        SkillRoots.Find(new SkillRootOptions
        {
            ProjectRoot = _dir.At(project),
            Home = _dir.At("h"),
            ShareDirectory = _dir.At("share"),
            MergeAllBrands = merge,
            ExtraDirectories = extra ?? [],
            OverrideDirectories = overrides ?? [],
            BuiltInDirectory = builtIn ? _dir.Make("builtin") : null,
        }).Select(r => $"{r.Scope} {Path.GetRelativePath(_dir.Path, r.Path).Replace('\\', '/')}");
}
