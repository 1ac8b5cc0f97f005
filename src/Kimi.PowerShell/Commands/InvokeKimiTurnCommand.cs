using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Runs one turn: the model thinks and calls tools until it has an answer.</summary>
[Cmdlet(VerbsLifecycle.Invoke, Nouns.Turn, DefaultParameterSetName = NewSet, SupportsShouldProcess = true)]
[OutputType(typeof(TurnEvent), typeof(TurnResult), typeof(PSObject), typeof(Job))]
public sealed class InvokeKimiTurnCommand : SessionOptionsCommand
{
    private const string SessionSet = "Session";

    private static int s_jobs;

    private readonly ContextText _context = new();
    private readonly List<PSObject> _jobInput = [];
    private OpenSession? _session;
    private AnswerSchema? _schema;

    /// <summary>What the agent shall do.</summary>
    [Parameter(Position = 0)]
    [AllowEmptyString]
    public string? Prompt { get; set; }

    /// <summary>Context for this one turn: text, objects, files, errors.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The session, or its id.</summary>
    [Parameter(Mandatory = true, ParameterSetName = SessionSet)]
    [ValidateNotNullOrEmpty]
    [Alias("SessionId", "Id")]
    [ArgumentCompleter(typeof(SessionIdCompleter))]
    public string? Session { get; set; }

    /// <summary>The model.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>Whether the model is asked to think.</summary>
    [Parameter(ParameterSetName = NewSet)]
    public SwitchParameter Thinking { get; set; }

    /// <summary>The most steps the turn may take.</summary>
    [Parameter(ParameterSetName = NewSet)]
    [ValidateRange(1, int.MaxValue)]
    public int MaxStep { get; set; }

    /// <summary>The most tokens the turn may use, in and out.</summary>
    [Parameter]
    [ValidateRange(1, long.MaxValue)]
    public long MaxToken { get; set; }

    /// <summary>The most the turn may cost, in the currency of the configured prices.</summary>
    [Parameter]
    [ValidateRange(0.0, 1e15)]
    public decimal MaxCost { get; set; }

    /// <summary>The most seconds the turn may take.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue / 1000)]
    public int TimeoutSec { get; set; }

    /// <summary>Emits the result alone.</summary>
    [Parameter]
    public SwitchParameter ResultOnly { get; set; }

    /// <summary>Emits fragments of the answer as they arrive.</summary>
    [Parameter]
    public SwitchParameter IncludeDelta { get; set; }

    /// <summary>The form of the answer: a JSON Schema as text or hashtable, or a type.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? OutputSchema { get; set; }

    /// <summary>The outcomes that end the command with a terminating error.</summary>
    [Parameter]
    public FailOn[]? FailOn { get; set; }

