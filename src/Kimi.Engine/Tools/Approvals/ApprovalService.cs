using System.Text.Json;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;
using Kimi.Engine.Wire;

namespace Kimi.Engine.Tools.Approvals;

/// <summary>Permission for the tool calls of a session: rules, what was approved in advance, then whoever listens.</summary>
public sealed class ApprovalService : IApprovals
{
    private const string NoFeedback = "The tool call is rejected by the user. Stop what you are doing and wait for the user to tell you how to proceed.";

    private const string NoFeedbackInSubagent =
        "The tool call is rejected by the user. Try a different approach to complete your task, or say in your answer what could not be done. "
        + "Do not retry the same tool call, and do not try to get around the rejection with another one.";

    private readonly IWireSink _sink;
    private readonly Lock _gate = new();
    private readonly List<ApprovalRequest> _pending = [];
    private readonly List<ApprovalRequest> _cutOff = [];

    /// <summary>Makes the service of a session.</summary>
    /// <param name="sink">Where requests and responses are sent: the root hub, for subagents too.</param>
    /// <param name="state">What was approved in advance.</param>
    public ApprovalService(IWireSink sink, ApprovalState state)
    {
        _sink = sink;
        State = state;
    }

    /// <summary>What was approved in advance.</summary>
    public ApprovalState State { get; }

    /// <summary>Rules of the configuration and of options.</summary>
    public ApprovalRules Rules { get; set; } = ApprovalRules.None;

    /// <summary>Decides about a request without asking on the wire; gives null when it does not want to.</summary>
    public Func<ApprovalRequest, CancellationToken, Task<ApprovalAnswer?>>? Decider { get; set; }

    /// <summary>
    /// Whether calls that are approved in advance are asked for all the same, marked as such: who listens has a policy of its
    /// own, such as a dry run, that comes first.
    /// </summary>
    public bool AlwaysAsk { get; set; }

    /// <inheritdoc/>
    public bool IsAfk => State.IsAfk;

    /// <inheritdoc/>
    public bool IsAutoApprove => State.IsAutoApprove;

    /// <summary>Requests that wait for an answer.</summary>
    public IReadOnlyList<ApprovalRequest> Pending
    {
        get
        {
            lock (_gate)
            {
                return [.. _pending];
            }
        }
    }

    /// <summary>The result of a call that the user refused.</summary>
    public static ToolReturnValue Rejected(string feedback, bool isSubagent) => feedback.Length > 0
        ? ToolReturnValue.Error($"The tool call is rejected by the user. User feedback: {feedback}", $"Rejected: {feedback}") with { Rejection = new Rejection(true) }
        : ToolReturnValue.Error(isSubagent ? NoFeedbackInSubagent : NoFeedback, "Rejected by user") with { Rejection = new Rejection(false) };

    /// <inheritdoc/>
    public SilentCall? Hinders(string tool, JsonElement arguments) => Rules.Hinders(tool, arguments);

    /// <inheritdoc/>
    public async Task<ToolReturnValue?> AskAsync(
        ToolCallContext context, string action, string description, IReadOnlyList<DisplayBlock> display, CancellationToken cancellationToken, string? target = null)
    {
        // A denial holds even when everything else is approved: it is the only thing that was said about this very call.
        ApprovalRuleMatch? rule = Rules.Decide(context.Call.Name, action, target ?? description);
        if (rule is { Effect: ApprovalEffect.Deny })
        {
            return ToolReturnValue.Error(
                $"The tool call is denied by the approval rule `{rule.Rule.Pattern}`. Do not try to get around it; choose another way or say what you could not do.", "Denied by rule");
        }

        bool preapproved = State.IsAutoApprove || rule is { Effect: ApprovalEffect.Allow } || (rule is null && State.IsApproved(action));
        if (preapproved && !AlwaysAsk)
        {
            return null;
        }

        ApprovalRequest request = new()
        {
            Id = Guid.NewGuid().ToString(),
            ToolCallId = context.Call.Id,
            Sender = context.Call.Name,
            Action = action,
            Description = description,
            SourceKind = context.Source.Kind,
            SourceId = context.Source.Id,
            AgentId = context.Source.AgentId,
            SubagentType = context.Source.SubagentType,
            Display = display,
            Target = target ?? description,
            IsPreapproved = preapproved,
        };
        ApprovalAnswer? answer = Decider is null ? null : await Decider(request, cancellationToken).ConfigureAwait(false);
        answer ??= await AskWireAsync(request, context, rule is null && !AlwaysAsk, cancellationToken).ConfigureAwait(false);
        switch (answer.Kind)
        {
            case ApprovalResponseKind.Approve:
                return null;
            case ApprovalResponseKind.ApproveForSession:
                State.Approve(action);
                ResolveOthers(action);
                return null;
            default:
                return Rejected(answer.Feedback, context.Source.IsSubagent);
        }
    }

    /// <summary>Ends the requests of a turn, an agent call or a background task that is over: they count as rejected.</summary>
    public void CancelSource(string sourceId)
    {
        foreach (ApprovalRequest request in Pending)
        {
            if (request.SourceId == sourceId)
            {
                request.Abandon(turnEnded: true);
            }
        }
    }

    /// <summary>Ends the requests of a turn that is over, and tells the listeners of those that its cancellation has cut off.</summary>
    public async Task EndTurnAsync(string sourceId, CancellationToken cancellationToken)
    {
        CancelSource(sourceId);
        ApprovalRequest[] cutOff;
        lock (_gate)
        {
            cutOff = [.. _cutOff.Where(request => request.SourceId == sourceId)];
            _cutOff.RemoveAll(request => request.SourceId == sourceId);
        }

        foreach (ApprovalRequest request in cutOff)
        {
            await TellAsync(request, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Ends all requests: nobody is left to answer.</summary>
    public void CancelAll()
    {
        foreach (ApprovalRequest request in Pending)
        {
            request.Abandon(turnEnded: false);
        }
    }

    private async Task<ApprovalAnswer> AskWireAsync(ApprovalRequest request, ToolCallContext context, bool actionCounts, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            // Approved for the session since it was looked at: whoever approved has not seen this request.
            if (actionCounts && State.IsApproved(request.Action))
            {
                return new ApprovalAnswer(ApprovalResponseKind.Approve);
            }

            _pending.Add(request);
        }

        bool cutOff = false;
        try
        {
            await _sink.SendAsync(request, cancellationToken).ConfigureAwait(false);
            return await request.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.Turn.IsCancellationRequested && !context.Source.IsSubagent)
        {
            cutOff = true; // listeners hear of it behind the end of the turn
            throw;
        }
        finally
        {
            request.Respond(new ApprovalAnswer(ApprovalResponseKind.Reject));
            lock (_gate)
            {
                _pending.Remove(request);
                if (cutOff)
                {
                    _cutOff.Add(request);
                }
            }

            if (!cutOff)
            {
                await TellAsync(request, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task TellAsync(ApprovalRequest request, CancellationToken cancellationToken)
    {
        ApprovalAnswer answer = await request.Answer.ConfigureAwait(false);
        await _sink.SendAlwaysAsync(new ApprovalResponse(request.Id, answer.Kind, answer.Feedback), cancellationToken).ConfigureAwait(false);
    }

    private void ResolveOthers(string action)
    {
        foreach (ApprovalRequest request in Pending)
        {
            if (request.Action == action)
            {
                request.Respond(new ApprovalAnswer(ApprovalResponseKind.Approve));
            }
        }
    }
}
