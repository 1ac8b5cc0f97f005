namespace Kimi.Engine.Turns.Background;

/// <summary>While a run lasts, looks once a second for notifications for the wire, and once more at its end. Idle until there are tasks.</summary>
internal sealed class NotificationPump : IAsyncDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly BackgroundTasks _tasks;
    private readonly NotificationFeed _feed;
    private readonly Lock _gate = new();
    private ITimer? _timer;
    private bool _ended;

    public NotificationPump(BackgroundTasks tasks, NotificationFeed feed)
    {
        _tasks = tasks;
        _feed = feed;
        _tasks.Appeared = Start;
        if (_tasks.Exist)
        {
            Start();
        }
    }

    public async ValueTask DisposeAsync()
    {
        ITimer? timer;
        lock (_gate)
        {
            _ended = true;
            _tasks.Appeared = null;
            timer = _timer;
        }

        if (timer is not null)
        {
            await timer.DisposeAsync().ConfigureAwait(false);
            Poll();
        }
    }

    private void Start()
    {
        lock (_gate)
        {
            if (!_ended)
            {
                _timer ??= _tasks.Settings.Time.CreateTimer(static pump => ((NotificationPump)pump!).Poll(), this, s_interval, s_interval);
            }
        }
    }

    private void Poll()
    {
        try
        {
            _feed.Announce();
        }
        catch (Exception e)
        {
            // On a timer's thread an exception would end the process.
            _tasks.Settings.Log("Error", $"Looking for notifications failed: {e}");
        }
    }
}
