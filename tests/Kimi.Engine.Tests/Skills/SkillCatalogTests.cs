using Kimi.Engine.Agents;
using Kimi.Engine.Hosts;
using Kimi.Engine.Skills;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Skills;

public sealed class SkillCatalogTests : IDisposable
{
    private readonly TempDirectory _dir = new();
    private readonly List<string> _log = [];

    public void Dispose() => _dir.Dispose();

    [Fact]
    public void SubdirectoryLayout()
    {
        string file = _dir.Write("tidy/SKILL.md", "---\nname: tidy-up\ndescription: Tidy a file\n---\nTidy the file.\n");
        _dir.Write("deep/er/SKILL.md", "too deep");
        _dir.Make("empty");
        Skill skill = Assert.Single(Load().Skills);
        Assert.Equal("tidy-up", skill.Name);
        Assert.Equal("Tidy a file", skill.Description);
        Assert.Equal(file, skill.File);
        Assert.Equal(_dir.At("tidy"), skill.Directory);
        Assert.Equal("standard", skill.Type);
        Assert.Equal(SkillScope.Project, skill.Scope);
    }

    [Fact]
    public void FlatLayout()
    {
        string a = _dir.Write("a.md", "# Title\nbody");
        _dir.Write("b.MD", "\n---\n  text of b  \n");
        _dir.Write("SKILL.md", "ignored");
        _dir.Write("other.txt", "ignored");
        SkillCatalog catalog = Load();
        Assert.Equal(["a", "b"], catalog.Skills.Select(s => s.Name));
        Assert.Equal(["# Title", "text of b"], catalog.Skills.Select(s => s.Description));
        Assert.Equal(a, catalog.Skills[0].File);
        Assert.All(catalog.Skills, s => Assert.Equal(_dir.Path, s.Directory));
    }

    [Fact]
    public void SubdirectoryShadowsFlatFileOfTheSameNormalisedName()
    {
        _dir.Write("x.md", "---\nname: TIDY\n---\nflat");
        _dir.Write("tidy/SKILL.md", "dir");
        Assert.Equal("dir", Assert.Single(Load().Skills).Description);
    }

    [Fact]
    public void FirstRootWinsAndResultIsSortedByName()
    {
        _dir.Write("one/b/SKILL.md", "b of one");
        _dir.Write("two/B.md", "b of two");
        _dir.Write("two/a.md", "a of two");
        _dir.Write("two/Z.md", "z of two");
        SkillCatalog catalog = SkillCatalog.Load(
            [new SkillRoot(_dir.At("one"), SkillScope.User), new SkillRoot(_dir.At("two"), SkillScope.Extra)]);
        Assert.Equal(["Z: z of two", "a: a of two", "b: b of one"], catalog.Skills.Select(s => $"{s.Name}: {s.Description}"));
    }

    [Theory]
    [InlineData("body only", "s", "body only")]
    [InlineData("", "s", "No description provided.")]
    [InlineData("---\nname: n\n---\n", "n", "No description provided.")]
    [InlineData("---\n---\n\n---\n  first \nsecond", "s", "first")]
    [InlineData("---\nname: n\nunclosed", "s", "name: n")]
    [InlineData("---\ndescription: \"a: b\"\nname: 'q'\n---\n", "q", "a: b")]
    [InlineData("---\r\nname: crlf\r\ndescription: d\r\n---\r\nx\r\n", "crlf", "d")]
    [InlineData("\uFEFF---\nname: bom\n---\nx", "bom", "x")]
    [InlineData("---\nname: 123\ndescription: 4.5\n---\n", "123", "4.5")]
    [InlineData("---\nname: null\ndescription: ~\n---\nbody", "s", "body")]
    [InlineData("---\nname:\ndescription: ''\n---\nbody", "s", "body")]
    [InlineData("---\n# comment\nname: n # comment\n\nversion: 1.0\ntools: [a, b]\n---\nbody", "n", "body")]
    [InlineData("---\ndescription: >\n  folded\n  text\nname: n\n---\nbody", "n", "folded text")]
    [InlineData("---\ndescription: |\n  two\n  lines\n---\nbody", "s", "two\nlines")]
    [InlineData("---\nname: n\nmeta:\n  deep: 1\n---\nbody", "n", "body")]
    [InlineData("---\ndescription: It's \"quoted\" inside (fine), also - this\n---\nbody", "s", "It's \"quoted\" inside (fine), also - this")]
    [InlineData("---\ndescription: \"tab\\tescaped\"\n---\nbody", "s", "tab\tescaped")]
    [InlineData("---\nname: first\nname: second\n---\nbody", "second", "body")]
    [InlineData("---\ntype: standard\n---\nbody", "s", "body")]
    public void FrontMatter(string text, string name, string description)
    {
        _dir.Write("s/SKILL.md", text);
        Skill skill = Assert.Single(Load().Skills);
        Assert.Equal((name, description), (skill.Name, skill.Description));
    }

    [Theory]
    [InlineData("---\nname: [\n---\n", "Invalid frontmatter YAML.")]
    [InlineData("---\ndescription: Use when: always\n---\n", "Invalid frontmatter YAML.")]
    [InlineData("---\n- a\n- b\n---\n", "Frontmatter YAML must be a mapping.")]
    [InlineData("---\njust text\n---\n", "Frontmatter YAML must be a mapping.")]
    [InlineData("---\ntype: magic\n---\n", "Invalid skill type \"magic\"")]
    [InlineData("---\ntype: 'Flow'\n---\n", "Invalid skill type \"Flow\"")]
    public void InvalidOnesAreSkippedWithALine(string text, string reason)
    {
        _dir.Write("bad/SKILL.md", text);
        _dir.Write("good.md", "fine");
        Assert.Equal("good", Assert.Single(Load().Skills).Name);
        Assert.EndsWith(reason, Assert.Single(_log), StringComparison.Ordinal);
    }

