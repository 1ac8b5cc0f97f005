using Kimi.Engine.Agents;

namespace Kimi.Engine.Tests.Agents;

public sealed class BuiltInAgentsTests
{
    private const string DefaultTools =
        "Agent AskUserQuestion SetTodoList Shell TaskList TaskOutput TaskStop ReadFile ReadMediaFile Glob Grep WriteFile "
        + "StrReplaceFile SearchWeb FetchURL ExitPlanMode EnterPlanMode";

    [Fact]
    public void DefaultToolsInOrder() => Assert.Equal(DefaultTools, Names(BuiltInAgents.Default));

    [Fact]
    public void OkabeHasSendDMailAfterAgent() =>
        Assert.Equal(DefaultTools.Replace("Agent Ask", "Agent SendDMail Ask", StringComparison.Ordinal), Names(BuiltInAgents.Find("okabe")!));

    [Fact]
    public void ToolsAreNamedAsInFiles()
    {
        Assert.Contains("kimi_cli.tools.shell:Shell", BuiltInAgents.Default.Tools);
        Assert.Contains("kimi_cli.tools.plan.enter:EnterPlanMode", BuiltInAgents.Default.Tools);
        Assert.Contains("kimi_cli.tools.background:TaskOutput", BuiltInAgents.Default.Tools);
    }

    [Theory]
    [InlineData("default")]
    [InlineData("okabe")]
    public void RootsDeclareTheThreeTypes(string name) => Assert.Equal(
        [
            ("coder", "Good at general software engineering tasks."),
            ("explore", "Fast codebase exploration with prompt-enforced read-only behavior."),
            ("plan", "Read-only implementation planning and architecture design."),
        ],
        BuiltInAgents.Find(name)!.Subagents.Select(s => (s.Name, s.Description)));

    [Theory]
    [InlineData("coder", "Shell ReadFile ReadMediaFile Glob Grep WriteFile StrReplaceFile SearchWeb FetchURL")]
    [InlineData("explore", "Shell ReadFile ReadMediaFile Glob Grep SearchWeb FetchURL")]
    [InlineData("plan", "ReadFile ReadMediaFile Glob Grep SearchWeb FetchURL")]
    public void SubagentTypes(string name, string tools)
    {
        AgentSpec spec = AgentSpecLoader.Load(BuiltInAgents.Default.Subagents.Single(s => s.Name == name).File);
        Assert.Equal(tools, Names(spec));
        Assert.Empty(spec.Subagents);
        Assert.Null(spec.Model);
        Assert.NotEqual("", spec.WhenToUse);
        Assert.Contains("subagent", spec.SystemPromptArgs["ROLE_ADDITIONAL"], StringComparison.Ordinal);
        Assert.Superset(
            new HashSet<string> { ToolPaths.Agent, ToolPaths.AskUserQuestion, ToolPaths.SetTodoList, ToolPaths.ExitPlanMode, ToolPaths.EnterPlanMode },
            spec.ExcludeTools.ToHashSet());
    }

    [Fact]
    public void UnknownNameIsNull() => Assert.Null(BuiltInAgents.Find("ghost"));

    private static string Names(AgentSpec spec) => string.Join(' ', spec.EffectiveTools.Select(t => t[(t.IndexOf(':') + 1)..]));
}
