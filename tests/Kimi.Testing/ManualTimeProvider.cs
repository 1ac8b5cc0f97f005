namespace Kimi.Testing;

/// <summary>A clock that stands still until a test moves it; timers fire as it passes them.</summary>
public sealed class ManualTimeProvider(DateTimeOffset? start = null) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start ?? new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Due times of all timers that were set, in the order of setting.</summary>
    public List<TimeSpan> Waits { get; } = [];

    /// <summary>Whether every timer is due at once; then <see cref="Waits"/> tells what was waited for.</summary>
    public bool IsImmediate { get; init; }

    /// <summary>Timers with a longer due time than this never fire by themselves when <see cref="IsImmediate"/> is set: time-outs.</summary>
    public TimeSpan ImmediateUpTo { get; init; } = TimeSpan.FromSeconds(120);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <summary>Moves the clock.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset end;
        lock (_lock)
        {
            end = _now + by;
        }

        while (true)
        {
            ManualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(timer => timer.Due <= end).MinBy(static timer => timer.Due);
                if (due is null)
                {
                    _now = end;
                    return;
                }

                _now = due.Due!.Value > _now ? due.Due.Value : _now;
                due.Restart();
            }

            due.Fire();
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public DateTimeOffset? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            bool now;
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                _period = period;
                Due = null;
                if (dueTime == Timeout.InfiniteTimeSpan)
                {
                    return true;
                }

                owner.Waits.Add(dueTime);
                now = owner.IsImmediate && dueTime <= owner.ImmediateUpTo;
                if (now)
                {
                    owner._now += dueTime;
                }
                else
                {
                    Due = owner._now + dueTime;
                    owner._timers.Add(this);
                }
            }

            if (now)
            {
                ThreadPool.UnsafeQueueUserWorkItem(static timer => timer.Fire(), this, preferLocal: false);
            }

            return true;
        }

        public void Restart()
        {
            owner._timers.Remove(this);
            Due = null;
            if (_period > TimeSpan.Zero)
            {
                Due = owner._now + _period;
                owner._timers.Add(this);
            }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
                Due = null;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
