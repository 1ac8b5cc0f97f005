using System.Collections.Concurrent;
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// Knows the jobs of a runspace. PowerShell makes one when the module is imported there, because the type is public; the
/// commands about jobs ask it. Without it Receive-Job -AutoRemoveJob could not remove a job of ours.
/// </summary>
public sealed class KimiJobSourceAdapter : JobSourceAdapter
{
    private static readonly ConditionalWeakTable<Runspace, KimiJobSourceAdapter> s_adapters = [];

    private readonly ConcurrentDictionary<Guid, Job2> _jobs = new();

    /// <summary>Makes the adapter of the runspace that imports the module.</summary>
    public KimiJobSourceAdapter()
    {
        Name = GetType().Name;
        if (Runspace.DefaultRunspace is Runspace here) { s_adapters.AddOrUpdate(here, this); }
    }

    /// <summary>Jobs are begun by Invoke-KimiTurn -AsJob alone.</summary>
    /// <param name="specification">Not used.</param>
    public override Job2 NewJob(JobInvocationInfo specification) => throw new PSNotSupportedException("A turn is run as a job by Invoke-KimiTurn -AsJob.");

    /// <summary>All jobs.</summary>
    public override IList<Job2> GetJobs() => Where(_ => true);

    /// <summary>The jobs of a name.</summary>
    /// <param name="name">The name; wildcards are allowed.</param>
    /// <param name="recurse">Not used: jobs have no children.</param>
    public override IList<Job2> GetJobsByName(string name, bool recurse)
    {
        WildcardPattern pattern = new(name, WildcardOptions.IgnoreCase);
        return Where(job => pattern.IsMatch(job.Name));
    }

    /// <summary>The jobs that a command began.</summary>
    /// <param name="command">The command; wildcards are allowed.</param>
    /// <param name="recurse">Not used: jobs have no children.</param>
    public override IList<Job2> GetJobsByCommand(string command, bool recurse)
    {
        WildcardPattern pattern = new(command, WildcardOptions.IgnoreCase);
        return Where(job => pattern.IsMatch(job.Command));
    }

    /// <summary>The job of an instance id; null if there is none.</summary>
    /// <param name="instanceId">The id.</param>
    /// <param name="recurse">Not used: jobs have no children.</param>
    public override Job2? GetJobByInstanceId(Guid instanceId, bool recurse) => _jobs.GetValueOrDefault(instanceId);

    /// <summary>The job of a number; null if there is none.</summary>
    /// <param name="id">The number.</param>
    /// <param name="recurse">Not used: jobs have no children.</param>
    public override Job2? GetJobBySessionId(int id, bool recurse) => _jobs.Values.FirstOrDefault(job => job.Id == id);

    /// <summary>The jobs in a state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="recurse">Not used: jobs have no children.</param>
    public override IList<Job2> GetJobsByState(JobState state, bool recurse) => Where(job => job.JobStateInfo.State == state);

    /// <summary>The jobs whose properties have certain values.</summary>
    /// <param name="filter">The values, by property.</param>
    /// <param name="recurse">Not used: jobs have no children.</param>
    public override IList<Job2> GetJobsByFilter(Dictionary<string, object> filter, bool recurse) => Where(job => filter.All(
        wanted => PSObject.AsPSObject(job).Properties[wanted.Key]?.Value is object value && LanguagePrimitives.Equals(value, wanted.Value, ignoreCase: true)));

    /// <summary>Stops a job and forgets it; the caller disposes it.</summary>
    /// <param name="job">The job.</param>
    public override void RemoveJob(Job2 job)
    {
        if (_jobs.TryRemove(job.InstanceId, out Job2? known)) { known.StopJob(); }
    }

    /// <summary>Gives a job to the adapter of a runspace; false if it has none.</summary>
    internal static bool TryAdd(Runspace owner, Job2 job) =>
        s_adapters.TryGetValue(owner, out KimiJobSourceAdapter? adapter) && adapter._jobs.TryAdd(job.InstanceId, job);

    private List<Job2> Where(Func<Job2, bool> test) => [.. _jobs.Values.Where(test)];
}
