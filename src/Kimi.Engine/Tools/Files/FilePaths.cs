using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Approvals;

namespace Kimi.Engine.Tools.Files;

/// <summary>The path rules that all file tools share.</summary>
internal static class FilePaths
{
    /// <summary>Makes a path canonical; returns why it must not be used, or null.</summary>
    /// <param name="services">The agent's surroundings.</param>
    /// <param name="path">The path as the model gave it.</param>
    /// <param name="verb">What is to be done: <c>read</c>, <c>write</c> or <c>edit</c>.</param>
    /// <param name="canonical">The canonical path.</param>
    public static ToolReturnValue? Resolve(ToolServices services, string path, string verb, out string canonical)
    {
        canonical = "";
        if (path.Length == 0)
        {
            return ToolReturnValue.Error("File path cannot be empty.", "Empty file path");
        }

        IHost host = services.Host;
        string native = host.Paths.ExpandHome(host.Paths.FromPosixForm(path), host.Home);
        canonical = host.Paths.Canonical(native, services.Workspace.WorkDirectory);
        return host.Paths.IsAbsolute(native) || services.Workspace.Contains(canonical)
            ? null
            : ToolReturnValue.Error(
                $"`{path}` is not an absolute path. You must provide an absolute path to {verb} a file outside the working directory.", "Invalid path");
    }

    /// <summary>The machine a file is on: the plan's file is always here.</summary>
    public static IHost HostOf(ToolServices services, string canonical) =>
        services.PlanMode.PlanFile is string plan && plan == canonical ? LocalHost.Here : services.Host;

    /// <summary>Why a path is no file that can be opened; null when it is one.</summary>
    public static ToolReturnValue? CheckFile(string path, HostStat stat) => stat.Kind switch
    {
        EntryKind.File => null,
        EntryKind.None => ToolReturnValue.Error($"`{path}` does not exist.", "File not found"),
        _ => ToolReturnValue.Error($"`{path}` is not a file.", "Invalid path"),
    };

    /// <summary>In plan mode, only the plan's file may be edited: returns why another must not, or null.</summary>
    public static ToolReturnValue? CheckPlan(ToolServices services, string canonical, out bool isPlan)
    {
        isPlan = false;
        if (!services.PlanMode.IsActive)
        {
            return null;
        }

        if (services.PlanMode.PlanFile is not string plan)
        {
            return ToolReturnValue.Error("Plan mode is active, but the current plan file is unavailable.", "Plan file unavailable");
        }

        isPlan = string.Equals(plan, canonical, services.Host.Paths.Comparison);
        return isPlan ? null : ToolReturnValue.Error($"Plan mode is active. You may only edit the current plan file: `{plan}`.", "Plan mode restriction");
    }

    /// <summary>The key under which an edit is approved.</summary>
    public static string EditAction(ToolServices services, string canonical) =>
        services.Workspace.Contains(canonical) ? ApprovalActions.EditFile : ApprovalActions.EditOutside;

    /// <summary>The blocks that show a change.</summary>
    public static IReadOnlyList<DisplayBlock> Diff(string path, string before, string after) =>
        [.. Text.DiffHunks.Between(before, after).Select(hunk => new DiffBlock(path, hunk.OldText, hunk.NewText, hunk.OldStart, hunk.NewStart, hunk.IsSummary))];

    /// <summary>Whether an exception is a failure of the machine, which a tool reports in its own words.</summary>
    public static bool IsFailure(Exception e) => e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException or System.Security.SecurityException;
}