    [Fact]
    public void NotUtf8IsSkipped()
    {
        _dir.Make("bad");
        File.WriteAllBytes(_dir.At("bad/SKILL.md"), [0xC3, 0x28]);
        Assert.Empty(Load().Skills);
        Assert.Single(_log);
    }

    [Fact]
    public async Task PipesAndDevicesNeverBlock()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes in directories");
        _dir.Make("pipe");
        _dir.Make("device");
        CommandResult made = await CommandRunner.RunAsync(
            new LocalHost(),
            new HostCommand { FileName = "mkfifo", Arguments = ["pipe/SKILL.md", "flat.md", "AGENTS.md"], WorkingDirectory = _dir.Path },
            TimeSpan.FromSeconds(10), 1000, TestContext.Current.CancellationToken);
        Assert.True(made.ExitCode == 0, made.Error);
        File.CreateSymbolicLink(_dir.At("device/SKILL.md"), "/dev/zero");
        SkillCatalog catalog = await Task.Run(Load, TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Assert.All(catalog.Skills, skill => Assert.Equal("No description provided.", skill.Description));
        Assert.Null(await Task.Run(() => AgentsMarkdown.Load(_dir.Path, _dir.Path), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken));
    }

    [Fact]
    public void LongFallbackDescriptionIsCut()
    {
        _dir.Write("s.md", new string('é', 240));
        _dir.Write("t.md", new string('é', 241));
        SkillCatalog catalog = Load();
        Assert.Equal(new string('é', 240), catalog.Skills[0].Description);
        Assert.Equal(new string('é', 239) + "…", catalog.Skills[1].Description);
    }

    [Fact]
    public void FlowSkill()
    {
        _dir.Write("f/SKILL.md", "---\ntype: flow\n---\n```mermaid\nflowchart LR\nA([BEGIN]) --> B([END])\n```\n");
        Skill skill = Assert.Single(Load().Skills);
        Assert.Equal("flow", skill.Type);
        Assert.Equal("A", skill.Flow!.BeginId);
    }

    [Theory]
    [InlineData("no diagram", "Flow skills require a mermaid or d2 code block in SKILL.md.")]
    [InlineData("```mermaid\nA --> B\n```", "Invalid flow diagram: Expected exactly one BEGIN node, found 0")]
    public void BrokenFlowFallsBackToStandard(string body, string reason)
    {
        _dir.Write("f/SKILL.md", "---\ntype: flow\n---\n" + body);
        Skill skill = Assert.Single(Load().Skills);
        Assert.Equal("standard", skill.Type);
        Assert.Null(skill.Flow);
        Assert.EndsWith(reason, Assert.Single(_log), StringComparison.Ordinal);
    }

    [Fact]
    public void Listing()
    {
        string p = _dir.Write("p/x.md", "of project");
        string u2 = _dir.Write("u/b.md", "two");
        string u1 = _dir.Write("u/a.md", "one");
        string e = _dir.Write("e/e.md", "extra");
        SkillCatalog catalog = SkillCatalog.Load(
            [
                new SkillRoot(_dir.At("e"), SkillScope.Extra), new SkillRoot(_dir.At("p"), SkillScope.Project),
                new SkillRoot(_dir.At("u"), SkillScope.User), new SkillRoot(_dir.At("b"), SkillScope.BuiltIn),
            ]);
        Assert.Equal(
            $"""
            ### Project
            - x
              - Path: {p}
              - Description: of project

            ### User
            - a
              - Path: {u1}
              - Description: one
            - b
              - Path: {u2}
              - Description: two

            ### Extra
            - e
              - Path: {e}
              - Description: extra

            ### Built-in
            - kimi-cli-help
              - Path: {Path.Combine(_dir.At("b"), "kimi-cli-help", "SKILL.md")}
              - Description: Answers
            """.ReplaceLineEndings("\n"),
            catalog.Describe()[..(catalog.Describe().IndexOf("Answers", StringComparison.Ordinal) + 7)]);
    }

    [Fact]
    public void EmptyListing()
    {
        Assert.Equal("No skills found.", SkillCatalog.Empty.Describe());
        Assert.Equal("No skills found.", Load().Describe());
    }

    [Theory]
    [InlineData("", "---\nname: s\n---\nbody")]
    [InlineData("  ", "---\nname: s\n---\nbody")]
    [InlineData(" main.c ", "---\nname: s\n---\nbody\n\nUser request:\nmain.c")]
    public void PromptOfAnInvocation(string arguments, string expected)
    {
        _dir.Write("s.md", "\n---\nname: s\n---\nbody\n\n".TrimStart());
        Assert.Equal(expected, SkillPrompt.Build(Load().Skills[0], arguments));
    }

    [Fact]
    public void InvocationOfAVanishedFile()
    {
        string file = _dir.Write("s.md", "x");
        Skill skill = Load().Skills[0];
        File.Delete(file);
        Assert.Null(SkillPrompt.Build(skill, ""));
        Assert.Equal("Failed to load skill \"/skill:s\".", SkillPrompt.FailureText("s"));
    }

    private SkillCatalog Load() => SkillCatalog.Load([new SkillRoot(_dir.Path, SkillScope.Project)], _log.Add);
}
