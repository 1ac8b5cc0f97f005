using System.Text;
using Kimi.Engine.Agents;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Agents;

public sealed class SystemPromptTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Theory]
    [InlineData("${KIMI_NOW}", "2025-01-31T12:00:00.123456+08:00")]
    [InlineData("${KIMI_OS}", "Linux")]
    [InlineData("${KIMI_SHELL}", "bash (`/bin/bash`)")]
    [InlineData("${KIMI_SKILLS}", "No skills found.")]
    [InlineData("<${KIMI_AGENTS_MD}>", "<>")]
    [InlineData("<${KIMI_ADDITIONAL_DIRS_INFO}>", "<>")]
    [InlineData("  ${ROLE_ADDITIONAL}x  \n\n", "x")]
    public void Variables(string template, string expected) => Assert.Equal(expected, Render(template));

    [Fact]
    public void WorkDirAndListing()
    {
        _dir.Write("work/a.txt", "");
        Assert.Equal($"{_dir.At("work")}\n└── a.txt", Render("${KIMI_WORK_DIR}\n${KIMI_WORK_DIR_LS}"));
    }

    [Fact]
    public void AdditionalDirectories()
    {
        _dir.Write("x/f", "");
        string none = _dir.At("gone");
        Assert.Equal(
            $"### `{_dir.At("x")}`\n\n```\n└── f\n```\n\n### `{none}`\n\n```\n[directory not readable]\n```",
            Render("${KIMI_ADDITIONAL_DIRS_INFO}", [_dir.At("x"), none]));
    }

    [Fact]
    public void ArgumentsOverrideBuiltIns() =>
        Assert.Equal("mine", Render("${KIMI_OS}", args: new() { ["KIMI_OS"] = "mine" }));

    [Fact]
    public void IncludeIsRelativeToThePrompt()
    {
        _dir.Write("part/p.md", "[${KIMI_OS}]");
        _dir.Write("secret.md", "secret");
        Assert.Equal("[Linux]", Render("{% include 'part/p.md' %}"));
        Assert.Throws<SystemPromptTemplateException>(() => Render("{% include '../" + Path.GetFileName(_dir.Path) + "/secret.md' %}"));
    }

    [Fact]
    public void UndefinedVariable() => Assert.Equal(
        $"Missing system prompt arg in {_dir.At("prompt.md")}: 'NAME' is undefined",
        Assert.Throws<SystemPromptTemplateException>(() => Render("${NAME}")).Message);

    [Fact]
    public void Malformed() => Assert.StartsWith(
        $"Invalid system prompt template: {_dir.At("prompt.md")}: ",
        Assert.Throws<SystemPromptTemplateException>(() => Render("{% if %}")).Message,
        StringComparison.Ordinal);

    [Fact]
    public void NotUtf8()
    {
        File.WriteAllBytes(_dir.At("prompt.md"), [0xFF, 0xFE]);
        Assert.Throws<SystemPromptTemplateException>(() => SystemPrompt.Render(Spec([]), Values([])));
    }

    [Fact]
    public async Task APipeIsNoPrompt()
    {
        string pipe = await AgentSpecLoaderTests.PipeAsync(_dir);
        Assert.Equal(
            $"Invalid system prompt template: {_dir.At("prompt.md")}: pipe: it is not a file",
            Assert.Throws<SystemPromptTemplateException>(() => Render("{% include 'pipe' %}")).Message);
        File.Move(pipe, _dir.At("prompt.md"), overwrite: true);
        Assert.Equal(
            $"Invalid system prompt template: {_dir.At("prompt.md")}: it is not a file",
            Assert.Throws<SystemPromptTemplateException>(() => SystemPrompt.Render(Spec([]), Values([]))).Message);
    }

    [Fact]
    public void EachVariableIsComputedOnce()
    {
        int calls = 0;
        PromptVariables variables = Values([], () => "skills " + ++calls);
        _dir.Write("prompt.md", "${KIMI_SKILLS} ${KIMI_SKILLS}");
        Assert.Equal("skills 1 skills 1", SystemPrompt.Render(Spec([]), variables));
        Assert.Equal("skills 1 skills 1", SystemPrompt.Render(Spec([]), variables));
    }

    [Theory]
    [InlineData("default")]
    [InlineData("okabe")]
    [InlineData("coder")]
    [InlineData("explore")]
    [InlineData("plan")]
    public void BuiltInPromptsRender(string name)
    {
        _dir.Make("work");
        string prompt = SystemPrompt.Render(BuiltInAgents.Find(name)!, Values([]));
        Assert.DoesNotContain("${", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("{%", prompt, StringComparison.Ordinal);
        foreach (string text in (string[])
            [
                "Agent", "parallel", "<system>", "<system-reminder>", "/task", "language", "git", "AGENTS.md", "Linux",
                "bash (`/bin/bash`)", "sandbox", "2025-01-31T12:00:00.123456+08:00", _dir.At("work"), "(empty directory)",
                "Project > User > Extra > Built-in", "No skills found.",
            ])
        {
            Assert.Contains(text, prompt, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("/dev/null", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("Additional directories", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public void TheDefaultPromptIsSmall() =>
        Assert.InRange(Encoding.UTF8.GetByteCount(BuiltInAgents.Default.SystemPrompt.Read()), 3000, 6000);

    [Fact]
    public void WindowsAndAdditionalDirectoriesAddTheirSections()
    {
        _dir.Write("x/f", "");
        _dir.Make("work");
        string prompt = SystemPrompt.Render(BuiltInAgents.Default, Values([_dir.At("x")], os: "Windows"));
        Assert.Contains("/dev/null", prompt, StringComparison.Ordinal);
        Assert.Contains($"## Additional directories\n\nThese belong to the workspace too; you may read, write and search in them:\n\n### `{_dir.At("x")}`\n", prompt, StringComparison.Ordinal);
    }

    private string Render(string template, string[]? additional = null, Dictionary<string, string>? args = null)
    {
        _dir.Write("prompt.md", template);
        return SystemPrompt.Render(Spec(args ?? new() { ["ROLE_ADDITIONAL"] = "" }), Values(additional ?? []));
    }

    private AgentSpec Spec(Dictionary<string, string> args) => new()
    {
        File = AgentFile.OnDisk(_dir.At("agent.yaml")),
        Name = "test",
        SystemPrompt = new PromptFile(_dir.At("prompt.md"), IsEmbedded: false),
        SystemPromptArgs = args,
        Tools = [],
    };

    private PromptVariables Values(string[] additional, Func<string>? skills = null, string os = "Linux") => new()
    {
        WorkDir = _dir.At("work"),
        Now = new DateTimeOffset(2025, 1, 31, 12, 0, 0, TimeSpan.FromHours(8)).AddTicks(1_234_560),
        ShellName = "bash",
        ShellPath = "/bin/bash",
        Skills = skills ?? (static () => "No skills found."),
        AdditionalDirs = additional,
        Os = os,
    };
}
