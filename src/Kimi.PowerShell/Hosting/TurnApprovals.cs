using System.Management.Automation;
using Kimi.Engine.Tools.Approvals;
using Kimi.Engine.Wire;
using Kimi.PowerShell.Events;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// Answers the requests of one turn. Rules decide at once; what is left is asked on the pipeline thread, one question at
/// a time. Every request gets an answer.
/// </summary>
internal sealed class TurnApprovals(Pump<KimiCmdlet> pump, TurnRequest turn, string workDirectory, CallLog calls)
{
    private readonly List<Task> _open = [];

    /// <summary>Starts to answer a request; never blocks the messages behind it.</summary>
    public void Answer(WireRequest request)
    {
        if (request is ApprovalRequest approval) { _open.Add(AnswerAsync(approval)); }
        else { request.Abandon(turnEnded: false); }
    }

    /// <summary>Answers the model's questions; dismissed if nobody can be asked.</summary>
    public Task<IReadOnlyDictionary<string, string>> AnswerAsync(QuestionRequest request) => pump.AskAsync(cmdlet => Ask(cmdlet, request));

    /// <summary>Waits until every answer was given.</summary>
    public Task FinishAsync() => Task.WhenAll(_open);

    private async Task AnswerAsync(ApprovalRequest request)
    {
        string decision = ApprovalDecision.Denied;
        try
        {
            string? decided = Ruled(request);
            if (decided != ApprovalDecision.Denied && (turn.DryRun || turn.Confirm))
            {
                decided = await pump.AskAsync(cmdlet => Confirm(cmdlet, request)).ConfigureAwait(false);
            }

            decision = decided ?? await pump.AskAsync(cmdlet => Ask(cmdlet, request)).ConfigureAwait(false);
        }
        finally
        {
            // Also when the pipeline is being stopped: the turn must not wait for an answer that will not come.
            calls.Decide(request.Id, request.ToolCallId, request.Sender, decision);
            request.Respond(Answer(decision, request));
        }

        // A person who said no knows; a refusal that nobody saw must not pass in silence.
        if (decision == ApprovalDecision.NoOneToAsk || (decision == ApprovalDecision.Denied && Ruled(request) is not null))
        {
            await pump.PostAsync(cmdlet => cmdlet.WriteError(Errors.ToolDenied(request.Sender, decision, Rule(request), request.Description))).ConfigureAwait(false);
        }
    }

    private string Ask(KimiCmdlet cmdlet, ApprovalRequest request)
    {
        // Another answer may have covered this one while it waited its turn.
        if (request.IsAnswered) { return ApprovalDecision.Allowed; }
        string detail = EventText.Detail(request) is { Length: > 0 } shown ? shown : calls.ArgumentsOf(request.ToolCallId);
        string who = request.AgentId is null ? "" : $" (asked by the subagent {request.SubagentType} {request.AgentId})";
        return Approval.Ask(cmdlet, request.Sender, detail.Length == 0 ? request.Description + who : $"{request.Description}{who}\n{detail}");
    }

    // -WhatIf and -Confirm, whose prompt needs the same care as ours.
    private string? Confirm(KimiCmdlet cmdlet, ApprovalRequest request)
    {
        if (turn.Confirm && !turn.DryRun && !Approval.CanAsk(cmdlet)) { return ApprovalDecision.NoOneToAsk; }
        try
        {
            bool go = cmdlet.ShouldProcess(request.Description, $"Run tool '{request.Sender}'");
            return go ? turn.Confirm ? ApprovalDecision.Once : null
                : turn.DryRun ? ApprovalDecision.WhatIf
                : ApprovalDecision.Denied;
        }
        catch (Exception e) when (e is not (PipelineStoppedException or OperationCanceledException))
        {
            return ApprovalDecision.NoOneToAsk;
        }
    }

    private static IReadOnlyDictionary<string, string> Ask(KimiCmdlet cmdlet, QuestionRequest request)
    {
        Dictionary<string, string> answers = new(StringComparer.Ordinal);
        foreach (Question question in request.Questions)
        {
            string text = question.Body.Length == 0 ? question.Text : $"{question.Text}\n{question.Body}";
            string[]? chosen = Approval.Choose(
                cmdlet, text, [.. question.Options.Select(o => o.Label)], [.. question.Options.Select(o => o.Description)], question.MultiSelect);
            if (chosen is null) { return QuestionRequest.Dismissed; }
            answers[question.Text] = string.Join(", ", chosen);
        }

        return answers;
    }

    /// <summary>A rule that would have allowed the call.</summary>
    private static string Rule(ApprovalRequest request) => request.Action.StartsWith(ApprovalActions.McpPrefix, StringComparison.Ordinal)
        ? $"Mcp({request.Target})"
        : request.Sender;

    private string? Ruled(ApprovalRequest request) => turn.Policy.Decide(request, workDirectory);

    // A refusal with a reason lets the model go on; a person's plain no ends the turn, as everywhere in Kimi.
    private ApprovalAnswer Answer(string decision, ApprovalRequest request) => decision switch
    {
        ApprovalDecision.Allowed or ApprovalDecision.Once => new ApprovalAnswer(ApprovalResponseKind.Approve),
        ApprovalDecision.Session => new ApprovalAnswer(ApprovalResponseKind.ApproveForSession),
        ApprovalDecision.WhatIf => new ApprovalAnswer(
            ApprovalResponseKind.Reject,
            "This is a dry run: the call was reported to the user and not executed. Go on as if it had succeeded, and say in your answer what would have been done."),
        ApprovalDecision.NoOneToAsk => new ApprovalAnswer(
            ApprovalResponseKind.Reject,
            "Nobody is present who could approve this call, so it was denied. Do not try to get around it: do what is possible without it and say what was left out."),
        _ when Ruled(request) is not null => new ApprovalAnswer(
            ApprovalResponseKind.Reject,
            "A rule of this session forbids this call. Do not try to get around it: do what is possible without it and say what was left out."),
        _ => new ApprovalAnswer(ApprovalResponseKind.Reject),
    };
}
