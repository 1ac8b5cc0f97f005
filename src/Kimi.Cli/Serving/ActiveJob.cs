namespace Kimi.Cli.Serving;

/// <summary>The one turn or replay that may run at a time.</summary>
internal sealed class ActiveJob : IDisposable
{
    private readonly Lock _gate = new();
    private CancellationTokenSource? _cancellation;
    private Task _running = Task.CompletedTask;

    /// <summary>Whether one runs.</summary>
    public bool IsActive
    {
        get
        {
            lock (_gate)
            {
                return _cancellation is not null;
            }
        }
    }

    /// <summary>Starts a job; false when one runs. The work's first steps are done before this returns.</summary>
    /// <param name="work">The work; returns what to say when it has ended, which is said when the next job may come.</param>
    public bool TryStart(Func<CancellationToken, Task<Action>> work)
    {
        lock (_gate)
        {
            if (_cancellation is not null)
            {
                return false;
            }

            _cancellation = new CancellationTokenSource();
            _running = RunAsync(work, _cancellation);
            return true;
        }
    }

    /// <summary>Cancels what runs; completes when all that listens for it has been told.</summary>
    public Task CancelAsync()
    {
        lock (_gate)
        {
            return _cancellation?.CancelAsync() ?? Task.CompletedTask;
        }
    }

    /// <summary>Waits for the end of what runs, though not for ever.</summary>
    public Task WaitAsync(TimeSpan patience) => Task.WhenAny(_running, Task.Delay(patience));

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _cancellation?.Dispose();
        }
    }

    private async Task RunAsync(Func<CancellationToken, Task<Action>> work, CancellationTokenSource cancellation)
    {
        Task<Action> task = work(cancellation.Token);
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        Action? say = null;
        try
        {
            say = await task.ConfigureAwait(false);
        }
        finally
        {
            lock (_gate)
            {
                _cancellation = null;
            }

            cancellation.Dispose();
        }

        say();
    }
}
