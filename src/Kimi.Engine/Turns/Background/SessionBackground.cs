using Kimi.Engine.Chat;
using Kimi.Engine.Tools;

namespace Kimi.Engine.Turns.Background;

/// <summary>The background tasks of a session, for the face that shows it.</summary>
public sealed class SessionBackground
{
    private const string DefaultReason = "Killed by user";

    private readonly BackgroundTasks _tasks;
    private readonly NotificationFeed _feed;
    private readonly ModelNews _news;

    internal SessionBackground(BackgroundTasks tasks, NotificationFeed feed)
    {
        _tasks = tasks;
        _feed = feed;
        _news = new ModelNews(tasks);
    }

    /// <summary>Takes the lines about tasks killed at the end of the session; for standard error.</summary>
    public Action<string>? Notice { get; set; }

    /// <summary>Whether tasks outlive the session.</summary>
    public bool KeepsAlive => _tasks.Settings.Config.KeepAliveOnExit;

    /// <summary>What to say to the model because tasks have ended while nothing was going on; null when there is nothing new.</summary>
    public UserInput? TakeFollowUp()
    {
        _tasks.Reconcile();
        return _news.Take() ? new UserInput("<system-reminder>Background tasks completed while you were idle.</system-reminder>") : null;
    }

    /// <summary>All tasks, the one updated last first.</summary>
    public IReadOnlyList<BackgroundTaskInfo> List()
    {
        _tasks.Reconcile();
        return _tasks.List();
    }

    /// <summary>One task; null when there is none of that id.</summary>
    public BackgroundTaskInfo? Find(string id)
    {
        _tasks.Reconcile();
        return _tasks.Find(id);
    }

    /// <summary>A task's output from a position on, at most the configured number of bytes.</summary>
    /// <returns>The text, the position behind it, and whether that is the end for now.</returns>
    public (string Text, long Next, bool AtEnd) ReadOutput(string id, long offset) =>
        _tasks.FindView(id) is TaskView view ? TaskOutput.Read(view.Files.OutputPath, offset, _tasks.Settings.Config.ReadMaxBytes) : ("", 0, true);

    /// <summary>The last lines of a task's output, as many as a notification has.</summary>
    public string ReadTail(string id) =>
        _tasks.FindView(id) is TaskView view
            ? TaskOutput.Tail(view.Files.OutputPath, _tasks.Settings.Config.NotificationTailChars, _tasks.Settings.Config.NotificationTailLines)
            : "";

    /// <summary>Asks a task to end; returns its state at that moment, null when there is none of that id.</summary>
    public BackgroundTaskInfo? Stop(string id, string? reason = null) =>
        _tasks.FindView(id) is null ? null : _tasks.Stop(id, string.IsNullOrWhiteSpace(reason) ? DefaultReason : reason).ToInfo();

    /// <summary>Waits until a task has ended or the time is over; null when there is none of that id.</summary>
    public async Task<BackgroundTaskInfo?> WaitAsync(string id, TimeSpan timeout, CancellationToken cancellationToken) =>
        _tasks.FindView(id) is null ? null : await _tasks.WaitAsync(id, timeout, cancellationToken).ConfigureAwait(false);

    /// <summary>Begins to wait for the tasks of a run without a person; null when there are none, or they outlive the session anyway.</summary>
    public BackgroundWait? BeginWait() => KeepsAlive || !_tasks.Exist ? null : new BackgroundWait(_tasks);

    /// <summary>What waits for a terminal to show, one line each, and takes it as shown.</summary>
    public IReadOnlyList<string> TakeToasts(int limit = 8)
    {
        _tasks.Reconcile();
        List<string> lines = [];
        foreach (Notification notification in _tasks.Notifications.Claim(NotificationSinks.Shell, limit))
        {
            lines.Add($"[{notification.Type}] {notification.Title}");
            _tasks.Notifications.Acknowledge(NotificationSinks.Shell, notification.Id);
        }

        return lines;
    }

    /// <summary>Sends what waits for the wire now; while a turn runs that happens by itself.</summary>
    public void Announce() => _feed.Announce();
}
