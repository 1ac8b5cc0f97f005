using Kimi.Engine.Chat;
using Kimi.Engine.Hosts;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tools;

/// <summary>
/// What built-in tools need of the agent they work for. Interfaces that this folder owns are implemented by the turns.
/// A root agent and each of its subagents have one of these.
/// </summary>
public sealed class ToolServices
{
    /// <summary>The machine the tools work on.</summary>
    public required IHost Host { get; init; }

    /// <summary>Work directory, additional directories and what else may be read.</summary>
    public required Workspace Workspace { get; init; }

    /// <summary>The shell commands run in.</summary>
    public required ShellEnvironment Shell { get; init; }

    /// <summary>Asks for permission.</summary>
    public required IApprovals Approvals { get; init; }

    /// <summary>Plan mode of the session.</summary>
    public required IPlanMode PlanMode { get; init; }

    /// <summary>The agent's to-do list.</summary>
    public required ITodoStore Todos { get; init; }

    /// <summary>Capabilities of the agent's model.</summary>
    public required Configuration.ModelCapabilities ModelCapabilities { get; init; }

    /// <summary>Configuration of the session.</summary>
    public required Configuration.KimiConfig Config { get; init; }

    /// <summary>The share directory.</summary>
    public required Configuration.ShareDirectory Share { get; init; }

    /// <summary>The environment of the session.</summary>
    public required Configuration.EnvironmentSource Environment { get; init; }

    /// <summary>Asks the user; null when there is nobody who could be asked at all.</summary>
    public IQuestions? Questions { get; init; }

    /// <summary>Background tasks; null where there are none.</summary>
    public IBackgroundTasks? BackgroundTasks { get; init; }

    /// <summary>Runs subagents; null inside a subagent.</summary>
    public ISubagents? Subagents { get; init; }

    /// <summary>Takes D-Mail; null for agents without it.</summary>
    public IDMail? DMail { get; init; }

    /// <summary>Runs scripts of PowerShell in this process and returns their exit code; null for a process of their own.</summary>
    public Func<Shells.PowerShellScript, CancellationToken, Task<int>>? RunPowerShell { get; init; }

    /// <summary>Who asks web services; null tells them nothing.</summary>
    public Providers.ClientIdentity? Identity { get; init; }

    /// <summary>Uploads films to the provider; null when they are sent inline.</summary>
    public IVideoUpload? VideoUpload { get; init; }

    /// <summary>Time of everything that waits or writes a date.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Whether a subagent is served.</summary>
    public bool IsSubagent { get; init; }

    /// <summary>Id of the subagent, if it is one.</summary>
    public string? AgentId { get; init; }
}

/// <summary>Permission for tool calls.</summary>
public interface IApprovals
{
    /// <summary>Whether nobody is present: questions are dismissed and calls are approved.</summary>
    bool IsAfk { get; }

    /// <summary>Whether every call is approved, by yolo or afk.</summary>
    bool IsAutoApprove { get; }

    /// <summary>What rules say against a call of a tool that asks for no permission itself; null when it may simply run.</summary>
    Approvals.SilentCall? Hinders(string tool, System.Text.Json.JsonElement arguments) => null;

    /// <summary>Asks for permission; returns null when it was given, else the result to answer the call with.</summary>
    /// <param name="context">The call.</param>
    /// <param name="action">Key for "approve for session".</param>
    /// <param name="description">What would happen, in one line.</param>
    /// <param name="display">What is shown to the person who decides.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="target">What rules match on, such as a command or a path; the description when null.</param>
    Task<ToolReturnValue?> AskAsync(
        ToolCallContext context, string action, string description, IReadOnlyList<DisplayBlock> display, CancellationToken cancellationToken, string? target = null);
}

/// <summary>Plan mode as tools see it.</summary>
public interface IPlanMode
{
    /// <summary>Whether plan mode is on.</summary>
    bool IsActive { get; }

    /// <summary>The plan's file, canonical; null while there is none.</summary>
    string? PlanFile { get; }

    /// <summary>Turns plan mode on, from a tool; returns the plan's file.</summary>
    string TurnOn();

    /// <summary>Turns plan mode off, from a tool.</summary>
    void TurnOff();
}

/// <summary>A to-do list that outlives the call.</summary>
public interface ITodoStore
{
    /// <summary>Reads the list.</summary>
    IReadOnlyList<TodoItem> Load();

    /// <summary>Replaces the list.</summary>
    void Save(IReadOnlyList<TodoItem> items);
}

/// <summary>Questions to the user.</summary>
public interface IQuestions
{
    /// <summary>Whether who listens can show questions.</summary>
    bool AreSupported { get; }

    /// <summary>Asks, and waits for the answers: question texts to labels; empty when dismissed.</summary>
    Task<IReadOnlyDictionary<string, string>> AskAsync(ToolCallContext context, IReadOnlyList<Question> questions, CancellationToken cancellationToken);
}

/// <summary>A message of the model to its own past.</summary>
public interface IDMail
{
    /// <summary>Takes a mail; returns null, or the reason why it cannot be sent.</summary>
    string? Send(string message, int checkpointId);
}

/// <summary>Upload of films to the provider's file service.</summary>
public interface IVideoUpload
{
    /// <summary>Uploads; returns the part that refers to the film.</summary>
    Task<VideoUrlPart> UploadAsync(ReadOnlyMemory<byte> data, string mimeType, CancellationToken cancellationToken);
}

/// <summary>What the Agent tool asks for.</summary>
public sealed record SubagentRequest(string Description, string Prompt, string SubagentType, string? Model, string? Resume, bool InBackground, int? TimeoutSeconds);

/// <summary>Runs subagents.</summary>
public interface ISubagents
{
    /// <summary>The bullet list of subagent types for the tool's description.</summary>
    string DescribeTypes();

    /// <summary>Runs a subagent, or starts it as a background task.</summary>
    Task<ToolReturnValue> RunAsync(SubagentRequest request, ToolCallContext context, CancellationToken cancellationToken);
}

/// <summary>A background task as tools see it.</summary>
public sealed record BackgroundTaskInfo(
    string Id, string Kind, string Status, string Description, string? Command, int? ExitCode, string? Reason, bool Interrupted, bool TimedOut,
    bool IsTerminal, string? AgentId, string? SubagentType, string? OutputPath);

/// <summary>Background tasks of the session.</summary>
public interface IBackgroundTasks
{
    /// <summary>Starts a shell command; the text of an <see cref="InvalidOperationException"/> says why it cannot be.</summary>
    Task<BackgroundTaskInfo> StartShellAsync(string command, string description, int timeoutSeconds, ToolCallContext context, CancellationToken cancellationToken);

    /// <summary>All tasks, the one updated last first.</summary>
    IReadOnlyList<BackgroundTaskInfo> List();

    /// <summary>One task; null when there is none of that id.</summary>
    BackgroundTaskInfo? Find(string id);

    /// <summary>Waits until the task has ended or the time is over.</summary>
    Task<BackgroundTaskInfo> WaitAsync(string id, TimeSpan timeout, CancellationToken cancellationToken);

    /// <summary>Asks the task to end; returns its state at that moment.</summary>
    Task<BackgroundTaskInfo> StopAsync(string id, string reason, CancellationToken cancellationToken);

    /// <summary>The last bytes of the output, and its size in bytes.</summary>
    (string Tail, long Size, bool Truncated) ReadTail(string id, int maxBytes);

    /// <summary>Notes that the output was looked at.</summary>
    void MarkViewed(string id, long outputSize);
}
