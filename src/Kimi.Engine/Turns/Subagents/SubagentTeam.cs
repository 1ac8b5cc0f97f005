using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Tools;
using Kimi.Engine.Turns.Background;

namespace Kimi.Engine.Turns.Subagents;

/// <summary>Starts the subagents of a session: a turn waits for them, or they run as background tasks.</summary>
internal sealed class SubagentTeam : ISubagents
{
    private const string DefaultType = "coder";

    private readonly SubagentSettings _settings;
    private readonly SubagentTypes _types;
    private readonly SubagentStore _store;
    private readonly SubagentRunner _runner;

    /// <exception cref="Agents.AgentSpecException">The file of a type cannot be used.</exception>
    public SubagentTeam(SubagentSettings settings)
    {
        _settings = settings;
        _types = new SubagentTypes(settings.ParentSpec);
        _store = new SubagentStore(Path.Join(settings.SessionDirectory, "subagents"), settings.Time);
        _runner = new SubagentRunner(settings, _store, new SubagentBuilder(settings, _types));
        settings.Tasks.Settings.AgentLost = payload => _store.SetStatus(payload.AgentId, SubagentStates.Failed);
    }

    /// <summary>Marks what another process left running; costs one look for the directory when there are no subagents.</summary>
    public void Repair() => _store.Repair();

    /// <inheritdoc/>
    public string DescribeTypes() => _types.Describe();

    /// <inheritdoc/>
    public async Task<ToolReturnValue> RunAsync(SubagentRequest request, ToolCallContext context, CancellationToken cancellationToken)
    {
        request = request with
        {
            SubagentType = request.SubagentType.Trim() is { Length: > 0 } type ? type : DefaultType,
            Model = string.IsNullOrEmpty(request.Model) ? null : request.Model,
            Resume = string.IsNullOrEmpty(request.Resume) ? null : request.Resume,
        };
        if (context.Source.IsSubagent)
        {
            return ToolReturnValue.Error("Subagents cannot launch other subagents.", "Agent unavailable");
        }

        if (request.Model is string model && !_settings.Config.Models.ContainsKey(model))
        {
            return Refused(SubagentBuilder.UnknownModel(model));
        }

        if (request.InBackground)
        {
            return Start(request, context);
        }

        try
        {
            return await RunInForegroundAsync(request, context, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            bool quoted = e is SubagentException { Brief: "Invalid subagent type" };
            return ToolReturnValue.Error($"Failed to run agent: {(quoted ? $"'{e.Message}'" : e.Message)}", "Agent failed");
        }
    }

    private async Task<ToolReturnValue> RunInForegroundAsync(SubagentRequest request, ToolCallContext context, CancellationToken cancellationToken)
    {
        SubagentRecord record = Take(request, SubagentStates.Foreground);
        CallSource source = new(CallSource.ForegroundTurn, Guid.NewGuid().ToString("N"), record.AgentId, record.SubagentType);
        using CancellationTokenSource? limit = request.TimeoutSeconds is int seconds ? new CancellationTokenSource(TimeSpan.FromSeconds(seconds), _settings.Time) : null;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit?.Token ?? default);
        try
        {
            SubagentResult result = await _runner.RunAsync(
                new SubagentRun
                {
                    Record = record,
                    Prompt = request.Prompt,
                    IsNew = request.Resume is null,
                    ModelOverride = request.Model,
                    Source = source,
                    Approvals = _settings.Approvals,
                    ParentWire = context.Wire,
                    ParentCallId = context.Call.Id,
                    ParentTally = _settings.Parent().Tally,
                },
                stop.Token).ConfigureAwait(false);
            return result.Failure ?? ToolReturnValue.Ok(Report(request, record, result.Text!));
        }
        catch (OperationCanceledException) when (limit is { IsCancellationRequested: true } && !cancellationToken.IsCancellationRequested)
        {
            return ToolReturnValue.Error($"Agent timed out after {request.TimeoutSeconds}s.", $"Agent timed out ({request.TimeoutSeconds}s)");
        }
        finally
        {
            _settings.Approvals.CancelSource(source.Id);
        }
    }

