using System.Globalization;
using System.Text;
using Kimi.Engine.Chat;
using Kimi.Engine.Configuration;

namespace Kimi.Engine.Turns.Background;

/// <summary>A turn to run because of background tasks.</summary>
/// <param name="Prompt">What to say; the program itself speaks (<see cref="TurnOptions.IsSynthetic"/>).</param>
/// <param name="Notice">A line for standard error first; null for none.</param>
public sealed record BackgroundFollowUp(UserInput Prompt, string? Notice);

/// <summary>
/// Waits, after a run without a person, for the background tasks it left behind. Call <see cref="NextAsync"/> and run the turn
/// it gives, until it gives none.
/// </summary>
public sealed class BackgroundWait
{
    private const string TimeoutReason = "print_wait_timeout";

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly BackgroundTasks _tasks;
    private readonly TimeProvider _time;
    private readonly long _start;
    private readonly int _limitSeconds;
    private readonly ModelNews _news;
    private bool _done;

    internal BackgroundWait(BackgroundTasks tasks)
    {
        _tasks = tasks;
        _news = new ModelNews(tasks);
        _time = tasks.Settings.Time;
        _start = _time.GetTimestamp();
        BackgroundConfig config = tasks.Settings.Config;
        _limitSeconds = config.PrintWaitCeilingS;
        List<TaskView> active = tasks.Active();
        if (active.Count > 0)
        {
            _limitSeconds = Math.Min(_limitSeconds, active.Max(view => view.Spec.TimeoutSeconds ?? config.AgentTaskTimeoutS));
        }
    }

    /// <summary>Whether the time ran out: the program then ends as failed.</summary>
    public bool TimedOut { get; private set; }

    /// <summary>Waits for the next turn to run; null when there is nothing left to wait for.</summary>
    public async Task<BackgroundFollowUp?> NextAsync(CancellationToken cancellationToken)
    {
        while (!_done)
        {
            _tasks.Reconcile();
            if (_news.Take())
            {
                return new BackgroundFollowUp(
                    new UserInput("<system-reminder>Background tasks have completed. Process their results.</system-reminder>"), Notice: null);
            }

            List<TaskView> active = _tasks.Active();
            if (active.Count == 0)
            {
                break;
            }

            if (_time.GetElapsedTime(_start) >= TimeSpan.FromSeconds(_limitSeconds))
            {
                _done = true;
                TimedOut = true;
                return GiveUp(active);
            }

            await Task.Delay(s_interval, _time, cancellationToken).ConfigureAwait(false);
        }

        _done = true;
        return null;
    }

    private BackgroundFollowUp GiveUp(List<TaskView> active)
    {
        StringBuilder text = new("<system-reminder>The time to wait for background tasks is over. These tasks were still running:\n");
        int killed = 0;
        foreach (TaskView view in active)
        {
            string outcome = Kill(view.Spec.Id);
            killed += outcome == "kill requested" ? 1 : 0;
            text.Append("  - ").Append(view.Spec.Id).Append(": ").Append(view.Spec.Description).Append(" (").Append(outcome).Append(")\n");
        }

        text.Append("Say what was done and what was not. Start no more background tasks.</system-reminder>");
        return new BackgroundFollowUp(
            new UserInput(text.ToString()),
            string.Create(CultureInfo.InvariantCulture, $"timed out waiting for background tasks ({_limitSeconds}s), killed {killed} tasks"));
    }

    private string Kill(string id)
    {
        try
        {
            // What ends by this very request counts as killed; what had ended before does not.
            return _tasks.FindView(id) is { IsTerminal: true } || _tasks.Stop(id, TimeoutReason) is { IsTerminal: true, Runtime.FailureReason: not TimeoutReason }
                ? "already finished"
                : "kill requested";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return "kill failed";
        }
    }
}
