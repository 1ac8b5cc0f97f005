using Kimi.Engine.Agents;
using Kimi.Engine.Chat;
using Kimi.Engine.Hooks;
using Kimi.Engine.Providers;
using Kimi.Engine.Sessions;
using Kimi.Engine.Text;
using Kimi.Engine.Tools;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>One run of a subagent.</summary>
internal sealed class SubagentRun
{
    public required SubagentRecord Record { get; init; }

    public required string Prompt { get; init; }

    /// <summary>Whether the instance was made for this run.</summary>
    public required bool IsNew { get; init; }

    public string? ModelOverride { get; init; }

    public required CallSource Source { get; init; }

    public required IApprovals Approvals { get; init; }

    /// <summary>Where a waiting turn hears of the run; null for a background task.</summary>
    public IWireSink? ParentWire { get; init; }

    public string? ParentCallId { get; init; }

    /// <summary>Output of the background task.</summary>
    public string? TaskOutput { get; init; }

    /// <summary>Usage of the turn that waits.</summary>
    public RunTally? ParentTally { get; init; }

    /// <summary>The state of the instance after a cancellation.</summary>
    public Func<string> CancelledStatus { get; init; } = static () => SubagentStates.Killed;

    public bool IsBackground => ParentWire is null;
}

/// <summary>What a run came to: the final text, or a failure for the parent.</summary>
internal sealed record SubagentResult(string? Text, ToolReturnValue? Failure);

/// <summary>Runs subagents to the end of their task.</summary>
internal sealed class SubagentRunner(SubagentSettings settings, SubagentStore store, SubagentBuilder builder)
{
    private const int ShortSummary = 200;
    private const string Explorer = "explore";

    /// <summary>Runs; the state of the instance and its transcript say how it ended.</summary>
    public async Task<SubagentResult> RunAsync(SubagentRun run, CancellationToken cancellationToken)
    {
        string directory = store.DirectoryOf(run.Record.AgentId);
        using SubagentTranscript transcript = new(
            run.TaskOutput is string output ? [Path.Join(directory, "output"), output] : [Path.Join(directory, "output")], settings.Log);
        try
        {
            SubagentResult result = await RunAsync(run, directory, transcript, cancellationToken).ConfigureAwait(false);
            store.SetStatus(run.Record.AgentId, result.Failure is null ? SubagentStates.Idle : SubagentStates.Failed);
            return result;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            transcript.Stage("cancelled");
            store.SetStatus(run.Record.AgentId, run.CancelledStatus());
            throw;
        }
        catch (Exception e)
        {
            transcript.Stage("failed_exception");
            transcript.Error(e.Message);
            store.SetStatus(run.Record.AgentId, SubagentStates.Failed);
            throw;
        }
    }

