using Kimi.Engine.Agents;
using Kimi.Testing;

namespace Kimi.Engine.Tests.Agents;

public sealed class AgentSpecLoaderTests : IDisposable
{
    private readonly TempDirectory _dir = new();

    public void Dispose() => _dir.Dispose();

    [Fact]
    public void AWholeFile()
    {
        AgentSpec spec = Load("""
            version: 1
            agent:
              name: mine
              system_prompt_path: ./p/prompt.md
              system_prompt_args:
                A: one
                N: 5
              model: fast
              when_to_use: always
              tools: ["m:A", "m:B", "m:C"]
              exclude_tools: ["m:B", "B"]
              subagents:
                z: {path: subs/z.yaml, description: last letter}
                a: {path: a.yaml, description: first letter}
              future_key: ignored
            """);
        Assert.Equal("mine", spec.Name);
        Assert.Equal(new PromptFile(_dir.At("p/prompt.md"), false), spec.SystemPrompt);
        Assert.Equal("one", spec.SystemPromptArgs["A"]);
        Assert.Equal("5", spec.SystemPromptArgs["N"]);
        Assert.Equal("fast", spec.Model);
        Assert.Equal("always", spec.WhenToUse);
        Assert.Equal(["m:A", "m:C"], spec.EffectiveTools);
        Assert.Equal(
            [
                new SubagentReference("z", AgentFile.OnDisk(_dir.At("subs/z.yaml")), "last letter"),
                new SubagentReference("a", AgentFile.OnDisk(_dir.At("a.yaml")), "first letter"),
            ],
            spec.Subagents);
    }

    [Fact]
    public void ExtendDefaultInheritsAllAndMergesArguments()
    {
        AgentSpec spec = Load("agent:\n  extend: default\n  system_prompt_args: {EXTRA: x}\n  exclude_tools: [\"kimi_cli.tools.shell:Shell\"]\n");
        Assert.Equal("", spec.Name);
        Assert.Equal(BuiltInAgents.Default.SystemPrompt, spec.SystemPrompt);
        Assert.Equal("", spec.SystemPromptArgs["ROLE_ADDITIONAL"]);
        Assert.Equal("x", spec.SystemPromptArgs["EXTRA"]);
        Assert.Equal(BuiltInAgents.Default.Tools.Where(t => t != ToolPaths.Shell), spec.EffectiveTools);
        Assert.Equal(["coder", "explore", "plan"], spec.Subagents.Select(s => s.Name));
        Assert.Null(spec.AllowedTools);
        Assert.Equal("", spec.WhenToUse);
    }

    [Fact]
    public void ChainOfFilesChildWins()
    {
        _dir.Write("base/base.yaml", """
            agent:
              extend: default
              name: base
              system_prompt_path: base.md
              system_prompt_args: {A: base, B: base}
              model: m1
              when_to_use: w1
              allowed_tools: ["m:A", "m:B"]
              exclude_tools: ["m:B"]
            """);
        AgentSpec spec = Load("""
            agent:
              extend: base/base.yaml
              name: ""
              system_prompt_args: {B: child, C: child}
              model: null
              exclude_tools: ["m:A"]
            """);
        Assert.Equal("", spec.Name);
        Assert.Equal(_dir.At("base/base.md"), spec.SystemPrompt.Path);
        Assert.Equal("base", spec.SystemPromptArgs["A"]);
        Assert.Equal("child", spec.SystemPromptArgs["B"]);
        Assert.Equal("child", spec.SystemPromptArgs["C"]);
        Assert.Equal("m1", spec.Model);
        Assert.Equal("w1", spec.WhenToUse);
        Assert.Equal(["m:B"], spec.EffectiveTools);
    }

    [Theory]
    [InlineData("allowed_tools: [\"m:X\"]", "m:X")]
    [InlineData("tools: [\"m:X\"]", "m:X")]
    [InlineData("tools: []", "")]
    [InlineData("tools:", "")]
    public void ToolListsReplace(string line, string expected) =>
        Assert.Equal(expected, string.Join(' ', Load($"agent:\n  extend: default\n  {line}\n").EffectiveTools));

    [Fact]
    public void PresentNullClears()
    {
        _dir.Write("base.yaml", "agent:\n  extend: default\n  allowed_tools: [\"m:A\"]\n  exclude_tools: [\"m:A\"]\n");
        AgentSpec spec = Load("agent:\n  extend: base.yaml\n  allowed_tools:\n  exclude_tools: ~\n  subagents:\n");
        Assert.Equal(BuiltInAgents.Default.Tools, spec.EffectiveTools);
        Assert.Empty(spec.Subagents);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("\"1\"")]
    public void VersionMayBeTextOrNumber(string version) => Load($"version: {version}\nagent:\n  extend: default\n");

