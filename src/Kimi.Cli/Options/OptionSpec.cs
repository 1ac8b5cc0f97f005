namespace Kimi.Cli.Options;

/// <summary>One option of <c>kimi</c>.</summary>
/// <param name="Id">Which one.</param>
/// <param name="Kind">What it takes.</param>
/// <param name="Names">Its names, as an error shows them: long ones first.</param>
/// <param name="Help">One line for the help page.</param>
internal sealed record OptionSpec(OptionId Id, OptionKind Kind, string[] Names, string Help)
{
    /// <summary>The name that switches a flag off.</summary>
    public string? Negative { get; init; }

    /// <summary>The words of a choice.</summary>
    public string[] Choices { get; init; } = [];

    /// <summary>The smallest number allowed.</summary>
    public int Minimum { get; init; }

    /// <summary>Whether every occurrence counts, not only the last.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Whether a value follows.</summary>
    public bool TakesValue => Kind > OptionKind.Eager;

    /// <summary>All names as one text.</summary>
    public string Display => string.Join(" / ", Names);

    /// <summary>The placeholder of the value on the help page.</summary>
    public string Placeholder => Kind switch
    {
        OptionKind.Text => "TEXT",
        OptionKind.OptionalText => "[TEXT]",
        OptionKind.Integer => "INTEGER",
        OptionKind.Choice => $"[{string.Join('|', Choices)}]",
        OptionKind.File => "FILE",
        OptionKind.Directory or OptionKind.WritableDirectory => "DIRECTORY",
        _ => "",
    };

    /// <summary>All options, in the order of <see cref="OptionId"/>.</summary>
    public static readonly OptionSpec[] All =
    [
        new(OptionId.Version, OptionKind.Eager, ["--version", "-V"], "Show the version and exit."),
        new(OptionId.Verbose, OptionKind.Flag, ["--verbose"], "Accepted for compatibility."),
        new(OptionId.Debug, OptionKind.Flag, ["--debug"], "Log everything; show stack traces."),
        new(OptionId.WorkDir, OptionKind.WritableDirectory, ["--work-dir", "-w"], "Directory to work in; default: the current one."),
        new(OptionId.AddDir, OptionKind.Directory, ["--add-dir"], "Further directory of the workspace. Repeatable.") { IsRepeatable = true },
        new(OptionId.Host, OptionKind.Text, ["--host"], "Machine whose files and programs the tools use, through ssh: an alias of your ssh configuration, or user@host. Directories are then its own."),
        new(OptionId.Session, OptionKind.OptionalText, ["--session", "--resume", "-S", "-r"], "Resume a session by its id; without an id: choose one."),
        new(OptionId.Continue, OptionKind.Flag, ["--continue", "-C"], "Continue the last session of the work directory."),
        new(OptionId.Config, OptionKind.Text, ["--config"], "Configuration as TOML or JSON text."),
        new(OptionId.ConfigFile, OptionKind.File, ["--config-file"], "Configuration file, TOML or JSON."),
        new(OptionId.Model, OptionKind.Text, ["--model", "-m"], "Model to use, by its name in the configuration."),
        new(OptionId.Thinking, OptionKind.Flag, ["--thinking"], "Let the model think, or not.") { Negative = "--no-thinking" },
        new(OptionId.Yolo, OptionKind.Flag, ["--yolo", "--yes", "--auto-approve", "-y"], "Approve every action."),
        new(OptionId.Afk, OptionKind.Flag, ["--afk"], "Nobody is there: approve every action, dismiss questions."),
        new(OptionId.Plan, OptionKind.Flag, ["--plan"], "Start in plan mode."),
        new(OptionId.Prompt, OptionKind.Text, ["--prompt", "--command", "-p", "-c"], "What to do."),
        new(OptionId.Print, OptionKind.Flag, ["--print"], "Run without a terminal and print what happens. Approves every action."),
        new(OptionId.InputFormat, OptionKind.Choice, ["--input-format"], "Format of standard input; with --print.") { Choices = ["text", "stream-json"] },
        new(OptionId.OutputFormat, OptionKind.Choice, ["--output-format"], "Format of standard output; with --print.") { Choices = ["text", "stream-json"] },
        new(OptionId.FinalMessageOnly, OptionKind.Flag, ["--final-message-only"], "Print only the last message; with --print."),
        new(OptionId.Quiet, OptionKind.Flag, ["--quiet"], "Short for --print --output-format text --final-message-only."),
        new(OptionId.Wire, OptionKind.Flag, ["--wire"], "Serve the wire protocol on standard input and output."),
        new(OptionId.Acp, OptionKind.Flag, ["--acp"], "Deprecated; not part of this program."),
        new(OptionId.Agent, OptionKind.Choice, ["--agent"], "Built-in agent.") { Choices = ["default", "okabe"] },
        new(OptionId.AgentFile, OptionKind.File, ["--agent-file"], "Agent file."),
        new(OptionId.McpConfigFile, OptionKind.File, ["--mcp-config-file"], "File of MCP servers. Repeatable.") { IsRepeatable = true },
        new(OptionId.McpConfig, OptionKind.Text, ["--mcp-config"], "MCP servers as JSON text. Repeatable.") { IsRepeatable = true },
        new(OptionId.SkillsDir, OptionKind.Directory, ["--skills-dir"], "Directory of skills, instead of those found. Repeatable.") { IsRepeatable = true },
        new(OptionId.MaxStepsPerTurn, OptionKind.Integer, ["--max-steps-per-turn"], "Most steps of a turn.") { Minimum = 1 },
        new(OptionId.MaxRetriesPerStep, OptionKind.Integer, ["--max-retries-per-step"], "Most attempts of a step.") { Minimum = 1 },
        new(OptionId.MaxRalphIterations, OptionKind.Integer, ["--max-ralph-iterations"], "Further rounds after a turn; -1: without end.") { Minimum = -1 },
        new(OptionId.Help, OptionKind.Eager, ["--help", "-h"], "Show this page and exit."),
    ];
}
