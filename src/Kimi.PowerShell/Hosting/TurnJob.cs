using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// A turn as a job: Invoke-KimiTurn in a runspace of its own, whose streams are those of the job. Nobody can be asked there.
/// </summary>
internal sealed class TurnJob : Job2
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);

    private readonly System.Management.Automation.PowerShell _shell;
    private readonly PSDataCollection<PSObject> _input;

    internal TurnJob(string command, string name, string module, string location, PSLanguageMode language, IDictionary parameters, IEnumerable<PSObject> input)
        : base(command, name)
    {
        PSJobTypeName = "Kimi";
        InitialSessionState state = InitialSessionState.CreateDefault2();
        state.ImportPSModule([module]);
        Runspace runspace = RunspaceFactory.CreateRunspace(state);
        runspace.Name = "Kimi";
        runspace.Open();
        runspace.SessionStateProxy.Path.SetLocation(WildcardPattern.Escape(location));
        runspace.SessionStateProxy.LanguageMode = language; // no way out of a session that has not the full one
        _shell = System.Management.Automation.PowerShell.Create();
        _shell.Runspace = runspace;
        _shell.AddCommand("Kimi\\Invoke-KimiTurn").AddParameters(parameters);
        _input = [.. input];
        _input.Complete();
        Error = _shell.Streams.Error;
        Warning = _shell.Streams.Warning;
        Verbose = _shell.Streams.Verbose;
        Debug = _shell.Streams.Debug;
        Progress = _shell.Streams.Progress;
        Information = _shell.Streams.Information;
        _shell.InvocationStateChanged += OnStateChanged;
    }

    /// <summary>Whether there is output that was not received yet.</summary>
    public override bool HasMoreData => Output.Count > 0 || Error.Count > 0 || Warning.Count > 0 || Verbose.Count > 0 || Debug.Count > 0 || Information.Count > 0;

    /// <summary>Where the job runs: here.</summary>
    public override string Location => "localhost";

    /// <summary>What the job is doing.</summary>
    public override string StatusMessage => Progress.Count > 0 && Progress[^1] is ProgressRecord { RecordType: ProgressRecordType.Processing } last ? last.StatusDescription : "";

    /// <summary>Begins the turn.</summary>
    public override void StartJob()
    {
        SetJobState(JobState.Running);
        _shell.BeginInvoke(_input, Output);
    }

    /// <summary>Begins the turn.</summary>
    public override void StartJobAsync()
    {
        StartJob();
        OnStartJobCompleted(new(null, false, null));
    }

    /// <summary>Cancels the turn and waits until it has ended.</summary>
    public override void StopJob()
    {
        if (IsFinishedState(JobStateInfo.State)) { return; }
        SetJobState(JobState.Stopping);
        _shell.BeginStop(null, null);
        Finished.WaitOne(s_grace);
    }

    /// <summary>Cancels the turn.</summary>
    public override void StopJobAsync()
    {
        if (IsFinishedState(JobStateInfo.State)) { return; }
        SetJobState(JobState.Stopping);
        _shell.BeginStop(_ => OnStopJobCompleted(new(null, false, null)), null);
    }

    /// <summary>Cancels the turn.</summary>
    /// <param name="force">Not used: a turn always ends at once.</param>
    /// <param name="reason">Not used.</param>
    public override void StopJob(bool force, string reason) => StopJob();

    /// <summary>Cancels the turn.</summary>
    /// <param name="force">Not used: a turn always ends at once.</param>
    /// <param name="reason">Not used.</param>
    public override void StopJobAsync(bool force, string reason) => StopJobAsync();

    /// <summary>A turn cannot be suspended.</summary>
    public override void SuspendJob() => throw new PSNotSupportedException("A turn cannot be suspended.");

    /// <summary>A turn cannot be suspended.</summary>
    /// <param name="force">Not used.</param>
    /// <param name="reason">Not used.</param>
    public override void SuspendJob(bool force, string reason) => SuspendJob();

    /// <summary>A turn cannot be suspended.</summary>
    public override void SuspendJobAsync() => SuspendJob();

    /// <summary>A turn cannot be suspended.</summary>
    /// <param name="force">Not used.</param>
    /// <param name="reason">Not used.</param>
    public override void SuspendJobAsync(bool force, string reason) => SuspendJob();

    /// <summary>A turn cannot be suspended.</summary>
    public override void ResumeJob() => SuspendJob();

    /// <summary>A turn cannot be suspended.</summary>
    public override void ResumeJobAsync() => SuspendJob();

    /// <summary>A turn in a job never waits for a person.</summary>
    public override void UnblockJob()
    {
    }

    /// <summary>A turn in a job never waits for a person.</summary>
    public override void UnblockJobAsync()
    {
    }

    /// <summary>Ends the job and frees its runspace.</summary>
    /// <param name="disposing">Whether it was called by Dispose.</param>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopJob();
            _shell.Dispose();
            _input.Dispose();
        }

        base.Dispose(disposing);
    }

    private static bool IsFinishedState(JobState state) => state is JobState.Completed or JobState.Failed or JobState.Stopped;

    // The reason can be given in the PowerShell that runs us, but not in the reference we compile against.
    private void End(JobState state, Exception? reason)
    {
        MethodInfo? withReason = reason is null ? null : typeof(Job2).GetMethod(
            nameof(SetJobState), BindingFlags.Instance | BindingFlags.NonPublic, [typeof(JobState), typeof(Exception)]);
        if (withReason is not null) { withReason.Invoke(this, [state, reason]); }
        else { SetJobState(state); }
    }

    private void OnStateChanged(object? sender, PSInvocationStateChangedEventArgs e)
    {
        JobState? state = e.InvocationStateInfo.State switch
        {
            PSInvocationState.Completed => JobState.Completed,
            PSInvocationState.Failed => JobState.Failed,
            PSInvocationState.Stopped => JobState.Stopped,
            _ => null,
        };
        if (state is not JobState ended) { return; }
        _shell.Runspace.CloseAsync();
        End(ended, e.InvocationStateInfo.Reason);
    }
}