    /// <summary>Runs the turn as a job and returns it at once.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // What cannot work is refused before input is waited for.
        _schema = Schema();
        _ = Rules(AllowTool);
        _ = Rules(DenyTool);
        if (Session is not null) { _session = Open(Session); }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        switch (InputObject?.BaseObject)
        {
            case null:
                break;
            case not null when AsJob:
                _jobInput.Add(InputObject);
                break;
            case SessionInfo info:
                _session = Open(info.Id); // a session that is piped in is where, not what
                break;
            default:
                if (!_context.TryAdd(this, InputObject)) { ThrowTerminatingError(Errors.ContextTooLarge(ContextText.MaxLength)); }
                break;
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (AsJob)
        {
            StartJob();
            return;
        }

        string? context = _context.Finish(this);
        if (context is null) { ThrowTerminatingError(Errors.ContextTooLarge(ContextText.MaxLength)); }
        string prompt = Compose(Prompt ?? "", context!);
        if (prompt.Length == 0) { ThrowTerminatingError(Errors.NoPrompt()); }

        _session ??= OpensSession ? null : SessionRegistry.Current(Runspace.DefaultRunspace.InstanceId);
        SessionRequest? open = _session is not null ? null : Request(Model) with
        {
            Model = Model,
            Thinking = IsBound(nameof(Thinking)) ? Thinking.ToBool() : null,
            MaxStep = IsBound(nameof(MaxStep)) ? MaxStep : null,
        };
        ApprovalPolicy policy = _session?.Policy ?? ApprovalPolicy.Default;
        TurnRequest request = new()
        {
            Prompt = prompt,
            Media = _context.Media,
            Policy = policy.With(GivenMode, Rules(AllowTool), Rules(DenyTool)),
            DryRun = IsDryRun,
            Confirm = AsksForEach,
            IncludeDelta = IncludeDelta,
            ResultOnly = ResultOnly,
            Schema = _schema,
            DataOnly = _schema is not null && !ResultOnly,
            MaxToken = IsBound(nameof(MaxToken)) ? MaxToken : null,
            MaxCost = IsBound(nameof(MaxCost)) ? MaxCost : null,
            Timeout = IsBound(nameof(TimeoutSec)) ? TimeSpan.FromSeconds(TimeoutSec) : null,
        };
        (TurnResult? result, Exception? error) = Run(open, request);
        if (result is not null) { Judge(result, error); }
        else if (error is not null) { ThrowTerminatingError(EngineErrors.Of(error, _session?.Id ?? open?.HostName ?? open?.WorkDirectory)); }
    }

    private protected override void Abandon() => _session?.Kill();

    /// <summary>Whether a parameter asks for a session of its own.</summary>
    private bool OpensSession => IsBound(
        nameof(HostName), nameof(InProcess), nameof(WorkDirectory), nameof(AddDirectory), nameof(ConfigFile), nameof(ApiKey), nameof(ApiKeySecret), nameof(AgentFile), nameof(McpConfigFile), nameof(SkillPath),
        nameof(Model), nameof(Thinking), nameof(MaxStep), nameof(Record), nameof(Replay));

    private static string Compose(string prompt, string context) =>
        string.IsNullOrWhiteSpace(context) ? string.IsNullOrWhiteSpace(prompt) ? "" : prompt
        : string.IsNullOrWhiteSpace(prompt) ? context
        : $"{prompt}\n\n<input>\n{context}\n</input>";

    private void StartJob()
    {
        Dictionary<string, object?> parameters = new(MyInvocation.BoundParameters, StringComparer.OrdinalIgnoreCase);
        foreach (string own in (string[])[nameof(AsJob), nameof(InputObject), "OutVariable", "PipelineVariable", "ErrorVariable", "WarningVariable", "InformationVariable"])
        {
            parameters.Remove(own);
        }

        // What the job is about, and what it may do, must be settled here: its runspace has neither current session nor preferences.
        if (InProcess && SessionState.LanguageMode != PSLanguageMode.FullLanguage) { ThrowTerminatingError(Errors.LanguageMode(nameof(InProcess))); }
        if (IsDryRun) { parameters["WhatIf"] = true; }
        if (AsksForEach) { parameters["Confirm"] = true; }
        if (_session is null && !OpensSession) { _session = SessionRegistry.Current(Runspace.DefaultRunspace.InstanceId); }
        if (_session is not null) { parameters[nameof(Session)] = _session.Id; }
        TurnJob job = new(
            MyInvocation.Line, $"Kimi{Interlocked.Increment(ref s_jobs)}", System.IO.Path.Join(MyInvocation.MyCommand.Module.ModuleBase, "Kimi.psd1"),
            SessionState.Path.CurrentFileSystemLocation.ProviderPath, SessionState.LanguageMode, parameters, _jobInput);
        if (!KimiJobSourceAdapter.TryAdd(Runspace.DefaultRunspace, job)) { JobRepository.Add(job); }
        job.StartJob();
        WriteObject(job);
    }

