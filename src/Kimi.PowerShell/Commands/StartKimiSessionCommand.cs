using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.Engine.Sessions;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Opens a session and makes it the current one of the runspace.</summary>
[Cmdlet(VerbsLifecycle.Start, Nouns.Session, DefaultParameterSetName = NewSet)]
[OutputType(typeof(SessionInfo))]
public sealed class StartKimiSessionCommand : SessionOptionsCommand
{
    /// <summary>The session to go on with; a new one of that id if there is none.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Alias("Id")]
    [ArgumentCompleter(typeof(StoredSessionCompleter))]
    public string? SessionId { get; set; }

    /// <inheritdoc/>
    [Parameter(ParameterSetName = NewSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Alias("Cwd")]
    public override string? WorkDirectory { get; set; }

    /// <summary>Goes on with the last session of the work directory.</summary>
    [Parameter]
    public SwitchParameter Continue { get; set; }

    /// <summary>The model.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ModelCompleter))]
    public string? Model { get; set; }

    /// <summary>Whether the model is asked to think.</summary>
    [Parameter]
    public SwitchParameter Thinking { get; set; }

    /// <summary>Starts in plan mode.</summary>
    [Parameter]
    public SwitchParameter PlanMode { get; set; }

    /// <summary>The most steps a turn may take.</summary>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaxStep { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Continue && SessionId is not null) { ThrowTerminatingError(Errors.Conflict(nameof(Continue), nameof(SessionId))); }
        if (SessionId is not null && !SessionStore.IsId(SessionId)) { ThrowTerminatingError(Errors.SessionIdInvalid(SessionId)); }
        if (SessionId is not null && SessionRegistry.Find(SessionId) is not null) { ThrowTerminatingError(Errors.SessionOpen(SessionId)); }

        SessionRequest request = Request(Model) with
        {
            SessionId = SessionId,
            Continue = Continue,
            Model = Model,
            Thinking = IsBound(nameof(Thinking)) ? Thinking.ToBool() : null,
            PlanMode = PlanMode,
            MaxStep = IsBound(nameof(MaxStep)) ? MaxStep : null,
        };
        Runspace owner = Runspace.DefaultRunspace;
        ApprovalPolicy policy = ApprovalPolicy.Default.With(GivenMode, Rules(AllowTool), Rules(DenyTool));
        OpenSession? session = null;
        try
        {
            session = Await(stop => EngineDoor.OpenAsync(request, owner.InstanceId, policy, stop));
        }
        catch (Exception e) when (e is not PipelineStoppedException)
        {
            ThrowTerminatingError(EngineErrors.Of(e, SessionId ?? request.HostName ?? request.WorkDirectory));
        }

        if (!SessionRegistry.TryAdd(session!))
        {
            Await(async _ =>
            {
                await session!.Engine.DisposeAsync().ConfigureAwait(false);
                return true;
            });
            ThrowTerminatingError(Errors.SessionOpen(session!.Id));
        }

        SessionRegistry.Watch(owner);
        SessionRegistry.MakeCurrent(session!);
        if (session!.TakeWarning() is string warning) { WriteWarning(warning); }
        WriteObject(session!.Describe(isCurrent: true));
    }
}
