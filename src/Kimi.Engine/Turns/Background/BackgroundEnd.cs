using Kimi.Engine.Text;

namespace Kimi.Engine.Turns.Background;

/// <summary>What happens to background tasks when their session ends.</summary>
internal static class BackgroundEnd
{
    private const string Reason = "CLI session ended";

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan s_agentPatience = TimeSpan.FromSeconds(5);

    /// <summary>Kills what still runs, waits for it as long as it may take to end by itself, and says what was done.</summary>
    /// <param name="tasks">The tasks.</param>
    /// <param name="notice">Takes lines for people.</param>
    public static async Task RunAsync(BackgroundTasks tasks, Action<string> notice)
    {
        if (!tasks.Exist)
        {
            return;
        }

        if (tasks.Settings.Config.KeepAliveOnExit)
        {
            await tasks.EndAgentsAsync(s_agentPatience).ConfigureAwait(false);
            return;
        }

        List<TaskView> doomed = tasks.Active().FindAll(static view => view.Files.ReadControl().KillRequestedAt is null);
        if (doomed.Count == 0)
        {
            return;
        }

        notice($"⚠  Killing {doomed.Count} background tasks:");
        foreach (TaskView view in doomed)
        {
            notice($"  {view.Spec.Id}  {Shortened(view.Spec.Description)}");
        }

        HashSet<string> failed = new(StringComparer.Ordinal);
        foreach (TaskView view in doomed)
        {
            try
            {
                tasks.Stop(view.Spec.Id, Reason);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                failed.Add(view.Spec.Id);
            }
        }

        await tasks.EndAgentsAsync(s_agentPatience).ConfigureAwait(false);
        await WaitAsync(tasks).ConfigureAwait(false);
        tasks.Reconcile();
        List<TaskView> left = tasks.Active();
        int running = left.Count(view => failed.Contains(view.Spec.Id));
        if (running > 0)
        {
            notice($"  ({running} tasks still running; stop request failed)");
        }

        if (left.Count > running)
        {
            notice($"  ({left.Count - running} tasks still terminating)");
        }
    }

    private static async Task WaitAsync(BackgroundTasks tasks)
    {
        TimeProvider time = TimeProvider.System;
        TimeSpan grace = TimeSpan.FromMilliseconds(tasks.Settings.Config.KillGracePeriodMs);
        long start = time.GetTimestamp();
        while (tasks.Active().Count > 0 && time.GetElapsedTime(start) < grace)
        {
            await Task.Delay(s_poll).ConfigureAwait(false);
        }
    }

    private static string Shortened(string description)
    {
        description = description.ReplaceLineEndings(" ");
        return CodePoints.Count(description) > 60 ? CodePoints.Take(description, 57) + "..." : description;
    }
}
