using Kimi.Engine.Chat;
using Kimi.Engine.Hooks;
using Kimi.Engine.Providers;
using Kimi.Engine.Tools;
using Kimi.Engine.Turns.Compaction;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns;

/// <summary>How a turn of the loop ended.</summary>
internal sealed record TurnResult(StopReason Reason, Message? FinalMessage);

/// <summary>The agent loop: a turn is a user message and the steps that answer it; a step is a request to the model and the tools it calls.</summary>
internal sealed class AgentLoop(Agent agent, RunTally tally)
{
    private const int NotificationsPerStep = 4;

    private Message? _lastAssistant;

    /// <summary>Runs a turn for a user message.</summary>
    /// <param name="input">The message's content.</param>
    /// <param name="source">Who runs it.</param>
    /// <param name="closesSteering">Whether the end of this turn ends the run.</param>
    /// <param name="cancellationToken">Cancels the turn at any point; what was appended stays.</param>
    public async Task<TurnResult> RunAsync(IReadOnlyList<ContentPart> input, CallSource source, bool closesSteering, CancellationToken cancellationToken)
    {
        AgentModel model = agent.Model ?? throw new LlmNotSetException();
        model.Require(input);
        agent.Tools.BeginTurn();
        agent.DMail.CheckpointCount = agent.Conversation.Checkpoint() + 1;
        agent.Conversation.Append(new Message(Role.User, input));
        return await StepsAsync(model, source, closesSteering, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs steps on the conversation as it is, for inputs that were accepted while a flow ended, or while a command or a prompt hook ran.</summary>
    public async Task<TurnResult> ContinueAsync(IReadOnlyList<UserInput> steers, CallSource source, CancellationToken cancellationToken)
    {
        AgentModel model = agent.Model ?? throw new LlmNotSetException();
        agent.Tools.BeginTurn();
        await AppendSteersAsync(model, steers, cancellationToken).ConfigureAwait(false);
        return await StepsAsync(model, source, closesSteering: true, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TurnResult> StepsAsync(AgentModel model, CallSource source, bool closesSteering, CancellationToken cancellationToken)
    {
        if (agent.Prepare is not null)
        {
            await agent.Prepare(cancellationToken).ConfigureAwait(false);
        }

        for (int n = 1; ; n++)
        {
            if (n > agent.Limits.MaxStepsPerTurn)
            {
                throw new MaxStepsReachedException(agent.Limits.MaxStepsPerTurn);
            }

            cancellationToken.ThrowIfCancellationRequested();
            await agent.Wire.SendAsync(new StepBegin(n), cancellationToken).ConfigureAwait(false);
            StopReason? stop;
            try
            {
                await CompactIfDueAsync(model, cancellationToken).ConfigureAwait(false);
                agent.DMail.CheckpointCount = agent.Conversation.Checkpoint() + 1;
                stop = await StepAsync(model, n, source, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                await ReportFailureAsync(e, cancellationToken).ConfigureAwait(false);
                throw;
            }

            tally.CountStep();
            if (stop is not null)
            {
                IReadOnlyList<UserInput> steers = agent.Steers.Drain(closeIfEmpty: closesSteering);
                if (steers.Count == 0)
                {
                    return new TurnResult(stop.Value, _lastAssistant);
                }

                await AppendSteersAsync(model, steers, cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (agent.DMail.Take() is DMail mail)
            {
                Revert(mail);
            }

            CheckBudget();
            await AppendSteersAsync(model, agent.Steers.Drain(closeIfEmpty: false), cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<StopReason?> StepAsync(AgentModel model, int n, CallSource source, CancellationToken cancellationToken)
    {
        AppendNotifications();
        Inject();
        string systemPrompt = agent.Conversation.SystemPrompt ?? "";
        if (agent.PromptSuffix?.Invoke() is { Length: > 0 } suffix)
        {
            systemPrompt = $"{systemPrompt}\n\n{suffix}";
        }

        using StepRun step = new(agent, n, source, cancellationToken);
        ChatRequest request = new()
        {
            SystemPrompt = systemPrompt,
            Tools = agent.Tools.Definitions,
            History = agent.Conversation.RequestHistory,
            MaxCompletionTokens = CompletionCap(model, systemPrompt),
            ResponseSchema = agent.Answer is { IsNative: true } answerForm ? answerForm.Schema : null,
        };
        ReportedPlan plan = new(agent);
        Generation answer = await agent.Caller.CallAsync(model.Provider, request, agent.Limits.MaxRetriesPerStep, step, cancellationToken).ConfigureAwait(false);
        if (answer.Usage is not null)
        {
            agent.Conversation.SetTokenCount(answer.Usage.Input);
            tally.Add(answer.Usage, model);
        }

        agent.Models?.Answered(model.Name);
        await agent.Wire.SendAsync(StatusOf(answer, model, plan.Current), cancellationToken).ConfigureAwait(false);
        IReadOnlyList<(ToolCall Call, ToolReturnValue Value)> results = await step.ResultsAsync().ConfigureAwait(false);
        if (agent.IsPlanMode() != plan.Current)
        {
            await agent.Wire.SendAsync(new StatusUpdate { PlanMode = agent.IsPlanMode() }, cancellationToken).ConfigureAwait(false);
        }

        Grow(model, answer, results);
        return Outcome(answer, results);
    }

    /// <summary>Appends the answer and the tools' results. Not cancellable: all of it is appended, or nothing.</summary>
    private void Grow(AgentModel model, Generation answer, IReadOnlyList<(ToolCall Call, ToolReturnValue Value)> results)
    {
        Message[] toolMessages = new Message[results.Count];
        for (int i = 0; i < toolMessages.Length; i++)
        {
            toolMessages[i] = ToolResultJson.ToMessage(results[i].Call.Id, results[i].Value);
            model.Require(toolMessages[i].Content);
        }

        agent.Conversation.AppendStep(answer.Message, answer.Usage?.Total, toolMessages);
        _lastAssistant = answer.Message;
    }

    private StopReason? Outcome(Generation answer, IReadOnlyList<(ToolCall Call, ToolReturnValue Value)> results)
    {
        bool repeated = agent.Tools.EndStep();
        bool rejected = false;
        bool feedback = false;
        foreach ((_, ToolReturnValue value) in results)
        {
            rejected |= value.Rejection is { HasFeedback: false };
            feedback |= value.Rejection is { HasFeedback: true };
        }

        if (rejected && !feedback && agent.IsRoot)
        {
            agent.DMail.Take();
            return StopReason.ToolRejected;
        }

        if (agent.DMail.HasMail)
        {
            return null;
        }

        if (agent.Answer?.Data is not null)
        {
            return StopReason.NoToolCalls;
        }

        return repeated ? StopReason.ToolCallRepeat : answer.Message.ToolCalls is null ? StopReason.NoToolCalls : null;
    }

    private StatusUpdate StatusOf(Generation answer, AgentModel model, bool planMode)
    {
        if (answer.Usage is null)
        {
            return new StatusUpdate { MessageId = answer.Id, PlanMode = planMode };
        }

        return new StatusUpdate
        {
            ContextUsage = agent.UsageOf(answer.Usage.Input),
            ContextTokens = answer.Usage.Input,
            MaxContextTokens = model.MaxContextSize,
            TokenUsage = answer.Usage,
            MessageId = answer.Id,
            PlanMode = planMode,
        };
    }

    private long? CompletionCap(AgentModel model, string systemPrompt)
    {
        if (!model.Provider.UsesCompletionBudget)
        {
            return null;
        }

        long input = agent.Estimate.Of(systemPrompt, agent.Tools.Definitions, agent.Conversation.RequestHistory);
        return RequestEstimate.Cap(model, Math.Max(input, agent.Conversation.EstimatedTokenCount), agent.Limits.ReservedContextSize);
    }

    private async Task CompactIfDueAsync(AgentModel model, CancellationToken cancellationToken)
    {
        long tokens = agent.Conversation.EstimatedTokenCount;
        long size = model.MaxContextSize;
        if (size > 0 && (tokens >= size * agent.Limits.CompactionTriggerRatio || tokens + agent.Limits.ReservedContextSize >= size))
        {
            await Compactor.CompactAsync(agent, "auto", focus: "", tally, cancellationToken).ConfigureAwait(false);
        }
    }

    private void AppendNotifications()
    {
        if (agent.Notifications is null)
        {
            return;
        }

        IReadOnlyList<Message> notifications = agent.Notifications.TakeForModel(NotificationsPerStep);
        if (notifications.Count > 0)
        {
            agent.Conversation.Append(notifications);
            agent.Notifications.ConfirmTaken();
        }
    }

    private void Inject()
    {
        List<string>? texts = null;
        foreach (IInjection injection in agent.Injections)
        {
            try
            {
                if (injection.Next(agent.Conversation.History) is { Length: > 0 } text)
                {
                    (texts ??= []).Add($"<system-reminder>\n{text}\n</system-reminder>");
                }
            }
            catch (Exception e)
            {
                // A reminder that cannot be made must not keep the model from answering.
                agent.Warn($"A reminder is left out: {e.Message}");
            }
        }

        if (texts is not null)
        {
            agent.Conversation.Append(new Message(Role.User, string.Join('\n', texts)));
        }
    }

    private async Task AppendSteersAsync(AgentModel model, IReadOnlyList<UserInput> steers, CancellationToken cancellationToken)
    {
        foreach (UserInput steer in steers)
        {
            model.Require(steer.Content);
            agent.Conversation.Append(new Message(Role.User, steer.Content));
            await agent.Wire.SendAsync(new SteerInput(steer), cancellationToken).ConfigureAwait(false);
        }
    }

    private void Revert(DMail mail)
    {
        agent.Conversation.RevertTo(mail.CheckpointId);
        agent.DMail.CheckpointCount = agent.Conversation.Checkpoint() + 1;
        agent.Conversation.Append(new Message(Role.User, [new TextPart($"<system>{Text.EmbeddedText.Read("Turns/Prompts/dmail.md").Trim()}\n\nD-Mail content:\n\n{mail.Message.Trim()}</system>")]));
        agent.Tools.BeginTurn();
        agent.OnHistoryRewritten?.Invoke();
    }

    private void CheckBudget()
    {
        RunTally all = tally.Whole;
        if (agent.RunLimits.MaxTokens is long tokens && all.Usage is not null && all.Usage.Total > tokens)
        {
            throw new BudgetExceededException($"The turn used {all.Usage.Total} tokens; it was given {tokens}.");
        }

        if (agent.RunLimits.MaxCost is decimal cost && all.Cost > cost)
        {
            throw new BudgetExceededException(FormattableString.Invariant($"The turn cost {all.Cost}; it was given {cost}."));
        }
    }

    private async Task ReportFailureAsync(Exception error, CancellationToken cancellationToken)
    {
        await agent.Wire.SendAlwaysAsync(new StepInterrupted(), cancellationToken).ConfigureAwait(false);
        string type = error is ChatProviderException provider ? provider.TypeName : error.GetType().Name;
        agent.Hooks.Fire(HookEvent.StopFailure, type, HookPayload.StopFailure(type, error.Message));
    }

    /// <summary>Plan mode as listeners know it during a step: as it was at its start, unless somebody sets it by hand meanwhile.</summary>
    private sealed class ReportedPlan(Agent agent)
    {
        private int _byHand = agent.PlanSetByHand();
        private bool _isOn = agent.IsPlanMode();

        public bool Current
        {
            get
            {
                if (agent.PlanSetByHand() is int byHand && byHand != _byHand)
                {
                    _byHand = byHand;
                    _isOn = agent.IsPlanMode();
                }

                return _isOn;
            }
        }
    }
}
