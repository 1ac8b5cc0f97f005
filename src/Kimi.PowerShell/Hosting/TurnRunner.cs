using System.Diagnostics;
using System.Management.Automation;
using System.Text.Json;
using Kimi.Engine;
using Kimi.Engine.Chat;
using Kimi.Engine.Turns;
using Kimi.Engine.Wire;
using Kimi.PowerShell.Events;

namespace Kimi.PowerShell.Hosting;

/// <summary>Runs one turn of a session and brings what happens to the pipeline.</summary>
internal sealed class TurnRunner(OpenSession session, TurnRequest request, Pump<KimiCmdlet> pump)
{
    private readonly KimiSession _engine = session.Engine();
    private TurnOutcome? _outcome;
    private Exception? _conversion;

    /// <summary>The result; null as long as the turn has none.</summary>
    public TurnResult? Result { get; private set; }

    /// <summary>The error of a turn that failed.</summary>
    public Exception? Error => _conversion ?? _outcome?.Error;

    public async Task RunAsync(CancellationToken stop)
    {
        int turn = session.TryBeginTurn();
        if (turn == 0) { throw new SessionBusyException(); }
        try
        {
            using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
            if (request.Timeout is TimeSpan timeout) { limit.CancelAfter(timeout); }
            await RunAsync(new EventMapper(session.Id, turn, request.IncludeDelta), limit.Token, stop).ConfigureAwait(false);
        }
        finally
        {
            session.EndTurn();
        }
    }

    private async Task RunAsync(EventMapper mapper, CancellationToken limit, CancellationToken stop)
    {
        TurnApprovals approvals = new(pump, request, _engine.WorkDirectory, mapper.Calls);
        TurnProgress progress = new(pump);
        long started = Stopwatch.GetTimestamp();
        using IDisposable log = session.Log.To(pump);
        session.Turn = new RunningTurn(pump, request);
        using IDisposable? denied = request.Policy.Deny.Count == 0 ? null : _engine.AddHook(
            "PreToolUse", "", 30, (payload, _) => Task.FromResult(request.Policy.Refuse(payload, _engine.WorkDirectory)));
        session.Questions.Target = async (question, _) =>
        {
            await EmitAsync([mapper.Question(question)]).ConfigureAwait(false);
            return await approvals.AnswerAsync(question).ConfigureAwait(false);
        };
        try
        {
            TurnOptions options = new() { Limits = new RunLimits(request.MaxToken, request.MaxCost), ResponseSchema = request.Schema?.Json };
            await foreach (WireMessage message in _engine.RunTurnAsync(Input(), options, outcome => _outcome = outcome, limit).ConfigureAwait(false))
            {
                await EmitAsync(mapper.Map(message)).ConfigureAwait(false);
                if (message is WireRequest question) { approvals.Answer(question); }
                progress.Show(message);
            }

            await EmitAsync(mapper.Flush()).ConfigureAwait(false);
            await approvals.FinishAsync().ConfigureAwait(false);
        }
        finally
        {
            session.Questions.Target = null;
            session.Turn = null;
            progress.Complete();
        }

        stop.ThrowIfCancellationRequested();
        TurnTotals totals = Totals(limit.IsCancellationRequested, Stopwatch.GetElapsedTime(started));
        if (request.Schema is AnswerSchema schema && _outcome?.Data is JsonElement answer)
        {
            // On the pipeline thread: making an object of a class of a script runs its code.
            (object? data, _conversion) = await pump.AskAsync(_ => Convert(schema, answer)).ConfigureAwait(false);
            totals = _conversion is null
                ? totals with { Data = data }
                : totals with { Status = TurnStatus.Failed, StopReason = TurnStopReason.Error, ErrorMessage = _conversion.Message };
        }

        Result = mapper.Result(totals);
        await pump.PostAsync(cmdlet =>
        {
            if (!request.DataOnly) { cmdlet.WriteObject(Result); }
            else if (Result.Data is not null) { cmdlet.WriteObject(Result.Data, enumerateCollection: true); }
        }).ConfigureAwait(false);
    }

    private static (object? Data, Exception? Error) Convert(AnswerSchema schema, JsonElement answer)
    {
        try
        {
            return (schema.Objects(answer), null);
        }
        catch (PSInvalidCastException e)
        {
            return (null, e);
        }
    }

    private async ValueTask EmitAsync(IEnumerable<TurnEvent> events)
    {
        foreach (TurnEvent item in events)
        {
            if (!request.ResultOnly && !request.DataOnly) { await pump.PostAsync(cmdlet => cmdlet.WriteObject(item)).ConfigureAwait(false); }
        }
    }

    private UserInput Input()
    {
        if (request.Media.Count == 0) { return new UserInput(request.Prompt); }
        List<ContentPart> parts = [new TextPart(request.Prompt)];
        foreach (string path in request.Media) { parts.Add(MediaFile.Read(path)); }
        return new UserInput(parts);
    }

    private TurnTotals Totals(bool timedOut, TimeSpan duration)
    {
        TurnOutcome outcome = _outcome ?? new TurnOutcome { Status = Engine.Turns.TurnStatus.Cancelled };
        (string status, string reason, string error) = Ending(outcome, timedOut);
        return new TurnTotals
        {
            Status = status,
            StopReason = reason,
            ErrorMessage = error,
            Text = outcome.FinalMessage is Message message ? EventText.Answer(message) : "",
            Model = _engine.ModelName ?? "",
            Usage = outcome.Usage is null ? new TokenUsage() : EventText.Of(outcome.Usage),
            Cost = outcome.Cost,
            Steps = outcome.StepCount,
            Duration = duration,
        };
    }

    private (string Status, string Reason, string Error) Ending(TurnOutcome outcome, bool timedOut) => outcome switch
    {
        { Status: Engine.Turns.TurnStatus.Cancelled } when timedOut =>
            (TurnStatus.Truncated, TurnStopReason.Timeout, $"The turn took longer than {request.Timeout!.Value.TotalSeconds} s."),
        { Status: Engine.Turns.TurnStatus.Cancelled } => (TurnStatus.Cancelled, TurnStopReason.Cancelled, ""),
        { Status: Engine.Turns.TurnStatus.MaxStepsReached } =>
            (TurnStatus.Truncated, TurnStopReason.MaxSteps, $"The turn reached its limit of {outcome.Steps} steps."),
        { Error: BudgetExceededException budget } => (TurnStatus.Truncated, TurnStopReason.Budget, budget.Message),
        { Status: Engine.Turns.TurnStatus.Failed } => (TurnStatus.Failed, TurnStopReason.Error, outcome.Error?.Message ?? "The turn failed."),
        { StopReason: StopReason.ToolRejected } => (TurnStatus.Denied, TurnStopReason.ToolRejected, ""),
        { StopReason: StopReason.ToolCallRepeat } => (TurnStatus.Truncated, TurnStopReason.ToolCallRepeat, "The model repeated one tool call too often."),
        _ => (TurnStatus.Completed, TurnStopReason.NoToolCalls, ""),
    };
}
