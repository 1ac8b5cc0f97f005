using Kimi.Engine.Text;

namespace Kimi.Engine.Agents;

/// <summary>The agents that ship with the engine, as data: no file is read and no YAML parsed to use them.</summary>
internal static class BuiltInAgents
{
    public const string DefaultName = "default";
    private const string OkabeName = "okabe";
    private const string CoderName = "coder";
    private const string ExploreName = "explore";
    private const string PlanName = "plan";

    private static AgentSpec? s_default;

    /// <summary>The agent of a session that names none.</summary>
    public static AgentSpec Default => s_default ??= Root(DefaultName, [ToolPaths.Agent, .. ToolsAfterAgent()]);

    /// <summary>A built-in agent or subagent type by name; null when there is none.</summary>
    public static AgentSpec? Find(string name) => name switch
    {
        DefaultName => Default,
        OkabeName => Root(OkabeName, [ToolPaths.Agent, ToolPaths.SendDMail, .. ToolsAfterAgent()]),
        CoderName => Coder(),
        ExploreName => Explore(),
        PlanName => Plan(),
        _ => null,
    };

    private static string[] ToolsAfterAgent() =>
    [
        ToolPaths.AskUserQuestion,
        ToolPaths.SetTodoList,
        ToolPaths.Shell,
        ToolPaths.TaskList,
        ToolPaths.TaskOutput,
        ToolPaths.TaskStop,
        ToolPaths.ReadFile,
        ToolPaths.ReadMediaFile,
        ToolPaths.Glob,
        ToolPaths.Grep,
        ToolPaths.WriteFile,
        ToolPaths.StrReplaceFile,
        ToolPaths.SearchWeb,
        ToolPaths.FetchUrl,
        ToolPaths.ExitPlanMode,
        ToolPaths.EnterPlanMode,
    ];

    private static AgentSpec Root(string name, string[] tools) => new()
    {
        File = AgentFile.BuiltIn(name),
        Name = "",
        SystemPrompt = new PromptFile("Agents/Prompts/default.md", IsEmbedded: true),
        SystemPromptArgs = new Dictionary<string, string>(StringComparer.Ordinal) { ["ROLE_ADDITIONAL"] = "" },
        Tools = tools,
        Subagents = new SubagentReference[]
        {
            new SubagentReference(CoderName, AgentFile.BuiltIn(CoderName), "Good at general software engineering tasks."),
            new SubagentReference(ExploreName, AgentFile.BuiltIn(ExploreName), "Fast codebase exploration with prompt-enforced read-only behavior."),
            new SubagentReference(PlanName, AgentFile.BuiltIn(PlanName), "Read-only implementation planning and architecture design."),
        },
    };

    private static AgentSpec Coder() => Subagent(
        CoderName,
        "Use for software engineering work that reads, edits and runs things: implementing, fixing, refactoring, testing.",
        [
            ToolPaths.Shell, ToolPaths.ReadFile, ToolPaths.ReadMediaFile, ToolPaths.Glob, ToolPaths.Grep,
            ToolPaths.WriteFile, ToolPaths.StrReplaceFile, ToolPaths.SearchWeb, ToolPaths.FetchUrl,
        ],
        []);

    private static AgentSpec Explore() => Subagent(
        ExploreName,
        "Use to find out how a codebase works before changing it, when that takes more than about three searches. "
            + "Say how thorough to be: quick, medium or thorough. Changes nothing.",
        [
            ToolPaths.Shell, ToolPaths.ReadFile, ToolPaths.ReadMediaFile, ToolPaths.Glob, ToolPaths.Grep,
            ToolPaths.SearchWeb, ToolPaths.FetchUrl,
        ],
        [ToolPaths.WriteFile, ToolPaths.StrReplaceFile]);

    private static AgentSpec Plan() => Subagent(
        PlanName,
        "Use for a step-by-step implementation plan, key files and design trade-offs before code is written. Changes nothing.",
        [
            ToolPaths.ReadFile, ToolPaths.ReadMediaFile, ToolPaths.Glob, ToolPaths.Grep,
            ToolPaths.SearchWeb, ToolPaths.FetchUrl,
        ],
        [ToolPaths.Shell, ToolPaths.WriteFile, ToolPaths.StrReplaceFile]);

    private static AgentSpec Subagent(string name, string whenToUse, string[] allowed, string[] alsoExcluded) => new()
    {
        File = AgentFile.BuiltIn(name),
        Name = "",
        SystemPrompt = Default.SystemPrompt,
        SystemPromptArgs = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["ROLE_ADDITIONAL"] = EmbeddedText.Read($"Agents/Prompts/{name}.md").Trim(),
        },
        WhenToUse = whenToUse,
        Tools = Default.Tools,
        AllowedTools = allowed,
        ExcludeTools =
        [
            ToolPaths.Agent, ToolPaths.AskUserQuestion, ToolPaths.SetTodoList,
            ToolPaths.ExitPlanMode, ToolPaths.EnterPlanMode, .. alsoExcluded,
        ],
    };
}
