using Kimi.Engine.Agents;
using Kimi.Engine.Tools.Files;
using Kimi.Engine.Tools.Search;
using Kimi.Engine.Tools.Shells;

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
        tool = path switch
        {
            ToolPaths.SetTodoList => new SetTodoListTool(services),
            ToolPaths.Shell => new ShellTool(services),
            ToolPaths.Glob => new GlobTool(services),
            ToolPaths.Grep => new GrepTool(services),
            ToolPaths.ReadFile => new ReadFileTool(services),
            ToolPaths.WriteFile => new WriteFileTool(services),
            ToolPaths.StrReplaceFile => new StrReplaceFileTool(services),
            ToolPaths.Think => new ThinkTool(),
            _ => null,
        };
        return tool is not null || path is ToolPaths.Agent or ToolPaths.AskUserQuestion or ToolPaths.TaskList or ToolPaths.TaskOutput or ToolPaths.TaskStop
            or ToolPaths.ReadMediaFile or ToolPaths.Glob or ToolPaths.Grep or ToolPaths.SearchWeb or ToolPaths.FetchUrl or ToolPaths.ExitPlanMode or ToolPaths.EnterPlanMode or ToolPaths.SendDMail;
    }
}
