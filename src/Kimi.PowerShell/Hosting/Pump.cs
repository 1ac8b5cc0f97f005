using System.Runtime.ExceptionServices;
using System.Threading.Channels;

namespace Kimi.PowerShell.Hosting;

/// <summary>
/// Stands between the asynchronous engine and the one thread that may talk to PowerShell. Work runs in the background
/// and posts actions; the pipeline thread runs them in order. The queue is bounded: a slow consumer slows the work down.
/// </summary>
/// <typeparam name="T">What the actions act on: the cmdlet.</typeparam>
internal sealed class Pump<T>
{
    private readonly ChannelWriter<Action<T>> _queue;
    private readonly CancellationToken _stop;

    private Pump(ChannelWriter<Action<T>> queue, CancellationToken stop)
    {
        _queue = queue;
        _stop = stop;
    }

    /// <summary>Posts an action to the pipeline thread; waits only while the queue is full.</summary>
    public ValueTask PostAsync(Action<T> action) => _queue.WriteAsync(action, _stop);

    /// <summary>Posts an action that may be lost: the queue is full, or nobody reads it any more.</summary>
    public bool TryPost(Action<T> action) => _queue.TryWrite(action);

    /// <summary>Runs a function on the pipeline thread and waits for its result.</summary>
    public async Task<TResult> AskAsync<TResult>(Func<T, TResult> question)
    {
        TaskCompletionSource<TResult> reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await _queue.WriteAsync(
            target =>
            {
                try
                {
                    reply.TrySetResult(question(target));
                }
                catch (Exception e)
                {
                    reply.TrySetException(e);
                    throw; // stopping is an exception too, and the pipeline thread must see it
                }
            },
            _stop).ConfigureAwait(false);
        return await reply.Task.WaitAsync(_stop).ConfigureAwait(false);
    }

    /// <summary>
    /// Runs work to its end. Returns when it has ended and every action was run; throws what the work or an action
    /// threw; returns early, without an exception, when <paramref name="stop"/> fires. In every case the work was told to
    /// stop and had <paramref name="grace"/> to do so; if it is still alive then, <paramref name="abandon"/> is called.
    /// </summary>
    public static void Run(
        T target, Func<Pump<T>, CancellationToken, Task> work, TimeSpan grace, Action? abandon, CancellationToken stop)
    {
        CancellationTokenSource run = CancellationTokenSource.CreateLinkedTokenSource(stop);
        CancellationToken token = run.Token;
        Channel<Action<T>> queue = Channel.CreateBounded<Action<T>>(new BoundedChannelOptions(256) { SingleReader = true });

        // Task.Run: a host may have a synchronization context on the pipeline thread, which is about to be blocked.
        Task producer = Task.Run(
            async () =>
            {
                try
                {
                    await work(new Pump<T>(queue.Writer, token), token).ConfigureAwait(false);
                    queue.Writer.TryComplete();
                }
                catch (Exception e)
                {
                    queue.Writer.TryComplete(e); // rethrown below, on the pipeline thread
                }
            },
            CancellationToken.None);
        try
        {
            Drain(target, queue.Reader, token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Ctrl+C: PowerShell reports it.
        }
        finally
        {
            run.Cancel();
            if (!producer.Wait(grace, CancellationToken.None)) { abandon?.Invoke(); }
            _ = producer.ContinueWith(
                static (_, source) => ((CancellationTokenSource)source!).Dispose(),
                run, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private static void Drain(T target, ChannelReader<Action<T>> queue, CancellationToken token)
    {
        while (true)
        {
            while (queue.TryRead(out Action<T>? action)) { action(target); } // may throw: Select-Object -First 1
            ValueTask<bool> more = queue.WaitToReadAsync(token);
            try
            {
                if (!(more.IsCompleted ? more.GetAwaiter().GetResult() : more.AsTask().GetAwaiter().GetResult())) { return; }
            }
            catch (ChannelClosedException e) when (e.InnerException is Exception inner)
            {
                ExceptionDispatchInfo.Throw(inner);
            }
        }
    }
}
