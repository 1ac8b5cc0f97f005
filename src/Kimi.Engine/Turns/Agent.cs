using Kimi.Engine.Configuration;
using Kimi.Engine.Sessions;
using Kimi.Engine.Tools;
using Kimi.Engine.Turns.Answers;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns;

/// <summary>One agent at work: the root agent of a session, or a subagent. What the loop needs, in one place.</summary>
internal sealed class Agent
{
    /// <summary>The model; null while none is usable.</summary>
    public AgentModel? Model { get; set; }

    /// <summary>The history and its file.</summary>
    public required Conversation Conversation { get; init; }

    /// <summary>The tools.</summary>
    public required IToolDispatcher Tools { get; init; }

    /// <summary>Where messages go.</summary>
    public required IWireSink Wire { get; init; }

    /// <summary>Limits of the loop.</summary>
    public required LoopControlConfig Limits { get; init; }

    /// <summary>Hooks.</summary>
    public required ILoopHooks Hooks { get; init; }

    /// <summary>Calls the model.</summary>
    public required ModelCaller Caller { get; init; }

    /// <summary>Takes D-Mail.</summary>
    public DMailBox DMail { get; init; } = new();

    /// <summary>Inputs for the running turn.</summary>
    public SteerQueue Steers { get; init; } = new();

    /// <summary>Reminders; none for subagents.</summary>
    public IReadOnlyList<IInjection> Injections { get; init; } = [];

    /// <summary>Notifications; null for subagents.</summary>
    public INotificationFeed? Notifications { get; init; }

    /// <summary>Adds to the system prompt of a request without becoming part of the stored one; changes only between turns.</summary>
    public Func<string?>? PromptSuffix { get; init; }

    /// <summary>Whether plan mode is on.</summary>
    public Func<bool> IsPlanMode { get; init; } = static () => false;

    /// <summary>How often plan mode was set by hand; what a step reports of it follows that, beside what its own tools changed.</summary>
    public Func<int> PlanSetByHand { get; init; } = static () => 0;

    /// <summary>Whether this is the root agent.</summary>
    public bool IsRoot { get; init; } = true;

    /// <summary>Estimates of requests.</summary>
    public RequestEstimate Estimate { get; } = new();

    /// <summary>Waits for what the first step needs, such as MCP servers.</summary>
    public Func<CancellationToken, Task>? Prepare { get; init; }

    /// <summary>Called when earlier messages have left the history: compaction, clearing, going back.</summary>
    public Action? OnHistoryRewritten { get; init; }

    /// <summary>The answer that the running turn must give; null for free text.</summary>
    public FinalAnswer? Answer { get; set; }

    /// <summary>Keeps which model answered; null for subagents, whose own record says it.</summary>
    public ModelLog? Models { get; init; }

    /// <summary>Takes sentences for the log.</summary>
    public Action<string> Warn { get; init; } = static _ => { };

    /// <summary>Limits that one run sets for itself.</summary>
    public RunLimits RunLimits { get; set; } = RunLimits.None;

    /// <summary>The same agent on another conversation: model, tools, steering and D-Mail are shared.</summary>
    public Agent WithConversation(Conversation conversation, IReadOnlyList<IInjection> injections) => new()
    {
        Model = Model,
        Conversation = conversation,
        Tools = Tools,
        Wire = Wire,
        Limits = Limits,
        Hooks = Hooks,
        Caller = Caller,
        DMail = DMail,
        Steers = Steers,
        Injections = injections,
        PromptSuffix = PromptSuffix,
        IsPlanMode = IsPlanMode,
        PlanSetByHand = PlanSetByHand,
        Prepare = Prepare,
        RunLimits = RunLimits,
        Models = Models,
        Warn = Warn,
    };

    /// <summary>What the running turn has used; subagents that it waits for add to it.</summary>
    public RunTally? Tally { get; set; }

    /// <summary>The status every completed answer is reported with.</summary>
    public StatusUpdate ContextStatus()
    {
        long tokens = Conversation.EstimatedTokenCount;
        return new StatusUpdate
        {
            ContextUsage = UsageOf(tokens),
            ContextTokens = tokens,
            MaxContextTokens = Model?.MaxContextSize ?? 0,
        };
    }

    /// <summary>Share of the context window, 0 to 1; 0 when its size is unknown.</summary>
    public double UsageOf(long tokens) => Model is { MaxContextSize: > 0 } model ? (double)tokens / model.MaxContextSize : 0;
}

/// <summary>Limits of one run beyond those of the configuration.</summary>
/// <param name="MaxTokens">Input and output tokens of all answers together.</param>
/// <param name="MaxCost">Cost of all answers together.</param>
public sealed record RunLimits(long? MaxTokens = null, decimal? MaxCost = null)
{
    /// <summary>No limits.</summary>
    public static readonly RunLimits None = new();
}

/// <summary>A run used up the tokens or the money it was given.</summary>
public sealed class BudgetExceededException(string message) : Exception(message);
