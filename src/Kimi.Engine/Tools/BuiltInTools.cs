using Kimi.Engine.Agents;
using Kimi.Engine.Configuration;
using Kimi.Engine.Tools.Background;
using Kimi.Engine.Tools.Files;
using Kimi.Engine.Tools.Plans;
using Kimi.Engine.Tools.Search;
using Kimi.Engine.Tools.Shells;
using Kimi.Engine.Tools.Testing;
using Kimi.Engine.Tools.Web;

namespace Kimi.Engine.Tools;

/// <summary>An agent names tools that do not exist.</summary>
public sealed class InvalidToolsException(IReadOnlyList<string> paths) : Exception($"Invalid tools: [{string.Join(", ", paths.Select(static path => $"'{path}'"))}]")
{
    /// <summary>The names.</summary>
    public IReadOnlyList<string> Paths { get; } = paths;
}

/// <summary>Makes the built-in tools by the names that agent files use.</summary>
public static class BuiltInTools
{
    /// <summary>Makes tools, in order; those that have no use here are left out.</summary>
    /// <exception cref="InvalidToolsException">Some of the names are unknown.</exception>
    public static IReadOnlyList<Tool> Create(IEnumerable<string> paths, ToolServices services)
    {
        List<Tool> tools = [];
        List<string>? unknown = null;
        foreach (string path in paths)
        {
            if (!TryCreate(path, services, out Tool? tool))
            {
                (unknown ??= []).Add(path);
            }
            else if (tool is not null)
            {
                tools.Add(tool);
            }
        }

        return unknown is null ? tools : throw new InvalidToolsException(unknown);
    }

    private static bool TryCreate(string path, ToolServices services, out Tool? tool)
    {
        bool isKnown = true;
        tool = path switch
        {
            ToolPaths.Agent => new AgentTool(services),
            ToolPaths.AskUserQuestion => new AskUserQuestionTool(services),
            ToolPaths.SetTodoList => new SetTodoListTool(services),
            ToolPaths.Shell => new ShellTool(services),
            ToolPaths.PowerShell => PowerShellTool.IsAvailable(services) ? new PowerShellTool(services) : null,
            ToolPaths.TaskList => new TaskListTool(services),
            ToolPaths.TaskOutput => new TaskOutputTool(services),
            ToolPaths.TaskStop => new TaskStopTool(services),
            ToolPaths.ReadFile => new ReadFileTool(services),
            ToolPaths.ReadMediaFile => (services.ModelCapabilities & (ModelCapabilities.ImageIn | ModelCapabilities.VideoIn)) != 0 ? new ReadMediaFileTool(services) : null,
            ToolPaths.Glob => new GlobTool(services),
            ToolPaths.Grep => new GrepTool(services),
            ToolPaths.WriteFile => new WriteFileTool(services),
            ToolPaths.StrReplaceFile => new StrReplaceFileTool(services),
            ToolPaths.SearchWeb => services.Config.Services.MoonshotSearch is not null ? new SearchWebTool(services) : null,
            ToolPaths.FetchUrl => new FetchUrlTool(services),
            ToolPaths.ExitPlanMode => new ExitPlanModeTool(services),
            ToolPaths.EnterPlanMode => new EnterPlanModeTool(services),
            ToolPaths.Think => new ThinkTool(),
            ToolPaths.SendDMail => new SendDMailTool(services),
            ToolPaths.Plus => new PlusTool(),
            ToolPaths.Compare => new CompareTool(),
            ToolPaths.Panic => new PanicTool(),
            _ => Unknown(),
        };
        return isKnown;

        Tool? Unknown()
        {
            isKnown = false;
            return null;
        }
    }
}