    private ToolReturnValue Start(SubagentRequest request, ToolCallContext context)
    {
        SubagentRecord? record = null;
        string formerStatus = request.Resume is string id ? _store.Find(id)?.Status ?? SubagentStates.Idle : SubagentStates.Idle;
        try
        {
            // Before anything is changed: what cannot be undone comes last.
            _settings.Tasks.CheckLimits();
            CheckStoredModel(request);
            record = Take(request, SubagentStates.Background);
            AgentTaskPayload payload = new(record.AgentId, record.SubagentType, request.Prompt, request.Model);
            BackgroundTaskInfo task = _settings.Tasks.StartAgent(
                payload, request.Description, context.Call.Id, request.TimeoutSeconds,
                taskId => record = _store.Save(record with { LastTaskId = taskId }),
                (running, stop) => RunInBackgroundAsync(request, record, running, stop));
            return Started(task, record);
        }
        catch (SubagentException e)
        {
            return Refused(e);
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            if (record is not null)
            {
                TakeBack(record, isNew: request.Resume is null, formerStatus);
            }

            return ToolReturnValue.Error(e.Message, "Background start failed");
        }
    }

    private async Task<AgentTaskEnd> RunInBackgroundAsync(SubagentRequest request, SubagentRecord record, AgentTask task, CancellationToken cancellationToken)
    {
        try
        {
            SubagentResult result = await _runner.RunAsync(
                new SubagentRun
                {
                    Record = record,
                    Prompt = request.Prompt,
                    IsNew = request.Resume is null,
                    ModelOverride = request.Model,
                    Source = new CallSource(CallSource.BackgroundAgent, task.Spec.Id, record.AgentId, record.SubagentType),
                    Approvals = task.Watch(_settings.Approvals),
                    TaskOutput = task.OutputPath,
                    CancelledStatus = () => task.WasStopped ? SubagentStates.Killed : SubagentStates.Failed,
                },
                cancellationToken).ConfigureAwait(false);
            return new AgentTaskEnd(result.Failure?.Message);
        }
        finally
        {
            _settings.Approvals.CancelSource(task.Spec.Id);
        }
    }

    private SubagentRecord Take(SubagentRequest request, string status)
    {
        if (request.Resume is string id)
        {
            return _store.Claim(id, request.Description, status);
        }

        string? typeModel = _types.Require(request.SubagentType).Model;
        return _store.Create(request.SubagentType, request.Description, request.Model, request.Model ?? typeModel, status);
    }

    private void CheckStoredModel(SubagentRequest request)
    {
        if (request is { Model: null, Resume: string id } && _store.Find(id)?.Launch.EffectiveModel is string alias && !_settings.Config.Models.ContainsKey(alias))
        {
            throw SubagentBuilder.UnknownModel(alias);
        }
    }

    private void TakeBack(SubagentRecord record, bool isNew, string formerStatus)
    {
        try
        {
            if (isNew)
            {
                _store.Delete(record.AgentId);
            }
            else
            {
                _store.SetStatus(record.AgentId, formerStatus);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _settings.Log("Warning", $"The subagent '{record.AgentId}' cannot be taken back: {e.Message}");
        }
    }

    private static ToolReturnValue Refused(SubagentException e) => ToolReturnValue.Error(e.Message, e.Brief);

    private static string Report(SubagentRequest request, SubagentRecord record, string text)
    {
        StringBuilder report = new();
        bool resumed = request.Resume is not null;
        report.Append("agent_id: ").Append(record.AgentId).Append("\nresumed: ").Append(resumed ? "true" : "false").Append('\n');
        if (resumed && request.SubagentType != record.SubagentType)
        {
            report.Append("requested_subagent_type: ").Append(request.SubagentType).Append('\n');
        }

        return report.Append("actual_subagent_type: ").Append(record.SubagentType).Append("\nstatus: completed\n\n[summary]\n").Append(text).ToString();
    }

    private static ToolReturnValue Started(BackgroundTaskInfo task, SubagentRecord record) => ToolReturnValue.Ok(
        $"""
        task_id: {task.Id}
        kind: {task.Kind}
        status: {task.Status}
        description: {task.Description}
        agent_id: {record.AgentId}
        actual_subagent_type: {record.SubagentType}
        automatic_notification: true
        next_step: You will be automatically notified when it completes.
        next_step: Use TaskOutput with this task_id for a non-blocking status and output snapshot.
        resume_hint: Use Agent(resume="{record.AgentId}", prompt="...") to continue this instance later.
        """.ReplaceLineEndings("\n"),
        "Background task started.");
}