    private AnswerSchema? Schema()
    {
        if (OutputSchema is null) { return null; }
        try
        {
            return AnswerSchema.Of(OutputSchema);
        }
        catch (FormatException e)
        {
            ThrowTerminatingError(Errors.SchemaInvalid(e, OutputSchema));
            return null;
        }
    }

    private OpenSession Open(string id)
    {
        if (SessionRegistry.Find(id) is OpenSession session) { return session; }
        ThrowTerminatingError(Errors.SessionNotFound(id));
        throw new InvalidOperationException(); // not reached
    }

    private bool IsDryRun => Preference("WhatIf", "WhatIfPreference", value => LanguagePrimitives.IsTrue(value));

    private bool AsksForEach => Preference("Confirm", "ConfirmPreference", value => AsksFrom(value, ConfirmImpact.Medium));

    private bool Preference(string parameter, string variable, Func<object?, bool> test) =>
        MyInvocation.BoundParameters.ContainsKey(parameter) ? LanguagePrimitives.IsTrue(Given(parameter, variable)) : test(Given(parameter, variable));

    private (TurnResult? Result, Exception? Error) Run(SessionRequest? open, TurnRequest request)
    {
        TurnRunner? runner = null;
        Exception? error = null;
        RunPump(async (pump, stop) =>
        {
            // What the engine throws is kept apart from what the pipeline throws: only the first is ours to report.
            try
            {
                OpenSession session = _session ??= await EngineDoor.OpenAsync(open!, Guid.Empty, request.Policy, stop).ConfigureAwait(false);
                try
                {
                    if (session.TakeWarning() is string warning) { await pump.PostAsync(cmdlet => cmdlet.WriteWarning(warning)).ConfigureAwait(false); }
                    runner = new TurnRunner(session, request, pump);
                    await runner.RunAsync(stop).ConfigureAwait(false);
                }
                finally
                {
                    if (open is not null) { await session.Engine.DisposeAsync().ConfigureAwait(false); }
                }
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                error = e;
            }
        });
        return (runner?.Result, error ?? runner?.Error);
    }

    /// <summary>Makes an outcome that is no success visible; the result itself was emitted before.</summary>
    private void Judge(TurnResult result, Exception? error)
    {
        ErrorRecord? record = result switch
        {
            { Status: TurnStatus.Failed } => EngineErrors.Of(error!, result),
            { StopReason: TurnStopReason.Timeout } => Errors.Timeout(new TimeoutException(result.ErrorMessage), result),
            { StopReason: TurnStopReason.Budget } => Errors.BudgetExceeded(result),
            { Status: TurnStatus.Truncated } => Errors.TurnTruncated(result),
            { Status: TurnStatus.Cancelled } => Errors.TurnCancelled(result),
            { Status: TurnStatus.Denied } => Errors.TurnDenied(result),
            { DeniedCount: > 0 } when Fails(Kimi.FailOn.Denied) => Errors.TurnDenied(result),
            _ when string.IsNullOrWhiteSpace(result.Text) && Fails(Kimi.FailOn.NoContent) => Errors.NoContent(result),
            _ => null,
        };
        if (record is null) { return; }
        bool ends = result switch
        {
            { Status: TurnStatus.Failed } => Fails(Kimi.FailOn.Error) || EngineErrors.IsPointless(error!),
            { StopReason: TurnStopReason.Timeout or TurnStopReason.Budget } => Fails(Kimi.FailOn.BudgetExceeded),
            { Status: TurnStatus.Truncated } => Fails(Kimi.FailOn.Truncated),
            { Status: TurnStatus.Cancelled } => Fails(Kimi.FailOn.Error),
            { Status: TurnStatus.Denied } => Fails(Kimi.FailOn.Denied),
            _ => true,
        };
        if (ends) { ThrowTerminatingError(record); }
        WriteError(record);
    }

    private bool Fails(FailOn outcome) => FailOn is not null && Array.IndexOf(FailOn, outcome) >= 0;
}
