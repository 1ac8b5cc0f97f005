using System.Management.Automation;
using System.Management.Automation.Runspaces;
using Kimi.PowerShell.Completers;
using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Commands;

/// <summary>Commands that do something with open sessions: those given, or the current one.</summary>
public abstract class SessionTargetCommand : KimiCmdlet
{
    /// <summary>The sessions, or their ids; the current one if none is given.</summary>
    [Parameter(ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [Alias("SessionId", "Id")]
    [ArgumentCompleter(typeof(SessionIdCompleter))]
    public virtual string[]? Session { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Session is null)
        {
            if (MyInvocation.ExpectingInput) { return; } // an empty pipeline is not "the current one"
            if (SessionRegistry.Current(Runspace.DefaultRunspace.InstanceId) is OpenSession current) { Process(current); }
            else { WriteError(Errors.NoCurrentSession()); }
            return;
        }

        foreach (string id in Session)
        {
            if (SessionRegistry.Find(id) is OpenSession session) { Process(session); }
            else { WriteError(Errors.SessionNotFound(id)); }
        }
    }

    /// <summary>Does what the command does with one session.</summary>
    private protected abstract void Process(OpenSession session);

    /// <summary>Runs engine work; an error of it is written, not thrown, because the next session may do better.</summary>
    private protected bool Try<T>(OpenSession session, Func<CancellationToken, Task<T>> work, out T result)
    {
        result = default!;
        try
        {
            result = Await(work);
            return true;
        }
        catch (Exception e) when (e is not PipelineStoppedException)
        {
            WriteError(EngineErrors.Of(e, session.Id));
            return false;
        }
    }

    /// <summary>The session as it is now.</summary>
    private protected static SessionInfo Describe(OpenSession session) =>
        session.Describe(session == SessionRegistry.Current(Runspace.DefaultRunspace.InstanceId));
}
