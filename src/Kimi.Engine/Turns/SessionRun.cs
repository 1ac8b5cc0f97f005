using Kimi.Engine.Chat;
using Kimi.Engine.Hooks;
using Kimi.Engine.Skills.Flows;
using Kimi.Engine.Tools;
using Kimi.Engine.Turns.Answers;
using Kimi.Engine.Turns.Commands;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns;

/// <summary>A run: one input of the user, from hooks to title. Mostly one turn; several with flows, loops and stop hooks.</summary>
internal sealed class SessionRun(Agent agent, SlashCommands? commands, RunTally tally, CallSource source)
{
    private readonly AgentLoop _loop = new(agent, tally);
    private bool _begun;
    private bool _ended;

    /// <summary>Whether a plain turn, not a command, was run: only such a turn makes a title.</summary>
    public bool WasPlainTurn { get; private set; }

    /// <summary>Counts what the run uses.</summary>
    public RunTally Tally => tally;

    /// <summary>Runs the input to its end. Errors leave after TurnEnd was sent.</summary>
    /// <param name="input">What the user said.</param>
    /// <param name="synthetic">Whether the program itself speaks: prompt hooks are skipped.</param>
    /// <param name="cancellationToken">Cancels at any point.</param>
    public async Task<TurnResult?> RunAsync(UserInput input, bool synthetic, CancellationToken cancellationToken)
    {
        try
        {
            string? reason = synthetic ? null : await BlockedByHookAsync(input, cancellationToken).ConfigureAwait(false);
            await BeginAsync(input, cancellationToken).ConfigureAwait(false);
            TurnResult? result;
            if (reason is null)
            {
                result = await DispatchAsync(input, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await agent.Wire.SendAsync(new ContentEvent(new TextPart(reason)), cancellationToken).ConfigureAwait(false);
                result = await AnswerSteersAsync(null, cancellationToken).ConfigureAwait(false);
                if (result is null)
                {
                    await EndAsync(cancellationToken).ConfigureAwait(false);
                    return null;
                }
            }

            HookVerdict stop = await agent.Hooks.TriggerAsync(HookEvent.Stop, "", HookPayload.Stop(), cancellationToken).ConfigureAwait(false);
            if (stop is { Block: true, Reason.Length: > 0 })
            {
                agent.Steers.Open();
                result = await _loop.RunAsync([new TextPart(stop.Reason)], source, closesSteering: true, cancellationToken).ConfigureAwait(false);
            }

            await EndAsync(cancellationToken).ConfigureAwait(false);
            return result;
        }
        finally
        {
            agent.Steers.Abort();
            if (_begun && !_ended)
            {
                await EndAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Runs a nested turn: with its own TurnBegin and TurnEnd inside the run's.</summary>
    public Task<TurnResult> NestedTurnAsync(UserInput input, CancellationToken cancellationToken) =>
        NestedTurnAsync(_loop, input, cancellationToken);

    /// <summary>Runs a nested turn on another conversation.</summary>
    public Task<TurnResult> NestedTurnAsync(Agent other, UserInput input, CancellationToken cancellationToken) =>
        NestedTurnAsync(new AgentLoop(other, tally), input, cancellationToken);

    private async Task<TurnResult> NestedTurnAsync(AgentLoop loop, UserInput input, CancellationToken cancellationToken)
    {
        await agent.Wire.SendAsync(new TurnBegin(input), cancellationToken).ConfigureAwait(false);
        try
        {
            return await loop.RunAsync(input.Content, source, closesSteering: false, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await agent.Wire.SendAlwaysAsync(new TurnEnd(), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Runs a turn inside the run, without events of its own.</summary>
    public Task<TurnResult> InnerTurnAsync(IReadOnlyList<ContentPart> content, CancellationToken cancellationToken) =>
        _loop.RunAsync(content, source, closesSteering: true, cancellationToken);

    /// <summary>Runs a flow; steps counted over all its turns.</summary>
    public async Task<TurnResult?> RunFlowAsync(Flow flow, int maxMoves, UserInput? first, Action<FlowNode>? deadEnd, CancellationToken cancellationToken)
    {
        FlowRunner runner = new(this, tally, deadEnd);
        TurnResult? result = await runner.RunAsync(flow, maxMoves, first, cancellationToken).ConfigureAwait(false);
        return await AnswerSteersAsync(result, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Answers inputs that were accepted after the last step of a nested turn, or while a command or a prompt hook ran.</summary>
    private async Task<TurnResult?> AnswerSteersAsync(TurnResult? result, CancellationToken cancellationToken)
    {
        IReadOnlyList<UserInput> left = agent.Steers.Drain(closeIfEmpty: true);
        return left.Count == 0 ? result : await _loop.ContinueAsync(left, source, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TurnResult?> DispatchAsync(UserInput input, CancellationToken cancellationToken)
    {
        string text = input.JoinedText.Trim();
        if (commands is not null && SlashCommandLine.Parse(text) is SlashCommandLine line)
        {
            agent.Steers.Open();
            TurnResult? result = await commands.RunAsync(line, this, cancellationToken).ConfigureAwait(false);
            return await AnswerSteersAsync(result, cancellationToken).ConfigureAwait(false);
        }

        WasPlainTurn = true;
        agent.Steers.Open();
        int iterations = agent.Limits.MaxRalphIterations;
        if (agent.Answer is FinalAnswer answer)
        {
            return await RunToAnswerAsync(input, answer, cancellationToken).ConfigureAwait(false);
        }

        if (iterations == 0)
        {
            return await _loop.RunAsync(input.Content, source, closesSteering: true, cancellationToken).ConfigureAwait(false);
        }

        UserInput parts = new(input.Content);
        return await RunFlowAsync(RalphLoop.Create(text), RalphLoop.MaxMoves(iterations), parts, deadEnd: null, cancellationToken).ConfigureAwait(false);
    }

    private async Task<TurnResult> RunToAnswerAsync(UserInput input, FinalAnswer answer, CancellationToken cancellationToken)
    {
        TurnResult result = await _loop.RunAsync([.. input.Content, answer.Instruction], source, closesSteering: true, cancellationToken).ConfigureAwait(false);
        for (bool repaired = false; answer.Data is null && result.Reason == StopReason.NoToolCalls; repaired = true)
        {
            answer.TakeText(result.FinalMessage?.ExtractText() ?? "");
            if (answer.Data is not null || repaired)
            {
                break;
            }

            agent.Steers.Open();
            result = await _loop.RunAsync([answer.Repair], source, closesSteering: true, cancellationToken).ConfigureAwait(false);
        }

        return answer.Data is null ? throw new FinalAnswerException(answer.Fault) : result;
    }

    private async Task<string?> BlockedByHookAsync(UserInput input, CancellationToken cancellationToken)
    {
        string prompt = input.Text ?? "";
        HookVerdict verdict = await agent.Hooks.TriggerAsync(HookEvent.UserPromptSubmit, prompt, HookPayload.Prompt(prompt), cancellationToken).ConfigureAwait(false);
        return verdict.Block ? verdict.Reason.Length > 0 ? verdict.Reason : "Prompt blocked by hook." : null;
    }

    private async Task BeginAsync(UserInput input, CancellationToken cancellationToken)
    {
        _begun = true;
        await agent.Wire.SendAsync(new TurnBegin(input), cancellationToken).ConfigureAwait(false);
        agent.Notifications?.Announce();
    }

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        _ended = true;
        await agent.Wire.SendAlwaysAsync(new TurnEnd(), cancellationToken).ConfigureAwait(false);
    }
}