    [Theory]
    [InlineData("version: 2\nagent: {extend: default}", "Unsupported agent spec version: 2")]
    [InlineData("version: \"1.1\"\nagent: {extend: default}", "Unsupported agent spec version: 1.1")]
    [InlineData("", "Agent name is required")]
    [InlineData("agent:\n  system_prompt_path: a\n  tools: []", "Agent name is required")]
    [InlineData("agent:\n  name: a\n  tools: []", "System prompt path is required")]
    [InlineData("agent:\n  name: a\n  system_prompt_path: a", "Tools are required")]
    public void ExactErrors(string yaml, string message) =>
        Assert.Equal(message, Assert.Throws<AgentSpecException>(() => Load(yaml)).Message);

    [Theory]
    [InlineData("agent: [")]
    [InlineData("agent: {a: b")]
    [InlineData("a: b: c")]
    [InlineData("- a")]
    [InlineData("agent: *nope")]
    public void BadYaml(string yaml) => Assert.StartsWith(
        "Invalid YAML in agent spec file: ", Assert.Throws<AgentSpecException>(() => Load(yaml)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("agent: text")]
    [InlineData("agent:\n  tools: text")]
    [InlineData("agent:\n  tools: [[a]]")]
    [InlineData("agent:\n  name: [a]")]
    [InlineData("agent:\n  system_prompt_args: [a]")]
    [InlineData("agent:\n  subagents: {a: {description: d}}")]
    [InlineData("agent:\n  subagents: {a: text}")]
    public void WrongTypes(string yaml) => Assert.Throws<AgentSpecException>(() => Load(yaml));

    [Fact]
    public void BottomlessNestingIsRefused() => Assert.Throws<AgentSpecException>(() => Load("agent: " + new string('[', 10_000)));

    [Fact]
    public void MissingFile() => Assert.Equal(
        $"Agent spec file not found: {_dir.At("none.yaml")}",
        Assert.Throws<AgentSpecException>(() => AgentSpecLoader.LoadFile(_dir.At("none.yaml"))).Message);

    [Fact]
    public void MissingParent() => Assert.Equal(
        $"Agent spec file not found: {_dir.At("none.yaml")}",
        Assert.Throws<AgentSpecException>(() => Load("agent:\n  extend: none.yaml\n")).Message);

    [Fact]
    public void ADirectory() => Assert.Equal(
        $"Agent spec path is not a file: {_dir.Path}",
        Assert.Throws<AgentSpecException>(() => AgentSpecLoader.LoadFile(_dir.Path)).Message);

    [Fact]
    public async Task APipe()
    {
        string pipe = await PipeAsync(_dir);
        string message = $"Agent spec path is not a file: {pipe}";
        Assert.Equal(message, Assert.Throws<AgentSpecException>(() => AgentSpecLoader.LoadFile(pipe)).Message);
        Assert.Equal(message, Assert.Throws<AgentSpecException>(() => Load("agent:\n  extend: pipe\n")).Message);
    }

    /// <summary>Makes a named pipe in a directory; skips the test where there are none.</summary>
    internal static async Task<string> PipeAsync(TempDirectory directory)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "no named pipes in directories");
        using var mkfifo = System.Diagnostics.Process.Start("mkfifo", directory.At("pipe"));
        await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        return directory.At("pipe");
    }

    [Fact]
    public void ExtendingItselfEnds()
    {
        _dir.Write("b.yaml", "agent:\n  extend: agent.yaml\n");
        Assert.Equal(
            $"Agent spec file extends itself: {_dir.At("agent.yaml")}",
            Assert.Throws<AgentSpecException>(() => Load("agent:\n  extend: b.yaml\n")).Message);
    }

    [Fact]
    public void AnchorsAndMergeKeysWork()
    {
        AgentSpec spec = Load("base: &b {name: x, tools: [\"m:A\"]}\nagent:\n  <<: *b\n  name: y\n  system_prompt_path: p.md\n");
        Assert.Equal("y", spec.Name);
        Assert.Equal(["m:A"], spec.Tools);
    }

    private AgentSpec Load(string yaml) => AgentSpecLoader.LoadFile(_dir.Write("agent.yaml", yaml));
}
