using Kimi.Engine.Hosts;
using Kimi.Engine.Text;

namespace Kimi.Engine.Tools.Approvals;

/// <summary>What an approval rule is about: <c>Tool</c> or <c>Tool(target)</c>.</summary>
internal sealed class ApprovalPattern
{
    private readonly string _tool;
    private readonly string? _target;

    private ApprovalPattern(string tool, string? target)
    {
        _tool = tool;
        _target = target;
    }

    /// <summary>Whether the pattern is about commands of a shell.</summary>
    public bool IsShell => _tool == "Shell";

    /// <summary>Whether the pattern is about PowerShell scripts.</summary>
    public bool IsPowerShell => _tool == "PowerShell";

    /// <summary>Whether every call of the tool is meant.</summary>
    public bool IsWhole => _target is null;

    /// <summary>Reads a pattern.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static ApprovalPattern Parse(string text)
    {
        string pattern = text.Trim();
        int open = pattern.IndexOf('(', StringComparison.Ordinal);
        string tool = open < 0 ? pattern : pattern[..open];
        if (tool.Length == 0 || !tool.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
        {
            throw new FormatException($"Invalid approval rule '{text}': expected the name of a tool, such as Shell or Shell(git status*)");
        }

        if (open >= 0 && (pattern[^1] != ')' || pattern.Length - open < 3))
        {
            throw new FormatException($"Invalid approval rule '{text}': expected Tool(pattern)");
        }

        return new ApprovalPattern(tool, open < 0 ? null : pattern[(open + 1)..^1]);
    }

    /// <summary>
    /// Whether the pattern is about the tool of a call. The action tells what the tool really is: an MCP tool that is named
    /// like a built-in one falls under rules for <c>Mcp</c> only.
    /// </summary>
    public bool IsAbout(string sender, string action) => _tool switch
    {
        "Mcp" => action.StartsWith(ApprovalActions.McpPrefix, StringComparison.Ordinal),
        "Plugin" => action.StartsWith(ApprovalActions.PluginPrefix, StringComparison.Ordinal),
        "Shell" => sender == _tool && action is ApprovalActions.RunCommand or ApprovalActions.RunBackgroundCommand,
        "PowerShell" => sender == _tool && action == ApprovalActions.RunPowerShell,
        "WriteFile" or "StrReplaceFile" => sender == _tool && action is ApprovalActions.EditFile or ApprovalActions.EditOutside,
        "TaskStop" => sender == _tool && action == ApprovalActions.StopTask,
        _ => sender == _tool && !action.StartsWith(ApprovalActions.McpPrefix, StringComparison.Ordinal) && !action.StartsWith(ApprovalActions.PluginPrefix, StringComparison.Ordinal),
    };

    /// <summary>Whether the pattern matches a command, a name or another text; <c>*</c> is any run of characters.</summary>
    public bool MatchesText(string text, bool ignoreCase = false) => _target is null || Wildcard.IsMatch(_target, text, ignoreCase);

    /// <summary>
    /// Whether the pattern matches a path; relative patterns start at the work directory, <c>~</c> is the home directory,
    /// <c>**</c> crosses directories.
    /// </summary>
    public bool MatchesPath(string path, string workDirectory, HostPaths paths, string home)
    {
        if (_target is null)
        {
            return true;
        }

        bool ignoreCase = paths.Comparison == StringComparison.OrdinalIgnoreCase;
        string[] pattern = Parts(paths.Canonical(paths.ExpandHome(_target, home), workDirectory));
        return Match(pattern, Parts(path), ignoreCase);

        static string[] Parts(string path) => path.Split(['/', '\\'], StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool Match(ReadOnlySpan<string> pattern, ReadOnlySpan<string> path, bool ignoreCase)
    {
        while (!pattern.IsEmpty)
        {
            if (pattern[0] == "**")
            {
                for (int skip = 0; skip <= path.Length; skip++)
                {
                    if (Match(pattern[1..], path[skip..], ignoreCase))
                    {
                        return true;
                    }
                }

                return false;
            }

            if (path.IsEmpty || !Wildcard.IsMatch(pattern[0], path[0], ignoreCase))
            {
                return false;
            }

            pattern = pattern[1..];
            path = path[1..];
        }

        return path.IsEmpty;
    }
}
