namespace Kimi.Cli.Interactive;

/// <summary>Lines typed at the terminal. A read that nobody waits for any more stays open, and its line goes to the next who asks.</summary>
internal sealed class ConsoleLines
{
    private readonly Lock _gate = new();
    private Task<string?>? _reading;

    /// <summary>Whether a line may have been begun: nothing should be written into it.</summary>
    public bool IsBegun
    {
        get
        {
            lock (_gate)
            {
                return _reading is not null || Console.IsInputRedirected || Console.KeyAvailable;
            }
        }
    }

    /// <summary>The next line; null at the end of input.</summary>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        Task<string?> reading;
        lock (_gate)
        {
            reading = _reading ??= Task.Factory.StartNew(Console.In.ReadLine, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        string? line = await reading.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_gate)
        {
            _reading = null;
        }

        return line;
    }

    /// <summary>Drops what was typed before anything was asked: it can be no answer.</summary>
    public void DropTyped()
    {
        lock (_gate)
        {
            if (_reading is { IsCompleted: true })
            {
                _reading = null;
            }

            while (_reading is null && !Console.IsInputRedirected && Console.KeyAvailable)
            {
                Console.ReadKey(intercept: true);
            }
        }
    }
}
