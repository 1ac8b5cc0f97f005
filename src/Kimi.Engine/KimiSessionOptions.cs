using System.Text.Json;
using Kimi.Engine.Configuration;
using Kimi.Engine.Wire;

namespace Kimi.Engine;

/// <summary>How to open a <see cref="KimiSession"/>. The defaults make a new session in the current directory.</summary>
public sealed class KimiSessionOptions
{
    /// <summary>
    /// The machine that the tools work on, as <c>ssh</c> takes it: a name of the user's ssh configuration, or <c>user@host</c>.
    /// This machine when null. The conversation and the session's files stay here in any case.
    /// </summary>
    public string? Host { get; set; }

    /// <summary>The work directory; when null the process's current directory, on another machine that of a login.</summary>
    public string? WorkDirectory { get; set; }

    /// <summary>Directories added to the workspace, on the machine of the tools.</summary>
    public IReadOnlyList<string> AdditionalDirectories { get; set; } = [];

    /// <summary>Id of the session to open or make; a new id when null.</summary>
    public string? SessionId { get; set; }

    /// <summary>Whether to go on with the last session of the work directory.</summary>
    public bool Continue { get; set; }

    /// <summary>Path of a configuration file; the default file when null.</summary>
    public string? ConfigFile { get; set; }

    /// <summary>The configuration itself, as TOML or JSON text; no file is read then.</summary>
    public string? ConfigText { get; set; }

    /// <summary>Name of a configured model; the default model when null.</summary>
    public string? Model { get; set; }

    /// <summary>Key for the model's API, in place of the configured one.</summary>
    public Secret? ApiKey { get; set; }

    /// <summary>
    /// A chat client that serves as the model in place of a configured one. It stays the caller's to dispose, and its own
    /// retries should be off.
    /// </summary>
    public Microsoft.Extensions.AI.IChatClient? ChatClient { get; set; }

    /// <summary>Size of the context of <see cref="ChatClient"/>, in tokens.</summary>
    public int ChatClientContextSize { get; set; } = 128000;

    /// <summary>Whether the model thinks; the configured default when null.</summary>
    public bool? Thinking { get; set; }

    /// <summary>Whether the embedded demo model serves when nothing at all is configured.</summary>
    public bool AllowDemoModel { get; set; }

    /// <summary>File to record the traffic with the model in, secrets removed; null for none.</summary>
    public string? RecordFile { get; set; }

    /// <summary>Recording to answer from in place of a model; null for none.</summary>
    public string? ReplayFile { get; set; }

    /// <summary>Approve every tool call.</summary>
    public bool Yolo { get; set; }

    /// <summary>Nobody is present: approve every call, dismiss questions. Kept with the session.</summary>
    public bool Afk { get; set; }

    /// <summary>The same for this opening only; not kept, and the model is not told.</summary>
    public bool RuntimeAfk { get; set; }

    /// <summary>Turn plan mode on.</summary>
    public bool Plan { get; set; }

    /// <summary>Name of a built-in agent; <c>default</c> when null.</summary>
    public string? Agent { get; set; }

    /// <summary>Path of an agent file.</summary>
    public string? AgentFile { get; set; }

    /// <summary>MCP configuration files; the default file when there are none.</summary>
    public IReadOnlyList<string> McpConfigFiles { get; set; } = [];

    /// <summary>MCP configurations as JSON text, after the files.</summary>
    public IReadOnlyList<string> McpConfigs { get; set; } = [];

    /// <summary>Skill directories in place of those of project and user.</summary>
    public IReadOnlyList<string> SkillsDirectories { get; set; } = [];

    /// <summary>Limit of steps of a turn; the configured one when null.</summary>
    public int? MaxStepsPerTurn { get; set; }

    /// <summary>Attempts of a step in all; the configured number when null.</summary>
    public int? MaxRetriesPerStep { get; set; }

    /// <summary>Iterations of the Ralph loop; the configured number when null.</summary>
    public int? MaxRalphIterations { get; set; }

    /// <summary>Approval rules that come before those of the configuration.</summary>
    public IReadOnlyList<ApprovalRule> ApprovalRules { get; set; } = [];

    /// <summary>
    /// Decides approval requests before they go to whoever listens; a null answer lets the request go on to the listeners.
    /// </summary>
    public Func<ApprovalRequest, CancellationToken, Task<ApprovalAnswer?>>? Approve { get; set; }

    /// <summary>
    /// Whether calls that yolo, afk, rules or earlier answers allow become requests too, marked as such: for callers with a
    /// policy of their own that comes first. Rules that deny hold in any case.
    /// </summary>
    public bool AlwaysAsk { get; set; }

    /// <summary>Answers questions to the user; without it they go to whoever listens, if that can show questions.</summary>
    public Func<QuestionRequest, CancellationToken, Task<IReadOnlyDictionary<string, string>?>>? AnswerQuestions { get; set; }

    /// <summary>
    /// Runs a script of the PowerShell tool in the caller's process, apart from its own state, and returns the exit code; a pwsh
    /// of its own runs it when null. The token asks the script to end.
    /// </summary>
    public Func<Tools.Shells.PowerShellScript, CancellationToken, Task<int>>? RunPowerShell { get; set; }

    /// <summary>Tools of the caller beside the agent's own.</summary>
    public IReadOnlyList<Tools.Tool> Tools { get; set; } = [];

    /// <summary>Whether a client drives the session: tools that need it are offered only once it says that it can show them.</summary>
    public bool IsClientDriven { get; set; }

    /// <summary>Log lines: level (<c>Trace</c> to <c>Error</c>) and text. Called on any thread; must not block.</summary>
    public Action<string, string>? Log { get; set; }

    /// <summary>Lines that the offline provider's trace prints to standard output.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>The environment; that of the process when null.</summary>
    public EnvironmentSource? Environment { get; set; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>The command line that runs background work: program and arguments before those of the worker; null when the face has none.</summary>
    public IReadOnlyList<string>? WorkerCommand { get; set; }
}

/// <summary>How to run one turn.</summary>
public sealed class TurnOptions
{
    /// <summary>Whether the program itself speaks: prompt hooks are skipped.</summary>
    public bool IsSynthetic { get; set; }

    /// <summary>Schema that the answer must follow; null for free text.</summary>
    public JsonElement? ResponseSchema { get; set; }

    /// <summary>Limits of this run.</summary>
    public Turns.RunLimits Limits { get; set; } = Turns.RunLimits.None;
}

/// <summary>A session cannot be opened. The text is for the user.</summary>
public sealed class KimiStartupException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="message">One sentence.</param>
    /// <param name="option">The command-line option whose value is at fault, such as <c>--config</c>; null when it is none.</param>
    /// <param name="inner">The cause.</param>
    public KimiStartupException(string message, string? option = null, Exception? inner = null)
        : base(message, inner) => Option = option;

    /// <summary>The command-line option whose value is at fault; null when it is none.</summary>
    public string? Option { get; }
}
