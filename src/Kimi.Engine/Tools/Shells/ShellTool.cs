using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Tools.Background;

namespace Kimi.Engine.Tools.Shells;

/// <summary><c>Shell</c>: runs a command, waiting for it or in the background.</summary>
internal sealed partial class ShellTool(ToolServices services) : Tool
{
    private const int DefaultSeconds = 60;
    private const int MaxForegroundSeconds = 300;
    private const int MaxBackgroundSeconds = 86_400;

    private static readonly byte[] s_schema = """
        {"properties":{"command":{"description":"The command to run.","type":"string"},"timeout":{"default":60,"description":"Seconds until the command is killed; at most 300 in the foreground, 86400 in the background.","maximum":86400,"minimum":1,"type":"integer"},"run_in_background":{"default":false,"description":"Run as a background task and return at once.","type":"boolean"},"description":{"default":"","description":"Short description of the task; required in the background.","type":"string"}},"required":["command"],"type":"object"}
        """u8.ToArray();

    public override bool AsksPermission => true;

    public override ToolDefinition Definition { get; } = new(
        "Shell",
        $"""
        Run a command in {services.Shell.Name} (`{services.Shell.Path}`). stdout and stderr come merged and may be truncated; a failure's exit code is in the system note.

        - Each call is a fresh shell: no directory or variable is kept. It starts in the working directory; stay inside it unless told otherwise.
        - stdin is closed: no interactive commands, no endless ones in the foreground, no superuser rights unless asked for.
        - Chain with `&&`, `||`, `;` or `|`; put paths with blanks in double quotes. Prefer one chained call to several, and ReadFile, Grep and Glob to cat, grep and find.
        - Usual commands are there: ls, cp, mv, mkdir, diff, sort, head, tail, wc, sed, awk, curl, tar, git, and what the system has besides.
        - For long builds, tests, servers and watchers set run_in_background=true with a description: a task id is returned and you are notified when the task ends. TaskOutput shows it without waiting, TaskStop ends it. Human users have only `/task` for this; do not tell them to call tools.
        """,
        s_schema);

    public override async Task<ToolReturnValue> CallAsync(JsonElement arguments, ToolCallContext context, CancellationToken cancellationToken)
    {
        ToolArguments read = new(arguments);
        string command = read.Text("command");
        int seconds = read.Whole("timeout", DefaultSeconds, 1, MaxBackgroundSeconds);
        bool inBackground = read.Flag("run_in_background", false);
        string description = read.Text("description", "");
        if (inBackground && string.IsNullOrWhiteSpace(description))
        {
            read.Fault("description is required when run_in_background is true");
        }
        else if (!inBackground && seconds > MaxForegroundSeconds)
        {
            read.Fault($"timeout must be <= {MaxForegroundSeconds}s for foreground commands; use run_in_background=true for longer timeouts (up to {MaxBackgroundSeconds}s)");
        }

        read.Check();
        if (command.Length == 0)
        {
            return ToolReturnValue.Error("Command cannot be empty.", "Empty command");
        }

        return inBackground
            ? await StartAsync(command, description, seconds, context, cancellationToken).ConfigureAwait(false)
            : await RunAsync(command, seconds, context, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Turns redirections to <c>nul</c>, which would make a file, into such to <c>/dev/null</c>.</summary>
    internal static string WithoutNul(string command) => command.Contains("nul", StringComparison.OrdinalIgnoreCase) ? Nul().Replace(command, "$1/dev/null") : command;

    private async Task<ToolReturnValue> RunAsync(string command, int seconds, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (services.Shell.OsKind == "Windows")
        {
            command = WithoutNul(command);
        }

        if (await services.Approvals.AskAsync(
            context, ApprovalActions.RunCommand, $"Run command `{command}`", [new ShellBlock("bash", command)], cancellationToken, command).ConfigureAwait(false) is { } rejected)
        {
            return rejected;
        }

        ToolResultBuilder builder = new();
        try
        {
            HostCommand start = new()
            {
                FileName = services.Shell.Path,
                Arguments = ["-c", command],
                WorkingDirectory = services.Workspace.WorkDirectory,
                Environment = Environment(),
            };
            return await CommandRun.RunAsync(services.Host, start, builder, TimeSpan.FromSeconds(seconds), services.Time, cancellationToken).ConfigureAwait(false) switch
            {
                null => builder.Error($"Command killed by timeout ({seconds}s)", $"Killed by timeout ({seconds}s)"),
                0 => builder.Ok("Command executed successfully."),
                int code => Failed(builder, code),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return builder.Error($"Command execution failed: {e.Message}", "Execution failed");
        }
    }

    private static ToolReturnValue Failed(ToolResultBuilder builder, int code)
    {
        string number = code.ToString(CultureInfo.InvariantCulture);
        string tail = builder.Tail();
        return builder.Error($"Command failed with exit code: {number}.", $"Failed with exit code: {number}{(tail.Length > 0 ? "\n" : "")}{tail}");
    }

    private Dictionary<string, string?> Environment()
    {
        Dictionary<string, string?> environment = new() { ["SHELL"] = services.Shell.Path };
        if (services.Environment["GIT_TERMINAL_PROMPT"] is null)
        {
            environment["GIT_TERMINAL_PROMPT"] = "0";
        }

        return environment;
    }

    private async Task<ToolReturnValue> StartAsync(string command, string description, int seconds, ToolCallContext context, CancellationToken cancellationToken)
    {
        if (await services.Approvals.AskAsync(
            context, ApprovalActions.RunBackgroundCommand, $"Run background command `{command}`", [new ShellBlock("bash", command)], cancellationToken, command).ConfigureAwait(false) is { } rejected)
        {
            return rejected;
        }

        try
        {
            IBackgroundTasks tasks = services.BackgroundTasks ?? throw new InvalidOperationException("Background tasks are only supported from the root agent.");
            BackgroundTaskInfo task = await tasks.StartShellAsync(command, description.Trim(), seconds, context, cancellationToken).ConfigureAwait(false);
            StringBuilder output = new();
            output.Append(TaskText.Format(task)).Append('\n')
                .Append("automatic_notification: true\n")
                .Append("next_step: You will be automatically notified when it completes.\n")
                .Append("next_step: Use TaskOutput with this task_id for a non-blocking status and output snapshot; set block=true only to wait on purpose.\n")
                .Append("next_step: Use TaskStop only if the task must be cancelled.\n")
                .Append("human_shell_hint: Human users can only use the /task command for background tasks; do not point them to other commands or tools.");
            return new ToolReturnValue
            {
                IsError = false,
                OutputText = output.ToString(),
                Message = "Background task started.",
                Display = [new BriefBlock($"Started {task.Id}"), TaskText.Block(task)],
            };
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            return ToolReturnValue.Error($"Failed to start background task: {e.Message}", "Start failed");
        }
    }

    [GeneratedRegex(@"(\d?&?>+\s*)nul(?=\s|$|[|&;)])", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Nul();
}