    private async Task<SubagentResult> RunAsync(SubagentRun run, string directory, SubagentTranscript transcript, CancellationToken cancellationToken)
    {
        transcript.Stage("runner_started");
        SubagentWire wire = new(run.Record, new WireLog(Path.Join(directory, "wire.jsonl"), settings.Time), transcript, run.ParentWire, run.ParentCallId);
        await using (wire.ConfigureAwait(false))
        {
            Agent agent = builder.Build(run.Record, directory, run.ModelOverride, wire, run.Approvals, withHooks: !run.IsBackground);
            using (agent.Conversation)
            {
                transcript.Stage("agent_built");
                agent.Conversation.Restore();
                transcript.Stage("context_restored");
                builder.Prepare(agent, run.Record.SubagentType);
                transcript.Stage("context_ready");
                string prompt = await FullPromptAsync(run, cancellationToken).ConfigureAwait(false);
                AtomicFile.Write(Path.Join(directory, "prompt.txt"), System.Text.Encoding.UTF8.GetBytes(prompt));
                if (!run.IsBackground)
                {
                    await settings.Parent().Hooks.TriggerAsync(
                        HookEvent.SubagentStart, run.Record.SubagentType, HookPayload.SubagentStart(run.Record.SubagentType, run.Prompt), cancellationToken).ConfigureAwait(false);
                }

                transcript.Stage("run_soul_start");
                return await WorkAsync(run, agent, prompt, transcript, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<SubagentResult> WorkAsync(SubagentRun run, Agent agent, string prompt, SubagentTranscript transcript, CancellationToken cancellationToken)
    {
        RunTally tally = new(run.ParentTally);
        ToolReturnValue? failure = await TurnAsync(agent, tally, run.Source, prompt, "running agent", cancellationToken).ConfigureAwait(false);
        if (failure is null && FinalText(agent) is { } text && CodePoints.Count(text) < ShortSummary)
        {
            string more = EmbeddedText.Read("Turns/Subagents/Prompts/continue.md").Trim();
            failure = await TurnAsync(agent, tally, run.Source, more, "continuing the agent summary", cancellationToken).ConfigureAwait(false);
        }

        if (failure is not null)
        {
            return Failed(transcript, failure, $"failed: {failure.Brief}");
        }

        transcript.Stage("run_soul_finished");
        string final = FinalText(agent) ?? "";
        if (final.Length == 0)
        {
            return Failed(transcript, ToolReturnValue.Error("Agent completed but produced no output.", "Empty agent output"), "failed: empty output");
        }

        if (!run.IsBackground)
        {
            settings.Parent().Hooks.Fire(HookEvent.SubagentStop, run.Record.SubagentType, HookPayload.SubagentStop(run.Record.SubagentType, final));
        }

        transcript.Summary(final);
        return new SubagentResult(final, null);
    }

    /// <summary>Runs a turn; returns null, or the failure.</summary>
    private static async Task<ToolReturnValue?> TurnAsync(Agent agent, RunTally tally, CallSource source, string prompt, string phase, CancellationToken cancellationToken)
    {
        try
        {
            SessionRun run = new(agent, commands: null, tally, source);
            await run.RunAsync(new UserInput(prompt), synthetic: false, cancellationToken).ConfigureAwait(false);
            return FinalText(agent) is null
                ? ToolReturnValue.Error("The agent did not produce a valid assistant response.", "Invalid agent result")
                : null;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch (MaxStepsReachedException e)
        {
            return ToolReturnValue.Error(
                $"Max steps {e.Steps} reached when {phase}. Please try splitting the task into smaller subtasks.", "Max steps reached");
        }
        catch (ChatProviderException e) when (e is { Kind: ProviderErrorKind.Status, StatusCode: int code })
        {
            return ToolReturnValue.Error($"LLM API error (HTTP {code}) when {phase}: {e.Message}", $"API error ({code})");
        }
        catch (ChatProviderException e)
        {
            return ToolReturnValue.Error($"LLM provider error when {phase}: {e.Message}", "LLM provider error");
        }
        catch (Exception e)
        {
            return ToolReturnValue.Error($"Unexpected error when {phase}: {e.Message}", "Agent run error");
        }
    }

    /// <summary>The text of the last message; null when it is not the model's.</summary>
    private static string? FinalText(Agent agent) =>
        agent.Conversation.History is [.., { Role: Role.Assistant } last] ? last.ExtractText("\n") : null;

    private static SubagentResult Failed(SubagentTranscript transcript, ToolReturnValue failure, string stage)
    {
        transcript.Stage(stage);
        transcript.Error(failure.Message);
        return new SubagentResult(null, failure);
    }

    private async Task<string> FullPromptAsync(SubagentRun run, CancellationToken cancellationToken)
    {
        if (!run.IsNew || run.Record.SubagentType != Explorer)
        {
            return run.Prompt;
        }

        ToolServices services = settings.Services();
        string? context = await GitContext.DescribeAsync(services.Host, services.Workspace.WorkDirectory, cancellationToken).ConfigureAwait(false);
        return context is null ? run.Prompt : $"{context}\n\n{run.Prompt}";
    }
}
