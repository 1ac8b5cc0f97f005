namespace Kimi.Engine.Agents;

/// <summary>How agent files name the built-in tools. The module part is history; it is what existing files contain.</summary>
internal static class ToolPaths
{
    public const string Agent = "kimi_cli.tools.agent:Agent";
    public const string AskUserQuestion = "kimi_cli.tools.ask_user:AskUserQuestion";
    public const string SetTodoList = "kimi_cli.tools.todo:SetTodoList";
    public const string Shell = "kimi_cli.tools.shell:Shell";
    public const string PowerShell = "kimi_cli.tools.shell:PowerShell";
    public const string TaskList = "kimi_cli.tools.background:TaskList";
    public const string TaskOutput = "kimi_cli.tools.background:TaskOutput";
    public const string TaskStop = "kimi_cli.tools.background:TaskStop";
    public const string ReadFile = "kimi_cli.tools.file:ReadFile";
    public const string ReadMediaFile = "kimi_cli.tools.file:ReadMediaFile";
    public const string Glob = "kimi_cli.tools.file:Glob";
    public const string Grep = "kimi_cli.tools.file:Grep";
    public const string WriteFile = "kimi_cli.tools.file:WriteFile";
    public const string StrReplaceFile = "kimi_cli.tools.file:StrReplaceFile";
    public const string SearchWeb = "kimi_cli.tools.web:SearchWeb";
    public const string FetchUrl = "kimi_cli.tools.web:FetchURL";
    public const string ExitPlanMode = "kimi_cli.tools.plan:ExitPlanMode";
    public const string EnterPlanMode = "kimi_cli.tools.plan.enter:EnterPlanMode";
    public const string Think = "kimi_cli.tools.think:Think";
    public const string SendDMail = "kimi_cli.tools.dmail:SendDMail";
    public const string Plus = "kimi_cli.tools.test:Plus";
    public const string Compare = "kimi_cli.tools.test:Compare";
    public const string Panic = "kimi_cli.tools.test:Panic";
}
