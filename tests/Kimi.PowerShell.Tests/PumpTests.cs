using Kimi.PowerShell.Hosting;

namespace Kimi.PowerShell.Tests;

public sealed class PumpTests
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(20);
    private readonly List<int> _written = [];

    [Fact]
    public void Actions_run_in_order_on_the_calling_thread()
    {
        int thread = Environment.CurrentManagedThreadId;
        List<int> threads = [];
        Pump<List<int>>.Run(
            _written,
            async (pump, _) =>
            {
                for (int i = 0; i < 1000; i++)
                {
                    int n = i;
                    await pump.PostAsync(list => { list.Add(n); threads.Add(Environment.CurrentManagedThreadId); });
                }
            },
            s_grace, null, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 1000), _written);
        Assert.Equal([thread], threads.Distinct());
    }

    [Fact]
    public void What_the_work_throws_comes_out_after_everything_it_posted()
    {
        InvalidDataException thrown = Assert.Throws<InvalidDataException>(() => Pump<List<int>>.Run(
            _written,
            async (pump, _) =>
            {
                await pump.PostAsync(list => list.Add(1));
                throw new InvalidDataException("broken");
            },
            s_grace, null, TestContext.Current.CancellationToken));
        Assert.Equal("broken", thrown.Message);
        Assert.Equal([1], _written);
    }

    [Fact]
    public void A_consumer_that_throws_stops_the_work_and_waits_for_it()
    {
        bool ended = false;
        Assert.Throws<NotSupportedException>(() => Pump<List<int>>.Run(
            _written,
            async (pump, stop) =>
            {
                try
                {
                    for (int i = 0; ; i++)
                    {
                        int n = i;
                        await pump.PostAsync(list =>
                        {
                            list.Add(n);
                            if (n == 2) { throw new NotSupportedException("Select-Object -First"); }
                        });
                    }
                }
                finally
                {
                    await Task.Yield();
                    Assert.True(stop.IsCancellationRequested);
                    ended = true;
                }
            },
            s_grace, null, TestContext.Current.CancellationToken));
        Assert.True(ended);
        Assert.Equal([0, 1, 2], _written);
    }

    [Fact]
    public void A_stop_returns_quietly_once_the_work_has_ended()
    {
        using CancellationTokenSource stop = new();
        bool ended = false;
        Pump<List<int>>.Run(
            _written,
            async (pump, token) =>
            {
                await pump.PostAsync(_ => stop.Cancel());
                try { await Task.Delay(Timeout.Infinite, token); }
                finally { ended = true; }
            },
            s_grace, null, stop.Token);
        Assert.True(ended);
    }

    [Fact]
    public void Work_that_outlives_the_grace_period_is_abandoned()
    {
        using CancellationTokenSource stop = new();
        using ManualResetEventSlim release = new();
        bool abandoned = false;
        Pump<List<int>>.Run(
            _written,
            async (pump, _) =>
            {
                await pump.PostAsync(_ => stop.Cancel());
                await Task.Run(() => release.Wait(CancellationToken.None), CancellationToken.None);
            },
            TimeSpan.FromMilliseconds(20), () => abandoned = true, stop.Token);
        Assert.True(abandoned);
        release.Set();
    }

    [Fact]
    public void A_slow_consumer_slows_the_work_down()
    {
        int posted = 0;
        int most = 0;
        Pump<List<int>>.Run(
            _written,
            async (pump, _) =>
            {
                for (int i = 0; i < 2000; i++)
                {
                    await pump.PostAsync(list =>
                    {
                        list.Add(0);
                        most = Math.Max(most, Volatile.Read(ref posted) - list.Count);
                    });
                    Interlocked.Increment(ref posted);
                }
            },
            s_grace, null, TestContext.Current.CancellationToken);
        Assert.Equal(2000, _written.Count);
        Assert.InRange(most, 0, 257);
    }

    [Fact]
    public void A_question_is_answered_on_the_calling_thread()
    {
        int thread = Environment.CurrentManagedThreadId;
        int answer = 0;
        Pump<List<int>>.Run(
            _written,
            async (pump, _) => answer = await pump.AskAsync(_ => Environment.CurrentManagedThreadId),
            s_grace, null, TestContext.Current.CancellationToken);
        Assert.Equal(thread, answer);
    }

    [Fact]
    public void A_question_that_throws_ends_both_sides()
    {
        Exception? seen = null;
        Assert.Throws<NotSupportedException>(() => Pump<List<int>>.Run(
            _written,
            async (pump, _) =>
            {
                try { await pump.AskAsync<int>(_ => throw new NotSupportedException()); }
                catch (Exception e) { seen = e; }
            },
            s_grace, null, TestContext.Current.CancellationToken));
        Assert.NotNull(seen); // its own, or that of the stop that follows at once
    }

    [Fact]
    public void A_question_nobody_will_answer_any_more_does_not_hang()
    {
        using CancellationTokenSource stop = new();
        Exception? seen = null;
        Pump<List<int>>.Run(
            _written,
            async (pump, _) =>
            {
                await pump.PostAsync(_ => stop.Cancel());
                try { await pump.AskAsync(_ => 1); }
                catch (OperationCanceledException e) { seen = e; throw; }
            },
            s_grace, null, stop.Token);
        Assert.NotNull(seen);
    }

    [Fact]
    public void A_cancellation_that_is_no_stop_is_an_error()
    {
        // A timeout of the work itself must not look like Ctrl+C.
        Assert.ThrowsAny<OperationCanceledException>(() => Pump<List<int>>.Run(
            _written, (_, _) => throw new OperationCanceledException(), s_grace, null, TestContext.Current.CancellationToken));
    }
}
